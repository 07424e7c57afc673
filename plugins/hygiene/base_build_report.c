/* SPDX-License-Identifier: Apache-2.0 */
#include "plugins/hygiene/base_build_report.h"

#include <string.h>

#include "common/cli/out.h"
#include "common/codec/json_text.h"
#include "common/codec/printable.h"

static const char *const state_names[BUILD_STATE_COUNT] = {
#define STATE_NAME(state, name, text) [BUILD_##state] = name,
	BUILD_STATES(STATE_NAME)
#undef STATE_NAME
};

static const char *const state_texts[BUILD_STATE_COUNT] = {
#define STATE_TEXT(state, name, text) [BUILD_##state] = text,
	BUILD_STATES(STATE_TEXT)
#undef STATE_TEXT
};

/* --- for people */

static char *joined(const struct strings *list, const char *between)
{
	struct buf out;

	buf_init(&out, SIZE_MAX);
	for (size_t i = 0; i < list->count; i++)
		buf_fmt(&out, "%s%s", i ? between : "", list->items[i]);
	return buf_take(&out);
}

/* WHY is last and is told in full, also where the terminal has to wrap it. */
static void print_plan(const struct build_report *r, FILE *out, bool colour)
{
	static const struct table_column columns[] = { { "IMAGE", false, false },
						       { "DUE", false, false },
						       { "WHY", false, false } };
	scoped_table table;

	table_init(&table, columns, array_len(columns));
	for (size_t i = 0; i < r->plan->count; i++) {
		const struct due_row *row = &r->plan->items[i];

		table_cell(&table, r->world->images[row->image].recipe->name);
		table_cell(&table, row->blocked ? "blocked" : row->due ? "yes" : "no");
		table_cell(&table, row->why);
	}
	table_print(&table, out, 0, colour);
}

static void print_results(const struct build_report *r, FILE *out, bool colour)
{
	static const struct table_column columns[] = { { "IMAGE", false, false },
						       { "RESULT", false, false },
						       { "TAGS", false, false },
						       { "PUSHED", false, false },
						       { "WHY", false, false } };
	scoped_table table;

	table_init(&table, columns, array_len(columns));
	for (size_t i = 0; i < r->plan->count; i++) {
		const struct due_row *row = &r->plan->items[i];
		const struct base_result *result = &r->results[i];
		scoped_str tags = joined(&result->tags, " ");
		scoped_str pushed = joined(&result->pushed, " ");

		table_cell(&table, r->world->images[row->image].recipe->name);
		table_cell(&table, state_names[result->state]);
		table_cell(&table, base_result_moved(result) ? tags : "-");
		table_cell(&table, *pushed ? pushed : "-");
		table_cell(&table, row->why);
	}
	table_print(&table, out, 0, colour);
}

/* "2 of 3 due.", and what a blocked one means. */
static void sum_up_plan(const struct build_report *r, FILE *out)
{
	size_t due = due_count(r->plan), blocked = 0;

	for (size_t i = 0; i < r->plan->count; i++)
		blocked += r->plan->items[i].blocked != NULL;
	if (due == 0)
		fprintf(out, "\nNothing is due.\n");
	else
		fprintf(out, "\n%zu of %zu due.%s\n", due, r->plan->count,
			blocked ? " Nothing is built as long as one of them is blocked." : "");
}

/* "2 built, 1 not pushed. 6 tags moved, 4 pushed." */
static void sum_up_results(const struct build_report *r, FILE *out)
{
	size_t counts[BUILD_STATE_COUNT] = { 0 };
	size_t moved = 0, pushed = 0;
	const char *before = "\n";

	for (size_t i = 0; i < r->plan->count; i++) {
		const struct base_result *result = &r->results[i];

		counts[result->state]++;
		moved += base_result_moved(result) ? result->tags.count : 0;
		pushed += result->pushed.count;
	}
	for (size_t i = BUILD_NOT_DUE + 1; i < BUILD_STATE_COUNT; i++) {
		if (!counts[i])
			continue;
		fprintf(out, "%s%zu %s", before, counts[i], state_texts[i]);
		before = ", ";
	}
	if (moved == 0 && r->tags_moved)
		/* The error names them. */
		fprintf(out, ". Some tags moved, and could not be put back.\n");
	else if (moved == 0)
		fprintf(out, ". No tag moved.\n");
	else if (pushed == 0)
		fprintf(out, ". %zu tag%s moved.\n", moved, moved == 1 ? "" : "s");
	else
		fprintf(out, ". %zu tag%s moved, %zu pushed.\n", moved, moved == 1 ? "" : "s",
			pushed);
}

static void print_standers(const struct base_standers *list, FILE *out)
{
	scoped_buf line = { 0 };

	if (!list || list->count == 0)
		return;
	buf_init(&line, SIZE_MAX);
	fprintf(out, "\nThese stand on what was replaced; build them anew:\n");
	for (size_t i = 0; i < list->count; i++) {
		scoped_str text = xasprintf(
			"%s (on %s)%s", list->items[i].image, list->items[i].base,
			list->items[i].dependent ? ": --cascade builds it" : "");

		buf_clear(&line);
		printable_add(&line, text);
		fprintf(out, "  %s\n", line.data);
	}
}

void build_report_print(const struct build_report *report, FILE *out, bool colour)
{
	if (report->results) {
		print_results(report, out, colour);
		sum_up_results(report, out);
	} else {
		print_plan(report, out, colour);
		sum_up_plan(report, out);
	}
	print_standers(report->standers, out);
}

/* --- for machines */

static json_t *reasons(unsigned bits)
{
	json_t *json = json_array();

	for (unsigned i = 0; i < DUE_REASON_COUNT; i++)
		if (bits & 1U << i)
			json_array_append_new(json,
					      json_string(due_reason_name((enum due_reason)i)));
	return json;
}

static json_t *uses(const struct due_image *image)
{
	json_t *json = json_array();

	for (size_t i = 0; i < image->uses.count; i++) {
		const struct due_use *use = &image->uses.items[i];

		json_array_append_new(json, json_pack("{s:o, s:o, s:b, s:o}", "name",
						      json_text(use->name), "digest",
						      json_text(use->digest), "base", use->base,
						      "unknown", json_text(use->unknown)));
	}
	return json;
}

static json_t *item(const struct build_report *r, size_t i)
{
	const struct due_row *row = &r->plan->items[i];
	const struct due_image *image = &r->world->images[row->image];
	json_t *json = json_pack("{s:o, s:b, s:o, s:o, s:o, s:o}", "image",
				 json_text(image->recipe->name), "due", row->due, "reasons",
				 reasons(row->reasons), "why", json_text(row->why), "blocked",
				 json_text(row->blocked), "uses", uses(image));

	if (!r->results)
		return json;
	const struct base_result *result = &r->results[i];

	json_put(json, "result", json_string(state_names[result->state]));
	json_put(json, "id", json_text(result->id));
	json_put(json, "tags",
		 base_result_moved(result) ? json_texts(&result->tags) : json_array());
	json_put(json, "pushed", json_texts(&result->pushed));
	return json;
}

json_t *build_report_json(const struct build_report *report)
{
	json_t *items = json_array();
	json_t *standers = json_array();

	for (size_t i = 0; i < report->plan->count; i++)
		json_array_append_new(items, item(report, i));
	for (size_t i = 0; report->standers && i < report->standers->count; i++) {
		const struct base_stander *stander = &report->standers->items[i];

		json_array_append_new(standers, json_pack("{s:o, s:o, s:b}", "image",
							  json_text(stander->image), "base",
							  json_text(stander->base), "dependent",
							  stander->dependent));
	}
	return json_pack("{s:o, s:o}", "items", items, "stood_on_old", standers);
}
