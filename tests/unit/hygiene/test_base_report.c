/* SPDX-License-Identifier: Apache-2.0 */
/* What base status prints, and how it ends. */
#include "tests/unit/suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/codec/json.h"
#include "plugins/hygiene/base_report.h"
#include "tests/unit/hygiene/base_world.h"

#define NOW (20000 * NSEC_PER_DAY)

struct bench {
	struct base_snapshot snap;
	struct base_list list;
	struct base_report report;
};

static struct base_item *add(struct bench *b, const char *name, enum base_status status,
			     const char *reason)
{
	struct base_item *item = array_add(&b->list.rows);

	item->name = xstrdup(name);
	item->image = 0;
	item->subject = item->base_subject = BASE_NO_SUBJECT;
	item->created = TIME_NONE;
	item->verdict.status = status;
	snprintf(item->verdict.reason, sizeof(item->verdict.reason), "%s", reason);
	return item;
}

static void stands_on(struct base_item *item, const char *base, enum base_found by,
		      enum base_status status, const char *reason)
{
	item->base.name = xstrdup(base);
	item->base.by = by;
	item->base_verdict.status = status;
	snprintf(item->base_verdict.reason, sizeof(item->base_verdict.reason), "%s", reason);
}

static void begin(struct bench *b)
{
	*b = (struct bench){ .snap = { .now = NOW } };
	b->report = (struct base_report){ .snap = &b->snap,
					  .list = &b->list,
					  .max_age = 7 * NSEC_PER_DAY };
}

static void end(struct bench *b)
{
	base_list_release(&b->list);
}

static void fill(struct bench *b)
{
	struct base_item *item;

	begin(b);
	item = add(b, "app:1", BASE_LOCAL_ONLY, "built here");
	item->created = NOW - 8 * NSEC_PER_DAY;
	stands_on(item, "os:1", BASE_FOUND_LAYERS, BASE_STALE, "another image");
	item = add(b, "os:1", BASE_STALE, "another image");
	item->created = NOW - 3 * NSEC_PER_HOUR;
	add(b, "x:1", BASE_UNREACHABLE, "x: refused\x1b[2J");
	add(b, "x:2", BASE_UNREACHABLE, "x: refused\x1b[2J");
	add(b, "y:1", BASE_FRESH, "same");
}

static char *printed(const struct bench *b, const struct base_style *style)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	base_print(&b->report, style, out);
	fclose(out);
	return text;
}

START_TEST(test_table)
{
	const struct base_style style = { 0 };
	struct bench b;

	fill(&b);
	scoped_str text = printed(&b, &style);
	ck_assert_str_eq(text, "IMAGE   STATUS        BASE   BASE STATUS   FOUND BY   AGE\n"
			       "app:1   local-only    os:1   stale         layers     8 days\n"
			       "os:1    stale         -      -             -          3 h\n"
			       "x:1     unreachable   -      -             -          -\n"
			       "x:2     unreachable   -      -             -          -\n"
			       "y:1     fresh         -      -             -          -\n"
			       "\n"
			       "unreachable: x:1, x:2: x: refused?[2J\n"
			       "\n"
			       "5 images: 1 fresh, 1 stale, 2 unreachable, 1 local-only.\n"
			       "Stale: os:1 (docker pull brings the newer one)\n"
			       "On a stale base: app:1 (docker build --pull makes them anew)\n"
			       "Older than 7d: app:1\n");
	end(&b);
}
END_TEST

START_TEST(test_many_names_and_reasons)
{
	struct base_style style = { 0 };
	struct bench b;

	begin(&b);
	for (int i = 0; i < 6; i++) {
		scoped_str name = xasprintf("s:%d", i);

		add(&b, name, BASE_STALE, "another image");
	}
	for (int i = 0; i < 12; i++) {
		scoped_str name = xasprintf("u:%d", i);
		scoped_str reason = xasprintf("reason %d", i);

		add(&b, name, BASE_UNKNOWN, reason);
	}
	scoped_str text = printed(&b, &style);
	ck_assert_ptr_nonnull(strstr(text, "Stale: s:0, s:1, s:2, s:3 and 2 more ("));
	ck_assert_ptr_nonnull(strstr(text, "unknown: u:9: reason 9\nand 2 more reasons ("));
	ck_assert_ptr_null(strstr(text, "reason 10"));
	style.everything = true;
	scoped_str all = printed(&b, &style);
	ck_assert_ptr_nonnull(strstr(all, "s:4, s:5 ("));
	ck_assert_ptr_nonnull(strstr(all, "reason 11"));
	end(&b);
}
END_TEST

#define LONG_BASE "registry.example:5000/team/python:3.11-slim"

/* What a terminal of that width shows of one row. */
static const struct {
	size_t width;
	const char *image, *text;
	const char *why;
} widths[] = {
	{ 0, "app:1",
	  "IMAGE   STATUS   BASE                                          BASE STATUS   FOUND BY   "
	  "AGE\n"
	  "app:1   fresh    " LONG_BASE "   fresh         label      -\n",
	  "no terminal" },
	{ 200, "app:1",
	  "IMAGE   STATUS   BASE                                          BASE STATUS   FOUND BY   "
	  "AGE\n"
	  "app:1   fresh    " LONG_BASE "   fresh         label      -\n",
	  "a wide one has room for all of it" },
	{ 80, "app:1",
	  "IMAGE   STATUS   BASE                               BASE STATUS   FOUND BY   AGE\n"
	  "app:1   fresh    …mple:5000/team/python:3.11-slim   fresh         label      -\n",
	  "the base gives way" },
	{ 80, LONG_BASE,
	  "IMAGE                STATUS   BASE                 BASE STATUS   FOUND BY   AGE\n"
	  "…/python:3.11-slim   fresh    …/python:3.11-slim   fresh         label      -\n",
	  "both do, and their ends are kept" },
	{ 70, LONG_BASE,
	  "IMAGE                 STATUS   BASE                  BASE STATUS   AGE\n"
	  "…m/python:3.11-slim   fresh    …m/python:3.11-slim   fresh         -\n",
	  "who found it is left out first" },
	{ 60, LONG_BASE,
	  "IMAGE               STATUS   BASE                BASE STATUS\n"
	  "…python:3.11-slim   fresh    …python:3.11-slim   fresh\n",
	  "then the age" },
	{ 40, LONG_BASE,
	  "IMAGE               STATUS   BASE STATUS\n"
	  "…python:3.11-slim   fresh    fresh\n",
	  "then the base's name" },
	{ 10, LONG_BASE, "IMAGE   STATUS   BASE STATUS\n…slim   fresh    fresh\n",
	  "no room at all" },
	{ 10, "\xc3\xa4\xc3\xb6\xc3\xbc\xc3\xa4\xc3\xb6\xc3\xbc",
	  "IMAGE   STATUS   BASE STATUS\n…\xc3\xbc\xc3\xa4\xc3\xb6\xc3\xbc   fresh    fresh\n",
	  "characters are not cut in two" },
};

START_TEST(test_widths)
{
	const struct base_style style = { .width = widths[_i].width };
	struct bench b;

	begin(&b);
	stands_on(add(&b, widths[_i].image, BASE_FRESH, ""), LONG_BASE, BASE_FOUND_LABEL,
		  BASE_FRESH, "");
	scoped_str text = printed(&b, &style);
	ck_assert_msg(strncmp(text, widths[_i].text, strlen(widths[_i].text)) == 0, "%s:\n%s",
		      widths[_i].why, text);
	end(&b);
}
END_TEST

START_TEST(test_registries_are_told)
{
	const struct registry_tally tallies[] = {
		{ "docker.io", 3, 1, 0, 100, 19, 6 * NSEC_PER_HOUR, "do this", "auth.evil",
		  "helper x: no" },
		{ "quiet:5000", 3, 0, 0, -1, -1, -1, NULL, NULL, NULL },
	};
	const struct base_style style = { 0 };
	struct bench b;

	fill(&b);
	b.report.tallies = tallies;
	b.report.tally_count = array_len(tallies);
	b.report.interrupted = true;
	scoped_str text = printed(&b, &style);
	ck_assert_ptr_nonnull(strstr(text, "docker.io: 19 of 100 pulls left in 6 h.\n"));
	ck_assert_ptr_nonnull(strstr(text, "docker.io says: do this\n"));
	ck_assert_ptr_nonnull(strstr(text, "docker.io sends for tokens to auth.evil"));
	ck_assert_ptr_nonnull(
		strstr(text, "docker.io was asked without your credentials: helper x: no.\n"));
	ck_assert_ptr_null(strstr(text, "quiet:5000"));
	ck_assert_ptr_nonnull(strstr(text, "Interrupted"));
	end(&b);
}
END_TEST

START_TEST(test_nothing)
{
	const struct base_style style = { 0 };
	struct bench b;

	begin(&b);
	scoped_str text = printed(&b, &style);
	ck_assert_str_eq(text, "There are no images to tell about.\n");
	end(&b);
}
END_TEST

START_TEST(test_json)
{
	const struct registry_tally tally = { "h:5",         3,    1,    2,    100, 19,
					      NSEC_PER_HOUR, NULL, NULL, "why" };
	char ours[DIGEST_TEXT], theirs[DIGEST_TEXT];
	struct bench b;

	fill(&b);
	b.report.tallies = &tally;
	b.report.tally_count = 1;
	b.list.rows.items[1].verdict.digest = digest_of(ours, 'a');
	b.list.rows.items[1].verdict.remote = digest_of(theirs, 'b');
	scoped_json *json = base_json(&b.report);
	const json_t *items = json_object_get(json, "items");
	scoped_json *first = NULL, *second = NULL, *registry = NULL;
	struct error err = ERROR_INIT;
	const char *one = "{\"image\":\"app:1\",\"status\":\"local-only\",\"digest\":null,"
			  "\"remote_digest\":null,\"base\":{\"name\":\"os:1\",\"digest\":null,"
			  "\"remote_digest\":null,\"status\":\"stale\",\"found_by\":\"layers\","
			  "\"reason\":\"another image\"},\"created\":\"2024-09-26T00:00:00Z\","
			  "\"age_seconds\":691200,\"too_old\":true,\"reason\":\"built here\"}";
	scoped_str two = xasprintf("{\"image\":\"os:1\",\"status\":\"stale\",\"digest\":\"%s\","
				   "\"remote_digest\":\"%s\",\"base\":null,"
				   "\"created\":\"2024-10-03T21:00:00Z\",\"age_seconds\":10800,"
				   "\"too_old\":false,\"reason\":\"another image\"}",
				   ours, theirs);
	const char *tallied =
		"{\"registry\":\"h:5\",\"requests\":3,\"token_requests\":1,"
		"\"retries\":2,\"limit\":100,\"remaining\":19,\"window_seconds\":3600,"
		"\"warning\":null,\"withheld_from\":null,"
		"\"anonymous_because\":\"why\"}";

	ck_assert_int_eq(json_parse(&first, one, strlen(one), "x", true, &err), 0);
	ck_assert_int_eq(json_parse(&second, two, strlen(two), "x", true, &err), 0);
	ck_assert_int_eq(json_parse(&registry, tallied, strlen(tallied), "x", true, &err), 0);
	ck_assert(json_equal(json_array_get(items, 0), first));
	ck_assert(json_equal(json_array_get(items, 1), second));
	ck_assert(json_equal(json_array_get(json_object_get(json, "registries"), 0), registry));
	ck_assert(json_is_false(json_object_get(json, "interrupted")));
	end(&b);
}
END_TEST

START_TEST(test_fails)
{
	static const struct {
		const char *words;
		bool fails;
	} rows[] = {
		{ "stale", true },
		{ "gone", false },
		{ "gone,unreachable", true },
		{ "old", true },
		{ "stale-other-platform", false },
		{ "rate-limited,unknown,unauthorized,pinned-moved", false },
		{ "local-only", true },
		{ "", false },
	};
	struct bench b;

	fill(&b);
	for (size_t i = 0; i < array_len(rows); i++) {
		struct error err = ERROR_INIT;
		unsigned mask = 0;

		ck_assert_int_eq(base_fail_parse(&mask, rows[i].words, &err), 0);
		ck_assert_msg(base_fails(&b.report, mask) == rows[i].fails, "%s", rows[i].words);
	}
	b.list.rows.items[1].verdict.status = BASE_FRESH;
	unsigned stale = 0;
	struct error err = ERROR_INIT;
	ck_assert_int_eq(base_fail_parse(&stale, "stale", &err), 0);
	ck_assert_msg(base_fails(&b.report, stale), "a stale base counts, too");
	b.report.max_age = 0;
	ck_assert(!base_fails(&b.report, BASE_FAIL_OLD));
	end(&b);
}
END_TEST

START_TEST(test_fail_words)
{
	struct error err = ERROR_INIT;
	unsigned mask = 0;

	ck_assert_int_eq(base_fail_parse(&mask, "stale,stael", &err), -1);
	ck_assert_int_eq(err.kind, ERROR_USAGE);
	ck_assert_ptr_nonnull(strstr(err.text, "did you mean stale?"));
	error_clear(&err);
	ck_assert_int_eq(base_fail_parse(&mask, "everything", &err), -1);
	ck_assert_ptr_nonnull(strstr(err.text, "no status 'everything'"));
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("base_report");
	TCase *tc = tcase_create("base_report");

	tcase_add_test(tc, test_table);
	tcase_add_test(tc, test_many_names_and_reasons);
	tcase_add_loop_test(tc, test_widths, 0, (int)array_len(widths));
	tcase_add_test(tc, test_registries_are_told);
	tcase_add_test(tc, test_nothing);
	tcase_add_test(tc, test_json);
	tcase_add_test(tc, test_fails);
	tcase_add_test(tc, test_fail_words);
	suite_add_tcase(s, tc);
	return s;
}
