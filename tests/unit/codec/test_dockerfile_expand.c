/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/suite.h"

#include <stdint.h>
#include <string.h>

#include "common/codec/dockerfile_internal.h"

/* BuildKit's frontend/dockerfile/shell/envVarTest, with its variables; NULL: an error. */
static const struct {
	const char *word, *text;
} rows[] = {
	{ "hello", "hello" },
	{ "he'll'o", "hello" },
	{ "he'llo", NULL },
	{ "he\\'llo", "he'llo" },
	{ "he\\\\'llo", NULL },
	{ "abc\\tdef", "abctdef" },
	{ "\"abc\\tdef\"", "abc\\tdef" },
	{ "\"abc\\\\tdef\"", "abc\\tdef" },
	{ "'abc\\tdef'", "abc\\tdef" },
	{ "hello\\", "hello" },
	{ "hello\\\\", "hello\\" },
	{ "\"hello", NULL },
	{ "\"hello\\\"", NULL },
	{ "\"hel'lo\"", "hel'lo" },
	{ "'hello", NULL },
	{ "'hello\\'", "hello\\" },
	{ "\"''\"", "''" },
	{ "$.", "$." },
	{ "he$1x", "hex" },
	{ "he$.x", "he$.x" },
	{ "he$pwd.", "he." },
	{ "he$PWD", "he/home" },
	{ "he\\$PWD", "he$PWD" },
	{ "he\\\\$PWD", "he\\/home" },
	{ "\"he\\$PWD\"", "he$PWD" },
	{ "\"he\\\\$PWD\"", "he\\/home" },
	{ "\\${}", "${}" },
	{ "he\\${}xx", "he${}xx" },
	{ "${}", NULL },
	{ "${}aaa", NULL },
	{ "he${hi}", "he" },
	{ "he${hi}xx", "hexx" },
	{ "he${PWD}", "he/home" },
	{ "he${.}", NULL },
	{ "he${NONE:-000}xx", "he000xx" },
	{ "he${PWD:-000}xx", "he/homexx" },
	{ "he${NONE:-$PWD}xx", "he/homexx" },
	{ "he${NONE:-${PWD:-yyy}}xx", "he/homexx" },
	{ "he${NONE:-${OTHER:-yyy}}xx", "heyyyxx" },
	{ "he${NONE:OTHER}", NULL },
	{ "he${NONE?}", NULL },
	{ "he${NONE:?}", NULL },
	{ "he${PWD?}", "he/home" },
	{ "he${PWD:?}", "he/home" },
	{ "he${NULL?}", "he" },
	{ "he${NULL:?}", NULL },
	{ "he${NONE:+${PWD}}xx", "hexx" },
	{ "he${PWD:+${NONE}}xx", "hexx" },
	{ "he${PWD:+${SHELL}}xx", "hebashxx" },
	{ "he${NONE:+000}xx", "hexx" },
	{ "he${PWD:+000}xx", "he000xx" },
	{ "'he${XX}'", "he${XX}" },
	{ "\"he${PWD}\"", "he/home" },
	{ "\"he'$PWD'\"", "he'/home'" },
	{ "'\\$PWD'", "\\$PWD" },
	{ "'\"hello\"'", "\"hello\"" },
	{ "he${PWD", NULL },
	{ "he${PWD:=000}xx", NULL },
	{ "he${PWD:+${PWD}:}xx", "he/home:xx" },
	{ "he${NONE:-\\$PWD:}xx", "he$PWD:xx" },
	{ "he${NONE:-\\${PWD}z}xx", "he${PWDz}xx" },
	{ "\xec\x95\x88$PWD", "\xec\x95\x88/home" },
	{ "${{aaa}", NULL },
	{ "${aaa}}", "}" },
	{ "${aaa", NULL },
	{ "${aaa:-bbb}}", "bbb}" },
	{ "${aaa:-bbb", NULL },
	{ "${aaa:-bbb ${foo}", NULL },
	{ "${aaa:-bbb {foo}", "bbb {foo" },
	{ "${:}", NULL },
	{ "${:-bbb}", NULL },
	{ "$1", "" },
	{ "${1:-bbb}", "bbb" },
	{ "$999aaa", "aaa" },
	{ "${001:-bbb}aaa", "bbbaaa" },
	{ "$@aaa", "aaa" },
	{ "${@:+bbb}aaa", "aaa" },
	{ "${-:-bbb}", "bbb" },
	{ "$$", "" },
	{ "$0", "" },

	/* Those without a colon take an empty value for a value. */
	{ "${NULL-x}", "" },
	{ "${NULL:-x}", "x" },
	{ "${NULL+x}", "x" },
	{ "${NULL:+x}", "" },
	{ "${NONE-x}", "x" },
	{ "${NONE+x}", "" },
	{ "${NONE:-'a}b'}", "a}b" },
	{ "${PWD%e}", NULL },
	{ "${PWD#/}", NULL },
	{ "${PWD/h/x}", NULL },
	{ "", "" },
	{ "$", "$" },
	{ "${", NULL },
	{ "${PWD:", NULL },
};

static void set_variables(struct strings *set)
{
	strings_add(set, "PWD=/first");
	strings_add(set, "PWD=/home");
	strings_add(set, "SHELL=bash");
	strings_add(set, "NULL=");
}

START_TEST(expands)
{
	struct error err = ERROR_INIT;
	scoped_strings set = { 0 };
	scoped_str text = NULL;

	set_variables(&set);
	int rc = dockerfile_expand(rows[_i].word, '\\', &set, &text, &err);

	ck_assert_msg(rc == (rows[_i].text ? 0 : -1), "%s: %s", rows[_i].word, err.text);
	ck_assert_msg(rc < 0 || strcmp(text, rows[_i].text) == 0, "%s: %s", rows[_i].word, text);
	ck_assert(rc == 0 || err.kind == ERROR_INPUT);
}
END_TEST

START_TEST(the_other_escape)
{
	struct error err = ERROR_INIT;
	scoped_strings set = { 0 };
	scoped_str text = NULL;

	set_variables(&set);
	ck_assert_int_eq(dockerfile_expand("a`$PWD\\$PWD\"`\"\"", '`', &set, &text, &err), 0);
	ck_assert_str_eq(text, "a$PWD\\/home\"");
}
END_TEST

START_TEST(says_why)
{
	struct error err = ERROR_INIT;
	scoped_strings set = { 0 };
	scoped_str text = NULL;

	ck_assert_int_eq(dockerfile_expand("${TAG:?give a tag}", '\\', &set, &text, &err), -1);
	ck_assert_str_eq(err.text, "TAG: give a tag");
	error_clear(&err);
	ck_assert_int_eq(dockerfile_expand("${TAG?}", '\\', &set, &text, &err), -1);
	ck_assert_str_eq(err.text, "TAG: it is not set");
}
END_TEST

static char *nested(size_t depth)
{
	scoped_buf out;

	buf_init(&out, SIZE_MAX);
	for (size_t i = 0; i < depth; i++)
		buf_str(&out, "${x:-");
	for (size_t i = 0; i < depth; i++)
		buf_char(&out, '}');
	return buf_take(&out);
}

static enum error_kind kind_of(const char *word)
{
	struct error err = ERROR_INIT;
	scoped_strings set = { 0 };
	scoped_str text = NULL;

	(void)!dockerfile_expand(word, '\\', &set, &text, &err);
	return err.kind;
}

START_TEST(limits)
{
	scoped_str deep = nested(31);
	scoped_str deeper = nested(32);
	scoped_str most = xasprintf("%0*d", DOCKERFILE_WORD_MAX, 0);
	scoped_str longer = xasprintf("%s0", most);
	scoped_str inner = xasprintf("${x:+%s}", longer);

	ck_assert_int_eq(kind_of(deep), ERROR_NONE);
	ck_assert_int_eq(kind_of(deeper), ERROR_LIMIT);
	ck_assert_int_eq(kind_of(most), ERROR_NONE);
	ck_assert_int_eq(kind_of(longer), ERROR_LIMIT);
	ck_assert_int_eq(kind_of(inner), ERROR_LIMIT);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("dockerfile_expand");
	TCase *t = tcase_create("dockerfile_expand");

	tcase_add_loop_test(t, expands, 0, (int)array_len(rows));
	tcase_add_test(t, the_other_escape);
	tcase_add_test(t, says_why);
	tcase_add_test(t, limits);
	suite_add_tcase(s, t);
	return s;
}
