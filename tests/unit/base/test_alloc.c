/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/suite.h"

#include <stdint.h>
#include <string.h>

#include "common/base/alloc.h"
#include "common/base/clock.h"

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

START_TEST(memory)
{
	int *numbers = xcalloc(4, sizeof(*numbers));
	char *none = xmalloc(0);

	ck_assert(numbers[3] == 0 && none);
	numbers[3] = 7;
	numbers = xreallocarray(numbers, 4000, sizeof(*numbers));
	ck_assert_int_eq(numbers[3], 7);
	free(numbers);
	free(none);
	numbers = xreallocarray(NULL, 0, sizeof(*numbers));
	none = xcalloc(0, 0);
	ck_assert(numbers && none);
	free(numbers);
	free(none);
}
END_TEST

START_TEST(texts)
{
	scoped_str a = xstrdup("abc");
	scoped_str b = xstrndup("abcdef", 3);
	scoped_str c = xstrndup("ab", 9);
	scoped_str d = xasprintf("%s-%d", "x", 5);
	scoped_str e = xstrdup_null(NULL);
	scoped_str f = xstrdup_null("f");

	ck_assert_str_eq(a, "abc");
	ck_assert_str_eq(b, "abc");
	ck_assert_str_eq(c, "ab");
	ck_assert_str_eq(d, "x-5");
	ck_assert_ptr_null(e);
	ck_assert_str_eq(f, "f");
	str_replace(&a, xstrdup("new"));
	ck_assert_str_eq(a, "new");
	free_str(&b);
	ck_assert_ptr_null(b);
}
END_TEST

START_TEST(arrays)
{
	struct {
		struct row {
			int a;
			char pad[60];
		} * items;
		size_t count, room;
	} list = { 0 };

	for (int i = 0; i < 1000; i++) {
		struct row *row = array_add(&list);

		ck_assert_msg(row->a == 0 && row->pad[59] == 0, "new rows are zeroed");
		row->a = i;
		row->pad[59] = 1;
	}
	ck_assert_uint_eq(list.count, 1000);
	for (int i = 0; i < 1000; i++)
		ck_assert_int_eq(list.items[i].a, i);
	free(list.items);
}
END_TEST

START_TEST(lists)
{
	scoped_strings list = { 0 }, copy = { 0 }, none = { 0 };

	strings_sort(&none);
	strings_add(&list, "b");
	strings_take(&list, xstrdup("c"));
	strings_add(&list, "a");
	strings_copy(&copy, &list);
	strings_sort(&list);
	ck_assert_str_eq(list.items[0], "a");
	ck_assert_str_eq(list.items[1], "b");
	ck_assert_str_eq(list.items[2], "c");
	ck_assert_str_eq(copy.items[0], "b");
	ck_assert(copy.items[0] != list.items[1]);
	ck_assert(strings_have(&list, "c") && !strings_have(&list, "") &&
		  !strings_have(&none, "c"));
	strings_release(&list);
	ck_assert(!list.items && !list.count && !list.room);
}
END_TEST

START_TEST(take)
{
	char *p = xstrdup("p");
	scoped_str taken = take_ptr(p);
	struct strings list = { 0 };
	int fd = 7;

	ck_assert(!p && taken);
	ck_assert_int_eq(take_fd(fd), 7);
	ck_assert_int_eq(fd, -1);
	strings_add(&list, "x");
	scoped_strings moved = take_value(list);
	ck_assert(!list.items && !list.count && moved.count == 1);
}
END_TEST

/* Exit status 1 and one line, not a crash. */
START_TEST(overflow)
{
	free(xreallocarray(NULL, SIZE_MAX / 2, 3));
}
END_TEST

START_TEST(grown_too_far)
{
	size_t room = SIZE_MAX / 2 + 1;

	free(array_grow(NULL, room, &room, 1));
}
END_TEST

/* More than any machine has, and no overflow: the allocator says no. */
START_TEST(no_memory)
{
	size_t huge = (size_t)PTRDIFF_MAX - 4096;

	switch (_i) {
	case 0:
		free(xmalloc(huge));
		break;
	case 1:
		free(xcalloc(huge, 1));
		break;
	case 2:
		free(xreallocarray(NULL, huge, 1));
		break;
	}
}
END_TEST

START_TEST(clocks)
{
	int64_t before = clock_system.monotonic(&clock_system);
	int64_t now = clock_system.now(&clock_system);

	ck_assert_msg(now > 1700000000 * NSEC_PER_SEC, "after 2023");
	ck_assert_msg(clock_system.monotonic(&clock_system) >= before, "never steps back");
	ck_assert_int_eq(time_diff(5, 3), 2);
	ck_assert_int_eq(time_diff(3, 5), -2);
	ck_assert_msg(time_diff(7, TIME_NONE) == INT64_MAX, "clamped, not overflowed");
	ck_assert_msg(time_diff(TIME_NONE, 7) == INT64_MIN, "clamped, not overflowed");
	ck_assert(time_max(3, 5) == 5 && time_max(5, 3) == 5 && time_max(TIME_NONE, 0) == 0);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("alloc");
	TCase *tc = tcase_create("alloc");

	tcase_add_test(tc, memory);
	tcase_add_test(tc, texts);
	tcase_add_test(tc, arrays);
	tcase_add_test(tc, lists);
	tcase_add_test(tc, take);
	tcase_add_exit_test(tc, overflow, 1);
	tcase_add_exit_test(tc, grown_too_far, 1);
	/* ASan ends the program by itself. */
	if (!SANITIZED)
		tcase_add_loop_exit_test(tc, no_memory, 1, 0, 3);
	tcase_add_test(tc, clocks);
	suite_add_tcase(s, tc);
	return s;
}
