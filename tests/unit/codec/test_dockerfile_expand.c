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
	{ "", "" },
	{ "$", "$" },
	{ "${", NULL },
	{ "${PWD:", NULL },
};

/* With patterns: V and P are set. NULL: an error. BuildKit's TestProcessWithMatches has most. */
static const struct {
	const char *value, *pattern, *word, *text;
	const char *why;
} patterns[] = {
	{ "3.12.1", "", "${V%.*}", "3.12", "the shortest end" },
	{ "3.12.1", "", "${V%%.*}", "3", "the longest" },
	{ "v3.12", "", "${V#v}", "3.12", "a beginning" },
	{ "xxyy", "", "${V#*x*y}", "y", "the shortest beginning" },
	{ "xxyy", "", "${V##*x}", "yy", "the longest" },
	{ "xxyy", "", "${V#*}", "xxyy", "which may be empty" },
	{ "xxyy", "", "${V##*}", "", "or all" },
	{ "xxyy", "", "a${V%x}b", "axxyyb", "no match" },
	{ "xxyy", "", "${V#}${V##}${V%}${V%%}", "xxyyxxyyxxyyxxyy", "no pattern" },
	{ "xxyy", "x", "${V#$P}", "xyy", "by a variable" },
	{ "xxyy", "*y", "${V##$P}", "", "whose value is a pattern, too" },
	{ "xxyy", "", "${V%%$P}", "xxyy", "an empty one" },
	{ "", "", "${V#x}${NONE%x}", "", "nothing to cut from" },
	{ "???y", "", "${V#?\\?}", "?y", "a character, and a mark that is itself" },
	{ "xx**", "", "${V%%\\**}", "xx", "a star that is itself" },
	{ "a***yy*", "", "${V%%\\**\\*}", "a", "several" },
	{ "()[]{}^$.*?|\\x", "", "${V#()[]{\\}^$.\\*\\?|\\\\}", "x", "no regular expression" },
	{ "a}b", "", "${V#a\\}}", "b", "the end that is none" },
	{ "a.b", "", "${V%\".b\"}", "a", "quotes" },
	{ "a*b", "", "${V%%'*b'}", "", "which make no pattern a text" },
	{ "\xc3\xa4\xc3\xb6", "", "${V#?}", "\xc3\xb6", "characters, not bytes" },
	{ "\xc3\xa4\xc3\xb6", "", "${V%?}", "\xc3\xa4", "from the end as well" },
	{ "x", "", "${V#\\x}", NULL, "an escape that nobody needs" },
	{ "x", "", "${V:#x}", NULL, "no colon with it" },
	{ "x", "", "${V:%x}", NULL, "nor here" },
	{ "x", "", "${V#x", NULL, "not closed" },
	{ "/foo*/*/*.txt", "\\*/", "${V/$P/.} - ${V//$P/.}", "/foo.*/*.txt - /foo..*.txt",
	  "the first, all" },
	{ "/tmp/tmp/bar.txt", "/tmp", "${V/$P/} - ${V//$P/}", "/tmp/bar.txt - /bar.txt",
	  "a slash by a variable" },
	{ "/a/foo/b/c.txt", "/?/", "${V/$P//} - ${V//$P//}", "/foo/b/c.txt - /foo/c.txt",
	  "a slash instead" },
	{ "/tmp/foo.txt", "", "${V//\\//\\/}", "\\/tmp\\/foo.txt", "escapes stay in what comes" },
	{ "aXbXc", "", "${V/X*/-}", "a-", "the longest at the first place" },
	{ "ababab", "", "${V//ab/x}", "xxx", "one behind the other" },
	{ "abc", "", "${V//q/x}", "abc", "none" },
	{ "abcab", "", "${V//*q/x}${V//*c/x}", "abcabxab", "with any run before it" },
	{ "xxyy", "", "${V/$P/ww}", "wwxxyy", "an empty pattern" },
	{ "ab", "", "${V//$P/-}", "-a-b-", "everywhere" },
	{ "xxyy", "", "${V///}${NONE///}", "xxyy", "nothing by nothing" },
	{ "xxyy", "", "${V//ww}", NULL, "only one part" },
	{ "xxyy", "", "${V/w}", NULL, "here, too" },
	{ "xxyy", "", "${V:/x/y}", NULL, "no colon here either" },
};

START_TEST(cuts)
{
	struct error err = ERROR_INIT;
	scoped_strings set = { 0 };
	scoped_str text = NULL;

	strings_take(&set, xasprintf("V=%s", patterns[_i].value));
	strings_take(&set, xasprintf("P=%s", patterns[_i].pattern));
	int rc = dockerfile_expand(patterns[_i].word, '\\', &set, &text, &err);

	ck_assert_msg(rc == (patterns[_i].text ? 0 : -1), "%s: %s", patterns[_i].why, err.text);
	ck_assert_msg(rc < 0 || strcmp(text, patterns[_i].text) == 0, "%s: %s", patterns[_i].why,
		      text);
	ck_assert(rc == 0 || err.kind == ERROR_INPUT);
}
END_TEST

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

	scoped_str pattern = xasprintf("${x#%0256d}", 0);
	scoped_str long_pattern = xasprintf("${x#%0257d}", 0);

	ck_assert_int_eq(kind_of(pattern), ERROR_NONE);
	ck_assert_int_eq(kind_of(long_pattern), ERROR_LIMIT);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("dockerfile_expand");
	TCase *t = tcase_create("dockerfile_expand");

	tcase_add_loop_test(t, expands, 0, (int)array_len(rows));
	tcase_add_loop_test(t, cuts, 0, (int)array_len(patterns));
	tcase_add_test(t, the_other_escape);
	tcase_add_test(t, says_why);
	tcase_add_test(t, limits);
	suite_add_tcase(s, t);
	return s;
}
