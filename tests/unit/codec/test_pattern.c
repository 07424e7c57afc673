/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/suite.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "common/base/alloc.h"
#include "common/codec/pattern.h"
#include "tests/unit/random.h"

static const struct {
	const char *pattern, *text;
	bool matches;
	const char *why;
} rows[] = {
	{ "app", "app", true, "itself" },
	{ "app", "apple", false, "the whole text" },
	{ "app", "my-app", false, "the whole text" },
	{ "app", "ap", false, "the whole pattern" },
	{ "App", "app", false, "case matters" },
	{ "*", "", true, "nothing is a run" },
	{ "*", "any/thing:1", true, "slashes too" },
	{ "registry/*", "registry/a/b:1", true, "slashes too" },
	{ "*/app:*", "host:5000/team/app:1", true, "two runs" },
	{ "*app", "appapp", true, "the first try of a run may be wrong" },
	{ "a*b*c", "aXbXbXc", true, "second star tries again" },
	{ "a*b*c", "aXbX", false, "end is missing" },
	{ "**", "x", true, "two stars are one" },
	{ "a*", "a", true, "an empty run at the end" },
	{ "*a", "b", false, "no end for the run" },
	{ "?", "a", true, "one character" },
	{ "?", "", false, "one, not none" },
	{ "?", "ab", false, "one, not two" },
	{ "?", "é", true, "one character of two bytes" },
	{ "??", "é", false, "not two" },
	{ "?", "\xff", true, "a byte that is no character counts as one" },
	{ "\xff", "\xff", true, "and equals itself" },
	{ "\xff", "\xfe", false, "only itself" },
	{ "v[0-9]", "v7", true, "a range" },
	{ "v[0-9]", "vx", false, "not in the range" },
	{ "[abc]", "b", true, "a list" },
	{ "[a-ce]", "e", true, "a range and one more" },
	{ "[a-c", "", false, "never matches without being checked, but does not read on" },
	{ "[!0-9]", "x", true, "not one of them" },
	{ "[!0-9]", "5", false, "one of them" },
	{ "[^0-9]", "5", false, "Go's way to say not" },
	{ "[!0-9]", "", false, "one character all the same" },
	{ "[]]", "]", true, "first in the set" },
	{ "[!]]", "a", true, "first in the negated set" },
	{ "[!]]", "]", false, "first in the negated set" },
	{ "[a-]", "-", true, "a hyphen at the end" },
	{ "[-a]", "-", true, "a hyphen at the beginning" },
	{ "[\\]x]", "]", true, "escaped in a set" },
	{ "[\\a-c]", "b", true, "an escaped beginning of a range" },
	{ "[a-\\c]", "b", true, "an escaped end of a range" },
	{ "[*]", "*", true, "stars are themselves in a set" },
	{ "[*]", "a", false, "stars are themselves in a set" },
	{ "[à-ü]", "é", true, "a range of characters, not bytes" },
	{ "\\*", "*", true, "escaped star" },
	{ "\\*", "a", false, "escaped star" },
	{ "\\?", "x", false, "escaped question mark" },
	{ "\\[a]", "[a]", true, "escaped bracket" },
	{ "\\a", "a", true, "escaped letter" },
	{ "\\é", "é", true, "escaped character of two bytes" },
	{ "\\\\", "\\", true, "escaped backslash" },
	{ "a]", "a]", true, "a lone closing bracket is itself" },
	{ "label=*", "label=", true, "labels are text too" },
};

START_TEST(match)
{
	ck_assert_msg(pattern_match(rows[_i].pattern, rows[_i].text) == rows[_i].matches,
		      "%s: \"%s\" and \"%s\"", rows[_i].why, rows[_i].pattern, rows[_i].text);
}
END_TEST

static const struct {
	const char *pattern;
	const char *says; /* NULL: fine */
	const char *why;
} checks[] = {
	{ "app", NULL, "letters" },
	{ "*", NULL, "everything" },
	{ "[]]", NULL, "a set of one bracket" },
	{ "[a-]", NULL, "a hyphen at the end" },
	{ "[!!]", NULL, "a set without exclamation marks" },
	{ "\\[", NULL, "no set" },
	{ "", "it is empty", "empty: would never match" },
	{ "[", "\"[\" without", "unclosed" },
	{ "[]", "\"[\" without", "the bracket is in the set" },
	{ "[!]", "\"[\" without", "the bracket is in the set" },
	{ "[a", "\"[\" without", "unclosed" },
	{ "[a-", "\"[\" without", "unclosed behind the hyphen" },
	{ "[a\\", "\"[\" without", "unclosed behind the backslash" },
	{ "[a-\\", "\"[\" without", "unclosed behind both" },
	{ "x[z-a]", "z-a", "an empty range" },
	{ "a\\", "ends in", "nothing to escape" },
};

START_TEST(check)
{
	struct error err = ERROR_INIT;
	int rc = pattern_check(checks[_i].pattern, &err);

	if (!checks[_i].says) {
		ck_assert_msg(rc == 0, "%s: %s", checks[_i].why, err.text);
		return;
	}
	ck_assert_msg(rc == -1 && err.kind == ERROR_INPUT, "%s", checks[_i].why);
	ck_assert_msg(strstr(err.text, checks[_i].says), "%s: %s", checks[_i].why, err.text);
}
END_TEST

START_TEST(length)
{
	char text[1026];
	struct error err = ERROR_INIT;

	memset(text, 'a', sizeof(text));
	text[1024] = '\0';
	ck_assert_int_eq(pattern_check(text, &err), 0);
	text[1024] = 'a';
	text[1025] = '\0';
	ck_assert_int_eq(pattern_check(text, &err), -1);
}
END_TEST

/* What backtracking at every star would need 2^40 steps for. */
START_TEST(no_explosion)
{
	char pattern[161], text[20001];
	struct timespec begin, end;

	for (size_t i = 0; i < 160; i += 2)
		memcpy(pattern + i, "*a", 3);
	pattern[159] = 'b';
	memset(text, 'a', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	clock_gettime(CLOCK_MONOTONIC, &begin);
	ck_assert(!pattern_match(pattern, text));
	clock_gettime(CLOCK_MONOTONIC, &end);
	ck_assert_msg(end.tv_sec - begin.tv_sec < 5, "|pattern| * |text| steps");
}
END_TEST

/* By the definition, without any cleverness. */
static bool slow_match(const char *p, const char *t)
{
	if (!*p)
		return !*t;
	if (*p == '*')
		return slow_match(p + 1, t) || (*t && slow_match(p, t + 1));
	return *t && (*p == '?' || *p == *t) && slow_match(p + 1, t + 1);
}

static void random_text(struct random *r, const char *letters, char *out, size_t max)
{
	size_t len = random_below(r, max);

	for (size_t i = 0; i < len; i++)
		out[i] = letters[random_below(r, strlen(letters))];
	out[len] = '\0';
}

START_TEST(as_defined)
{
	struct random r = random_start();

	for (int i = 0; i < 50000; i++) {
		char pattern[10], text[12];

		random_text(&r, "ab*?", pattern, sizeof(pattern));
		random_text(&r, "ab", text, sizeof(text));
		ck_assert_msg(pattern_match(pattern, text) == slow_match(pattern, text),
			      RANDOM_SEED ": \"%s\" and \"%s\"", (unsigned long long)r.seed,
			      pattern, text);
	}
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("pattern");
	TCase *tc = tcase_create("pattern");

	tcase_add_loop_test(tc, match, 0, (int)array_len(rows));
	tcase_add_loop_test(tc, check, 0, (int)array_len(checks));
	tcase_add_test(tc, length);
	tcase_add_test(tc, no_explosion);
	tcase_add_test(tc, as_defined);
	suite_add_tcase(s, tc);
	return s;
}
