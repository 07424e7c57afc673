/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/suite.h"

#include <string.h>

#include "common/base/attr.h"
#include "common/cli/wrap.h"

#define TEN     "123456789 "
#define FORTY   TEN TEN TEN TEN
#define SEVENTY FORTY TEN TEN TEN

static const struct {
	const char *text, *want;
	const char *why;
} rows[] = {
	{ "", "", "nothing" },
	{ "one", "one\n", "one word" },
	{ "one\ntwo\n", "one two\n", "a paragraph's own line ends do not count" },
	{ "one\n\ntwo", "one\n\ntwo\n", "paragraphs stay apart" },
	{ "one\n  two\n  three\nfour", "one\n  two\n  three\nfour\n", "indented lines stay" },
	{ "\n", "\n", "an empty line" },
	{ "one  two ", "one two\n", "blanks" },
	{ SEVENTY "1234567890", SEVENTY "1234567890\n", "80 columns fit" },
	{ SEVENTY "12345678901", "123456789 " FORTY "123456789 123456789\n12345678901\n",
	  "81 do not" },
	{ FORTY FORTY "x", FORTY TEN TEN TEN "123456789\nx\n", "a word too many" },
};

START_TEST(prose)
{
	scoped_buf out;

	buf_init(&out, 4096);
	wrap_prose(&out, rows[_i].text);
	ck_assert_msg(strcmp(out.data, rows[_i].want) == 0, "%s:\n%s", rows[_i].why, out.data);
}
END_TEST

START_TEST(words_at_a_column)
{
	scoped_buf out;
	size_t at = 76;

	buf_init(&out, 4096);
	wrap_words(&out, "a bb", 75, &at);
	ck_assert_str_eq(out.data,
			 " a\n                                                                "
			 "           bb");
	ck_assert_uint_eq(at, 77);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("wrap");
	TCase *t = tcase_create("wrap");

	tcase_add_loop_test(t, prose, 0, array_len(rows));
	tcase_add_test(t, words_at_a_column);
	suite_add_tcase(s, t);
	return s;
}
