/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/suite.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/buf.h"

START_TEST(empty)
{
	scoped_buf b;

	buf_init(&b, 10);
	ck_assert_msg(b.data && !*b.data && b.len == 0, "never NULL, always ended");
	buf_str(&b, "");
	buf_add(&b, NULL, 0);
	ck_assert(!buf_failed(&b) && b.len == 0 && !*b.data);
	buf_clear(&b);
	ck_assert(!*b.data);
}
END_TEST

START_TEST(append)
{
	scoped_buf b;

	buf_init(&b, 1000);
	buf_str(&b, "one");
	buf_char(&b, ' ');
	buf_fmt(&b, "%d-%s", 2, "three");
	ck_assert_str_eq(b.data, "one 2-three");
	buf_add(&b, "\0x", 2);
	ck_assert_msg(b.len == 13 && b.data[11] == '\0' && b.data[13] == '\0', "NULs are data");
	buf_clear(&b);
	ck_assert(b.len == 0 && !*b.data && b.room > 0);
}
END_TEST

START_TEST(limit)
{
	scoped_buf b;

	buf_init(&b, 5);
	buf_str(&b, "12345");
	ck_assert_msg(!buf_failed(&b), "the limit itself is allowed");
	buf_char(&b, '6');
	ck_assert(buf_failed(&b));
	ck_assert_str_eq(b.data, "12345");
	buf_add(&b, "", 0);
	buf_fmt(&b, "%s", "");
	ck_assert_msg(buf_failed(&b), "failure is sticky");
	buf_clear(&b);
	ck_assert(!buf_failed(&b));
	buf_fmt(&b, "%d", 123456);
	ck_assert_msg(buf_failed(&b) && b.len == 0, "what does not fit is not begun");
}
END_TEST

START_TEST(unlimited)
{
	scoped_buf b;

	buf_init(&b, SIZE_MAX);
	for (int i = 0; i < 100000; i++)
		buf_fmt(&b, "%06d", i);
	ck_assert_uint_eq(b.len, 600000);
	ck_assert(memcmp(b.data + 6 * 4711, "004711", 6) == 0);
}
END_TEST

START_TEST(take)
{
	scoped_buf b;
	char *text;

	buf_init(&b, 3);
	text = buf_take(&b);
	ck_assert_str_eq(text, "");
	free(text);
	buf_str(&b, "abc");
	text = buf_take(&b);
	ck_assert_str_eq(text, "abc");
	free(text);
	ck_assert(b.len == 0 && b.limit == 3 && !*b.data);
	buf_str(&b, "abcd");
	ck_assert_msg(buf_failed(&b), "the limit stays");
	buf_release(&b);
	buf_release(&b);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("buf");
	TCase *tc = tcase_create("buf");

	tcase_add_test(tc, empty);
	tcase_add_test(tc, append);
	tcase_add_test(tc, limit);
	tcase_add_test(tc, unlimited);
	tcase_add_test(tc, take);
	suite_add_tcase(s, tc);
	return s;
}
