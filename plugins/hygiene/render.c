/* SPDX-License-Identifier: Apache-2.0 */
#include "plugins/hygiene/render.h"

#include <string.h>

#include "common/cli/out.h"
#include "common/codec/reference.h"
#include "common/codec/units.h"

#define SHORT_ID 12

static const struct table_column columns[] = {
	{ .title = "ACTION" },
	{ .title = "KIND" },
	{ .title = "ID" },
	{ .title = "NAME" },
	{ .title = "SIZE", .right = true },
	{ .title = "REASON", .flexible = true },
};

static void id_cell(struct table *table, const struct plan_row *row, bool full)
{
	/* A volume's ID is its name; an anonymous one's looks like a digest, and is cut like one.
	 */
	const char *hex = row->id ? digest_hex(row->id) : "";

	if (full)
		table_cell(table, row->id);
	else if (strspn(hex, "0123456789abcdef") == strlen(hex) && strlen(hex) > SHORT_ID)
		table_cell_fmt(table, "%.*s", SHORT_ID, hex);
	else
		table_cell(table, row->kind == KIND_VOLUME ? "" : row->id);
}

static void size_cell(struct table *table, const struct plan_row *row)
{
	char size[SIZE_TEXT];

	if (row->action == ACTION_UNTAG)
		table_cell(table, "");
	else if (row->bytes < 0)
		table_cell(table, "-");
	else
		table_cell_fmt(table, "%s%s", row->bytes_min < row->bytes ? "<=" : "",
			       size_format(size, row->bytes));
}

static void add_row(struct table *table, const struct plan_row *row, const char *action,
		    const char *reason, const struct render_style *style)
{
	table_cell(table, action);
	table_cell(table, kind_word(row->kind));
	id_cell(table, row, style->full_ids);
	table_cell(table, row->name);
	size_cell(table, row);
	table_cell(table, reason);
}

static void print_table(const struct table *table, const struct render_style *style, FILE *out)
{
	if (table->cells.count > 0)
		table_print(table, out, style->width, style->colour);
}

void render_plan(const struct report *report, const struct render_style *style, FILE *out)
{
	scoped_table table;

	table_init(&table, columns, array_len(columns));
	for (size_t i = 0; i < report->plan->rows.count; i++) {
		const struct plan_row *row = &report->plan->rows.items[i];

		add_row(&table, row, action_word(row->action), row->reason, style);
	}
	for (size_t i = 0; report->changed && i < report->changed->count; i++) {
		const struct plan_row *row = &report->changed->items[i];

		add_row(&table, row, "skip", row->reason, style);
	}
	for (size_t i = 0; i < report->plan->kept.count; i++) {
		const struct plan_row *row = &report->plan->kept.items[i];

		add_row(&table, row, action_word(ACTION_KEEP), row->reason, style);
	}
	print_table(&table, style, out);
}

static const char *outcome_text(const struct plan_row *row, enum outcome outcome)
{
	switch (outcome) {
	case OUTCOME_REMOVED:
		return row->action == ACTION_UNTAG ? "untagged" : "removed";
	case OUTCOME_SKIPPED:
		return "skipped";
	case OUTCOME_FAILED:
		return "failed";
	case OUTCOME_NOT_DONE:
		break;
	}
	return "not done";
}

/* Rows that were not done only because something ended the run are told as a number. */
static bool worth_a_row(const struct result_row *done, bool everything)
{
	return everything || done->outcome == OUTCOME_SKIPPED || done->outcome == OUTCOME_FAILED ||
	       (done->outcome == OUTCOME_NOT_DONE && done->reason);
}

void render_results(const struct report *report, const struct render_style *style, bool everything,
		    FILE *out)
{
	scoped_table table;

	table_init(&table, columns, array_len(columns));
	for (size_t i = 0; i < report->plan->rows.count; i++) {
		const struct plan_row *row = &report->plan->rows.items[i];
		const struct result_row *done = &report->result->rows[i];

		if (worth_a_row(done, everything))
			add_row(&table, row, outcome_text(row, done->outcome),
				done->reason ? done->reason : row->reason, style);
	}
	for (size_t i = 0; report->changed && i < report->changed->count; i++) {
		const struct plan_row *row = &report->changed->items[i];

		add_row(&table, row, "skipped", row->reason, style);
	}
	for (size_t i = 0; everything && i < report->plan->kept.count; i++) {
		const struct plan_row *row = &report->plan->kept.items[i];

		add_row(&table, row, action_word(ACTION_KEEP), row->reason, style);
	}
	print_table(&table, style, out);
}
