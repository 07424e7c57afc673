/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/suite.h"

#include <stdlib.h>
#include <string.h>

#include "plugins/hygiene/render.h"
#include "tests/unit/hygiene/reports.h"
#include "tests/unit/hygiene/rows.h"

static char *table_of(const struct told *told, bool results, bool everything, bool full)
{
	const struct render_style style = { .full_ids = full };
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	if (results)
		render_results(&told->report, &style, everything, out);
	else
		render_plan(&told->report, &style, out);
	fclose(out);
	return text;
}

static size_t lines(const char *text)
{
	size_t n = 0;

	for (; *text; text++)
		n += *text == '\n';
	return n;
}

/* Each row: words in this order on one line. */
static bool has_line(const char *text, const char *const words[])
{
	while (*text) {
		const char *end = strchr(text, '\n'), *at = text;
		size_t i = 0;

		for (; words[i]; i++) {
			at = strstr(at, words[i]);
			if (!at || at > end)
				break;
			at += strlen(words[i]);
		}
		if (!words[i])
			return true;
		text = end + 1;
	}
	return false;
}

static const struct {
	bool results, everything;
	size_t lines;
	const char *words[6];
	const char *why;
} tables[] = {
	{ false, false, 9, { "ACTION", "KIND", "ID", "NAME", "SIZE" }, "titles" },
	{ false, false, 9, { "remove", "container", HEX64("1"), "c1", "-" }, "not known is no 0" },
	{ false, false, 9, { "untag", "image", "app:1", "of app:2" }, "tags come first" },
	{ false, false, 9, { "remove", "image", "app:2", "<=2kB" }, "an interval shows its end" },
	{ false, false, 9, { "remove", "volume", "v", "7B" }, "an exact one does not" },
	{ false, false, 9, { "keep", "container", "c4", "young" }, "kept with its reason" },
	{ false, false, 9, { "a\"b\\c?[31m" }, "no control characters" },
	{ true, true, 9, { "removed", "container", "c1" }, "as planned" },
	{ true, true, 9, { "untagged", "image", "app:1" }, "its tag" },
	{ true, true, 9, { "skipped", "container", "c2", "already gone" }, "why skipped" },
	{ true, true, 9, { "failed", "container", "boom" }, "why failed" },
	{ true, true, 9, { "not done", "volume", "v" }, "left" },
	{ true,
	  false,
	  3,
	  { "skipped", "container", "c2", "already gone" },
	  "only what stands out" },
	{ true, false, 3, { "failed", "container", "boom" }, "both of it" },
};

START_TEST(table)
{
	struct told told;

	told_open(&told, tables[_i].results);
	scoped_str text = table_of(&told, tables[_i].results, tables[_i].everything, true);
	ck_assert_msg(has_line(text, tables[_i].words), "%s:\n%s", tables[_i].why, text);
	ck_assert_msg(lines(text) == tables[_i].lines, "%s:\n%s", tables[_i].why, text);
	told_close(&told);
}
END_TEST

START_TEST(short_ids)
{
	struct told told;

	told_open(&told, false);
	scoped_str text = table_of(&told, false, false, false);
	ck_assert(strstr(text, " 111111111111 ") && strstr(text, " 555555555555 "));
	ck_assert(!strstr(text, "sha256") && !strstr(text, "1111111111111"));
	told_close(&told);
}
END_TEST

START_TEST(nothing_no_table)
{
	struct told told;

	told_open(&told, false);
	plan_release(&told.plan);
	scoped_str text = table_of(&told, false, false, true);
	ck_assert_str_eq(text, "");
	told_close(&told);
}
END_TEST

enum change { AS_IS, EXACT, NO_IMAGES, NOTHING, TWO_YOUNG, AGES_DIFFER, STOPPED, UNREACHED };

static const struct {
	enum change change;
	bool acted;
	const char *says, *why;
} sentences[] = {
	{ AS_IS, false, "Would remove 3 containers, 1 volume and 1 image, ",
	  "counts objects, no tags" },
	{ AS_IS, false, "freeing at most 2.01kB and at least 1.51kB", "an interval" },
	{ AS_IS, false, "what the containers hold (--size tells", "and what is not known" },
	{ AS_IS, false, "1 kept because it is younger than 1h.\n", "the grace" },
	{ AS_IS, false, "Also kept: 1 that has a tag (--all takes it too).\n", "other rules" },
	{ EXACT, false, ", freeing 2.01kB, and what", "exact" },
	{ NO_IMAGES, false, "freeing what the containers hold (--size tells how much).\n",
	  "nothing known at all" },
	{ NOTHING, false, "Nothing to remove.\n", "an empty plan says so" },
	{ TWO_YOUNG, false, "2 kept because they are younger than 1h.\n", "two" },
	{ AGES_DIFFER, false, "younger than their --older-than.\n", "an age per kind" },
	{ UNREACHED, false, "The target is not reached", "told beforehand" },
	{ AS_IS, true, "Removed 1 container and 1 image; the engine holds 1.6kB less.\n", "done" },
	{ AS_IS, true, "Skipped 1 container that changed", "skipped" },
	{ AS_IS, true, "Failed for 1 container;", "failed" },
	{ AS_IS, true, "Not done: 1 planned object; run it again for it.\n", "what is left" },
	{ STOPPED, true, "Stopped: enough.\n", "why it ended early" },
	{ STOPPED, true, "Removed 1 container and 1 image.\n", "bytes that are not known" },
};

static void change(struct told *told, enum change how)
{
	if (how == EXACT)
		told->plan.bytes_min = told->plan.bytes;
	else if (how == NO_IMAGES)
		told->plan.bytes = told->plan.bytes_min = 0;
	else if (how == NOTHING)
		plan_rows_release(&told->plan.rows);
	else if (how == TWO_YOUNG)
		told->plan.kept_for_grace = 2;
	else if (how == AGES_DIFFER)
		told->policy.kinds[KIND_IMAGE].older_than = NSEC_PER_DAY;
	else if (how == UNREACHED)
		told->plan.target_reached = false;
	else if (how == STOPPED) {
		told->result.stopped = xstrdup("enough");
		told->result.reclaimed = -1;
	}
}

START_TEST(sentence)
{
	struct told told;
	scoped_buf text;

	buf_init(&text, 4096);
	told_open(&told, sentences[_i].acted);
	change(&told, sentences[_i].change);
	if (sentences[_i].acted)
		render_outcome(&text, &told.report);
	else
		render_intent(&text, &told.report);
	ck_assert_msg(strstr(text.data, sentences[_i].says), "%s:\n%s", sentences[_i].why,
		      text.data);
	told_close(&told);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("render");
	TCase *tc = tcase_create("text");

	tcase_add_loop_test(tc, table, 0, (int)array_len(tables));
	tcase_add_test(tc, short_ids);
	tcase_add_test(tc, nothing_no_table);
	tcase_add_loop_test(tc, sentence, 0, (int)array_len(sentences));
	suite_add_tcase(s, tc);
	return s;
}
