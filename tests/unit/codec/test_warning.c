/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/suite.h"

#include <string.h>

#include "common/base/alloc.h"
#include "common/codec/warning.h"

/* The first ones are of the tests of containers/image and containerd. */
static const struct {
	const char *value, *text, *why; /* NULL: none */
} rows[] = {
	{ "299 - \"trivial\"", "trivial", "plain" },
	{ "completely invalid", NULL, "nothing" },
	{ "100 - \"not-299\"", NULL, "a code for caches" },
	{ "199 - \"ignored\"", NULL, "another one" },
	{ "299 localhost \"warn-agent set\"", NULL, "in the name of an agent" },
	{ "foobar 299 - \"prefixed\"", NULL, "something in front" },
	{ "299 - \"no-terminating-quote", NULL, "not closed" },
	{ "299 - no opening quote\"", NULL, "not opened" },
	{ "299 - \"trailing\\\"", NULL, "the quote is escaped" },
	{ "299 - \"\x01 control\"", NULL, "a control" },
	{ "299 - \"\\\x01 control\"", NULL, "an escaped one" },
	{ "299 - \"bad\x7ftext\"", NULL, "DEL" },
	{ "299 - \"e\\scaped \\\"text\\\" in c:\\\\x\"", "escaped \"text\" in c:\\x", "escapes" },
	{ "299 - \"UTF8 \xc5\xbelu\xc5\xa5\"", "UTF8 \xc5\xbelu\xc5\xa5", "UTF-8" },
	{ "299 - \"\"", NULL, "no text" },
	{ "", NULL, "no value" },
	{ "299 - \"one\", 299 - \"two\"", "one", "two in one line" },
	{ "299 - \"one\" \"Wed, 21 Oct 2015 07:28:00 GMT\"", "one", "with its date" },
	{ "299 - \"one\"two", NULL, "more of it" },
};

START_TEST(test_rows)
{
	scoped_str text = warning_text(rows[_i].value, strlen(rows[_i].value));

	ck_assert_msg(rows[_i].text ? text && strcmp(text, rows[_i].text) == 0 : !text, "%s: %s",
		      rows[_i].why, text ? text : "none");
}
END_TEST

START_TEST(test_hostile)
{
	static const char escape[] = "299 - \"a\x1b[31m\"", nul[] = "299 - \"a\0b\"";
	scoped_str coloured = warning_text(escape, sizeof(escape) - 1);
	scoped_str cut = warning_text(nul, sizeof(nul) - 1);

	ck_assert_ptr_null(coloured);
	ck_assert_ptr_null(cut);
	scoped_str value = xasprintf("299 - \"%4000s\"", "");

	memset(value + 7, 'x', 4000);
	scoped_str text = warning_text(value, strlen(value));

	ck_assert(text && strlen(text) == 512);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("warning");
	TCase *t = tcase_create("warning");

	tcase_add_loop_test(t, test_rows, 0, (int)array_len(rows));
	tcase_add_test(t, test_hostile);
	suite_add_tcase(s, t);
	return s;
}
