/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/suite.h"

#include <string.h>

#include "common/base/alloc.h"
#include "common/codec/link_header.h"

#define BASE "https://r.example/v2/a/tags/list?n=2"
#define PAGE "https://r.example/v2/a/tags/list?n=2&last=b"

/* Lines, with a newline between, and where the next page is. */
static const struct {
	const char *lines, *next;
	const char *why;
} good[] = {
	{ "", NULL, "no line" },
	{ "</v2/a/tags/list?n=2&last=b>; rel=\"next\"", PAGE, "distribution's" },
	{ "<" PAGE ">; rel=\"next\"", PAGE, "a whole address" },
	{ "<?n=2&last=b>; rel=\"next\"", PAGE, "a query alone" },
	{ "<list?n=2&last=b>;rel=next", PAGE, "no quotes, no blanks" },
	{ "<//r.example/v2/a/tags/list?n=2&last=b>; rel=next", PAGE, "without a scheme" },
	{ "<?n=2&last=b> ; REL = \"NEXT\" ", PAGE, "case, blanks" },
	{ "<?a>; rel=\"prev\", <?n=2&last=b>; rel=\"next\"", PAGE, "the second of a line" },
	{ "<?a>; rel=prev\n<?n=2&last=b>; rel=next", PAGE, "the second line" },
	{ "<?n=2&last=b>; rel=\"prev next last\"", PAGE, "several relations" },
	{ "<?n=2&last=b>; title=\"a, b; rel=prev\"; rel=next", PAGE, "a parameter in quotes" },
	{ "<?n=2&last=b>; title=\"\\\"<x>\\\"\"; rel=next", PAGE, "escapes" },
	{ "<?n=2&last=b>; foo; rel=next", PAGE, "a parameter without a value" },
	{ "<?n=2&last=b>; ; rel=next;", PAGE, "semicolons" },
	{ ", <?n=2&last=b>; rel=next, ,", PAGE, "commas" },
	{ "<?n=2&last=b,c>; rel=next", "https://r.example/v2/a/tags/list?n=2&last=b,c",
	  "a comma in the address" },
	{ "<?a>; rel=next, <?b>; rel=next", "https://r.example/v2/a/tags/list?a", "the first" },
	{ "<?a>; rel=prev; rel=next", NULL, "RFC 8288: the first rel counts" },
	{ "<?a>; rel*=next", NULL, "another parameter" },
	{ "<?a>; rel=nextish", NULL, "another word" },
	{ "<?a>; rel=\"\"", NULL, "no word" },
	{ "<?a>; rel", NULL, "no value" },
	{ "<?a>", NULL, "no rel" },
	{ "<https://evil.example/x>; rel=next", "https://evil.example/x",
	  "another host is read, and not followed" },
	{ "<http://TheBook/chapter2>; rel=\"previous\"; title*=UTF-8'de'letztes%20Kapitel, "
	  "<http://TheBook/chapter4>; rel=\"next\"; title*=UTF-8'de'n%c3%a4chstes%20Kapitel",
	  "http://thebook/chapter4", "RFC 8288 §3.5" },
	{ "<?a>; rel=next, broken", "https://r.example/v2/a/tags/list?a",
	  "what is behind it is not looked at" },
};

static void split(struct strings *out, const char *lines)
{
	while (*lines) {
		size_t len = strcspn(lines, "\n");

		strings_take(out, xstrndup(lines, len));
		lines += len + (lines[len] == '\n');
	}
}

static int next(struct url *out, const char *lines, struct error *err)
{
	scoped_strings list = { 0 };
	scoped_url base = { 0 };

	split(&list, lines);
	ck_assert_int_eq(url_parse(&base, BASE, err), 0);
	return link_next(out, &list, &base, err);
}

START_TEST(reads)
{
	struct error err = ERROR_INIT;
	scoped_url url = { 0 };

	ck_assert_msg(next(&url, good[_i].lines, &err) == (good[_i].next ? 1 : 0), "%s: %s",
		      good[_i].why, err.text);
	if (!good[_i].next)
		return;
	scoped_str text = url_format(&url);

	ck_assert_msg(strcmp(text, good[_i].next) == 0, "%s: %s", good[_i].why, text);
}
END_TEST

static const char *const bad[] = {
	"?a; rel=next",
	"<?a; rel=next",
	"<?a> rel=next",
	"<?a>; rel=\"next",
	"<?a>; =next",
	"<?a>; rel=next x",
	"<?a>; rel=\"next\"\"x\"",
	"<ftp://x/>; rel=next",
	"<https://u@x/>; rel=next",
	"<?a\r\nX: y>; rel=next",
	"<?a b>; rel=next",
	"<\\\\evil>; rel=next",
	"broken\n<?a>; rel=next",
	"<?a>; rel=prev, broken",
};

START_TEST(refuses)
{
	struct error err = ERROR_INIT;
	scoped_url url = { 0 };

	ck_assert_msg(next(&url, bad[_i], &err) == -1, "%s", bad[_i]);
	ck_assert(err.kind == ERROR_INPUT && !url.host);
}
END_TEST

static const struct {
	const char *next;
	bool followed;
} followed[] = {
	{ "https://r.example/other", true },      { "https://R.example:443/", true },
	{ "http://r.example/", false },           { "https://r.example:5000/", false },
	{ "https://r.example.evil.org/", false }, { "https://[::1]/", false },
};

START_TEST(follows)
{
	struct error err = ERROR_INIT;
	scoped_url base = { 0 };
	scoped_url url = { 0 };

	ck_assert_int_eq(url_parse(&base, BASE, &err), 0);
	ck_assert_int_eq(url_parse(&url, followed[_i].next, &err), 0);
	ck_assert_msg(link_is_followed(&base, &url) == followed[_i].followed, "%s",
		      followed[_i].next);
}
END_TEST

START_TEST(limit)
{
	struct error err = ERROR_INIT;
	scoped_url url = { 0 };
	scoped_str line = xasprintf("%*s\n<?a>; rel=next", LINK_BYTES_MAX - 14, "");
	scoped_str longer = xasprintf(" %s", line);

	ck_assert_int_eq(next(&url, line, &err), 1);
	url_release(&url);
	ck_assert_int_eq(next(&url, longer, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_LIMIT);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("link_header");
	TCase *t = tcase_create("link_header");

	tcase_add_loop_test(t, reads, 0, (int)array_len(good));
	tcase_add_loop_test(t, refuses, 0, (int)array_len(bad));
	tcase_add_loop_test(t, follows, 0, (int)array_len(followed));
	tcase_add_test(t, limit);
	suite_add_tcase(s, t);
	return s;
}
