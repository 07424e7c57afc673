/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/suite.h"

#include <stdint.h>
#include <string.h>

#include "common/base/secret.h"

static bool is_zero(const char *data, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (data[i])
			return false;
	return true;
}

START_TEST(bytes)
{
	scoped_secret s = { 0 }, same = { 0 }, other = { 0 };

	secret_add(&s, NULL, 0);
	ck_assert_msg(!s.data && s.len == 0, "nothing was added");
	for (int i = 0; i < 100; i++)
		secret_add(&s, "a\0b", 3);
	ck_assert_msg(s.len == 300 && memcmp(s.data + 297, "a\0b", 3) == 0, "NULs are bytes");
	secret_add(&same, s.data, s.len);
	secret_add(&other, s.data, s.len - 1);
	ck_assert(secret_equal(&s, &same) && !secret_equal(&s, &other));
	same.data[299] ^= 1;
	ck_assert_msg(!secret_equal(&s, &same), "the last byte counts");
	secret_release(&s);
	secret_release(&s);
	ck_assert_msg(!s.data && s.len == 0, "released twice");
	secret_release(&other);
	ck_assert_msg(secret_equal(&s, &other), "both empty");
}
END_TEST

START_TEST(shorter)
{
	scoped_secret s = { 0 };

	secret_set(&s, "a long password", 15);
	secret_set(&s, "x", 1);
	ck_assert_msg(s.len == 1 && is_zero(s.data + 1, s.room - 1), "the rest is wiped");
	secret_set(&s, NULL, 0);
	ck_assert(s.len == 0 && is_zero(s.data, s.room));
}
END_TEST

START_TEST(from_buf)
{
	scoped_buf b;
	scoped_secret s = { 0 };

	buf_init_wiped(&b, 1000);
	secret_set(&s, "before", 6);
	secret_take(&s, &b);
	ck_assert_msg(s.len == 0, "an empty one");
	for (int i = 0; i < 100; i++)
		buf_str(&b, "abc");
	ck_assert_msg(b.len == 300 && strcmp(b.data + 297, "abc") == 0, "grown without loss");
	secret_take(&s, &b);
	ck_assert(s.len == 300 && memcmp(s.data, "abcabc", 6) == 0);
	ck_assert_msg(b.len == 0 && b.wiped && b.limit == 1000, "empty, and of the same kind");
	buf_str(&b, "again");
	buf_clear(&b);
	ck_assert_msg(is_zero(b.data, b.room), "clearing wipes");
}
END_TEST

/* Freed memory is not ours to look at, so an allocation large enough to be a mapping of its own
 * would be gone: what is tested is that size and alignment are right. */
START_TEST(allocator)
{
	for (size_t size = 0; size < 100; size++) {
		char *p = wiped_malloc(size);

		ck_assert(p && (uintptr_t)p % _Alignof(max_align_t) == 0);
		memset(p, 'x', size);
		wiped_free(p);
	}
	wiped_free(NULL);
	ck_assert_msg(!wiped_malloc(SIZE_MAX), "no overflow");
}
END_TEST

START_TEST(wiping)
{
	char data[16] = "password";

	wipe(data, 0);
	ck_assert_str_eq(data, "password");
	wipe(data, 8);
	ck_assert(is_zero(data, sizeof(data)));
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("secret");
	TCase *tc = tcase_create("secret");

	tcase_add_test(tc, bytes);
	tcase_add_test(tc, shorter);
	tcase_add_test(tc, from_buf);
	tcase_add_test(tc, allocator);
	tcase_add_test(tc, wiping);
	suite_add_tcase(s, tc);
	return s;
}
