/* SPDX-License-Identifier: Apache-2.0 */
#include "plugins/hygiene/access_report.h"

#include <string.h>

#include "common/cli/out.h"
#include "common/codec/json_text.h"
#include "common/codec/printable.h"

#define NAMED_MAX 3 /* of what a sentence names */

static size_t count_of(const struct access_report *report)
{
	return report->run->targets.count;
}

static bool is_wrong(const struct access_row *row)
{
	return access_status(&row->verdict, &row->gate) == ACCESS_STATUS_CAN_PUSH;
}

int access_report_status(const struct access_report *report)
{
	for (size_t i = 0; i < count_of(report); i++)
		if (is_wrong(&report->run->rows[i]))
			return ACCESS_STATUS_CAN_PUSH;
	return 0;
}

const struct access_row *access_report_unsure(const struct access_report *report)
{
	for (size_t i = 0; i < count_of(report); i++) {
		const struct access_row *row = &report->run->rows[i];

		if (row->verdict.push == ACCESS_YES && row->gate.unknown)
			return row;
	}
	return NULL;
}

/* --- for people */

static const char *gate_word(const struct gate_view *gate)
{
	if (gate->unknown)
		return "unknown";
	if (!gate->installed)
		return "no pushgate";
	return !gate->gated ? "no" : gate->attested ? "yes, in CI" : "yes";
}

static const char *as_whom(const struct access_row *row)
{
	if (!row->user)
		return "anonymous";
	return *row->user ? row->user : "(token)";
}

/* WHY is last and is told in full, also where the terminal has to wrap it. */
static void print_rows(const struct access_report *report, struct cli *cli, FILE *out)
{
	static const struct table_column columns[] = {
		{ "REPOSITORY", false, false }, { "AS", false, false },    { "PULL", false, false },
		{ "PUSH", false, false },       { "GATED", false, false }, { "WHY", false, false }
	};
	scoped_table table;

	table_init(&table, columns, array_len(columns));
	for (size_t i = 0; i < count_of(report); i++) {
		const struct access_row *row = &report->run->rows[i];

		table_cell_fmt(&table, "%s%s%s", row->target->registry,
			       row->target->repository ? "/" : "",
			       row->target->repository ? row->target->repository : "");
		table_cell(&table, as_whom(row));
		table_cell(&table, access_answer_name(row->verdict.pull));
		table_cell(&table, access_answer_name(row->verdict.push));
		table_cell(&table, gate_word(&row->gate));
		table_cell(&table, row->verdict.why);
	}
	table_print(&table, out, 0, term_colour(out, cli->env));
}

struct counts {
	size_t push[ACCESS_NO + 1];
	size_t untried;
	size_t wrong;
};

static struct counts count_all(const struct access_report *report)
{
	struct counts c = { 0 };

	for (size_t i = 0; i < count_of(report); i++) {
		const struct access_row *row = &report->run->rows[i];

		c.push[row->verdict.push]++;
		c.untried += row->verdict.push == ACCESS_UNKNOWN && access_may_probe(&row->facts);
		c.wrong += is_wrong(row);
	}
	return c;
}

static void add_name(struct buf *text, size_t n, const char *registry, const char *repository)
{
	if (n < NAMED_MAX)
		buf_fmt(text, "%s%s/%s", n ? ", " : "", registry, repository);
}

/* What must not be, and what to do about it. */
static void add_wrong(const struct access_report *report, size_t wrong, struct buf *text)
{
	const struct access_row *first = report->run->rows;
	size_t n = 0;

	for (size_t i = 0; i < count_of(report); i++) {
		const struct access_row *row = &report->run->rows[i];

		if (!is_wrong(row))
			continue;
		if (n == 0)
			first = row;
		add_name(text, n++, row->target->registry, row->target->repository);
	}
	if (wrong > NAMED_MAX)
		buf_fmt(text, " and %zu more", wrong - NAMED_MAX);
	buf_fmt(text, " %s gated, and this is not CI.\n", wrong == 1 ? "is" : "are");
	if (first->user && *first->user)
		buf_fmt(text,
			"Take the right to push from the account \"%s\", or docker login with one "
			"that can only pull.\n",
			first->user);
	else
		buf_fmt(text, "%s lets %s push: that is to be changed there.\n",
			first->target->registry, first->user ? "this token" : "everybody");
}

static void add_summary(const struct access_report *report, struct buf *text)
{
	const struct access_run *run = report->run;
	const struct counts c = count_all(report);

	buf_fmt(text, "%s on %s can push to %zu of %zu (refused at %zu, not known of %zu%s).\n",
		run->login, run->host, c.push[ACCESS_YES], count_of(report), c.push[ACCESS_NO],
		c.push[ACCESS_UNKNOWN], report->interrupted ? "; interrupted" : "");
	if (c.wrong)
		add_wrong(report, c.wrong, text);
	if (c.untried && !report->probing)
		buf_str(text, "To know, try it: --probe opens an upload and cancels it at once.\n");
}

/* Line by line, since what is in them may hold anything. */
static void print_lines(const struct buf *text, FILE *out)
{
	for (const char *p = text->data; *p;) {
		size_t len = strcspn(p, "\n");
		scoped_str line = xstrndup(p, len);
		scoped_buf clean = { 0 };

		buf_init(&clean, SIZE_MAX);
		printable_add(&clean, line);
		fprintf(out, "%s\n", clean.data);
		p += len + (p[len] == '\n');
	}
}

void access_report_print(const struct access_report *report, struct cli *cli, FILE *out)
{
	scoped_buf text = { 0 };

	print_rows(report, cli, out);
	buf_init(&text, SIZE_MAX);
	add_summary(report, &text);
	fputc('\n', out);
	print_lines(&text, out);
}

/* --- for machines */

static json_t *row_json(const struct access_row *row)
{
	const struct gate_view *gate = &row->gate;
	json_t *json = json_object();

	json_put(json, "registry", json_text(row->target->registry));
	json_put(json, "repository", json_text(row->target->repository));
	json_put(json, "as", json_text(row->user));
	json_put(json, "credential", json_text(row->source));
	json_put(json, "pull", json_string(access_answer_name(row->verdict.pull)));
	json_put(json, "push", json_string(access_answer_name(row->verdict.push)));
	json_put(json, "why", json_text(row->verdict.why));
	json_put(json, "probed", json_boolean(row->facts.probed));
	json_put(json, "read_only", json_boolean(row->verdict.read_only));
	json_put(json, "gated", gate->unknown ? json_null() : json_boolean(gate->gated));
	json_put(json, "ci", gate->installed ? json_boolean(gate->attested) : json_null());
	return json;
}

json_t *access_report_json(const struct access_report *report)
{
	json_t *json = json_object();
	json_t *items = json_array();

	for (size_t i = 0; i < count_of(report); i++)
		json_array_append_new(items, row_json(&report->run->rows[i]));
	json_put(json, "login", json_text(report->run->login));
	json_put(json, "host", json_text(report->run->host));
	json_put(json, "can_push_to_gated", json_boolean(access_report_status(report) != 0));
	json_put(json, "interrupted", json_boolean(report->interrupted));
	json_put(json, "items", items);
	return json;
}
