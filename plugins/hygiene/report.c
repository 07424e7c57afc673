/* SPDX-License-Identifier: Apache-2.0 */
#include "plugins/hygiene/report.h"

#include <string.h>

#include "common/codec/json_text.h"
#include "common/codec/timefmt.h"

size_t report_total(const size_t by_kind[KIND_COUNT])
{
	size_t total = 0;

	for (int kind = 0; kind < KIND_COUNT; kind++)
		total += by_kind[kind];
	return total;
}

static void count_results(struct report_counts *out, const struct report *report)
{
	for (size_t i = 0; i < report->plan->rows.count; i++) {
		const struct plan_row *row = &report->plan->rows.items[i];

		if (row->action != ACTION_REMOVE)
			continue;
		out->planned[row->kind]++;
		if (!report->result)
			continue;
		enum outcome outcome = report->result->rows[i].outcome;
		out->removed[row->kind] += outcome == OUTCOME_REMOVED;
		out->skipped[row->kind] += outcome == OUTCOME_SKIPPED;
		out->failed[row->kind] += outcome == OUTCOME_FAILED;
	}
}

void report_count(struct report_counts *out, const struct report *report)
{
	memset(out, 0, sizeof(*out));
	if (!report->plan)
		return;
	count_results(out, report);
	for (size_t i = 0; i < report->plan->kept.count; i++)
		out->kept[report->plan->kept.items[i].kind]++;
	for (size_t i = 0; report->changed && i < report->changed->count; i++) {
		const struct plan_row *row = &report->changed->items[i];

		if (row->action == ACTION_REMOVE)
			(report->dry_run ? out->kept : out->skipped)[row->kind]++;
	}
}

static json_t *stamp(int64_t t)
{
	char room[TIME_TEXT];

	return t == TIME_NONE ? json_null() : json_string(time_format_rfc3339(room, t, 0));
}

static json_t *bytes(int64_t n)
{
	return n < 0 ? json_null() : json_integer(n);
}

static json_t *row_json(const struct plan_row *row, enum action action, const char *reason)
{
	json_t *json = json_object();

	json_put(json, "kind", json_string(kind_word(row->kind)));
	json_put(json, "id", json_text(row->id));
	json_put(json, "name", json_text(row->name));
	json_put(json, "action", json_string(action_word(action)));
	json_put(json, "rule", json_string(plan_rule_word(row->rule)));
	json_put(json, "reason", json_text(reason));
	json_put(json, "bytes", bytes(row->bytes));
	json_put(json, "bytes_min", bytes(row->bytes_min));
	json_put(json, "bytes_exact",
		 json_boolean(row->bytes >= 0 && row->bytes == row->bytes_min));
	json_put(json, "last_used", stamp(row->last_used));
	json_put(json, "use_seen", json_boolean(row->use_seen));
	return json;
}

static void append(json_t *array, json_t *value)
{
	(void)!json_array_append_new(array, value);
}

struct lists {
	json_t *planned, *kept, *removed, *skipped, *failed;
};

static void list_rows(const struct lists *lists, const struct report *report)
{
	for (size_t i = 0; i < report->plan->rows.count; i++) {
		const struct plan_row *row = &report->plan->rows.items[i];
		json_t *planned = row_json(row, row->action, row->reason);

		append(lists->planned, json_incref(planned));
		const struct result_row *done = report->result ? &report->result->rows[i] : NULL;
		if (done && done->outcome == OUTCOME_REMOVED)
			append(lists->removed, json_incref(planned));
		else if (done && done->outcome == OUTCOME_SKIPPED)
			append(lists->skipped, row_json(row, row->action, done->reason));
		else if (done && done->outcome == OUTCOME_FAILED)
			append(lists->failed, row_json(row, row->action, done->reason));
		json_decref(planned);
	}
}

static void list_others(const struct lists *lists, const struct report *report)
{
	for (size_t i = 0; i < report->plan->kept.count; i++) {
		const struct plan_row *row = &report->plan->kept.items[i];

		append(lists->kept, row_json(row, ACTION_KEEP, row->reason));
	}
	for (size_t i = 0; report->changed && i < report->changed->count; i++) {
		const struct plan_row *row = &report->changed->items[i];

		/* A dry run skips nothing, since it does nothing: what it would skip is kept. */
		if (report->dry_run)
			append(lists->kept, row_json(row, ACTION_KEEP, row->reason));
		else
			append(lists->skipped, row_json(row, row->action, row->reason));
	}
}

static json_t *error_json(const struct error *error)
{
	if (!error || !error_is_set(error))
		return json_null();
	json_t *json = json_object();

	json_put(json, "kind", json_string(error_name(error->kind)));
	json_put(json, "message", json_text(error->text));
	return json;
}

static json_t *stopped_json(const struct report *report)
{
	return json_text(report->result ? report->result->stopped : NULL);
}

static void add_totals(json_t *json, const struct report *report)
{
	const struct plan *plan = report->plan;
	int64_t upper = plan ? plan->bytes : 0, lower = plan ? plan->bytes_min : 0;
	int64_t reclaimed = report->result ? report->result->reclaimed : 0;

	json_put(json, "reclaimable_bytes", bytes(upper));
	json_put(json, "reclaimable_bytes_min", bytes(lower));
	json_put(json, "reclaimable_bytes_exact", json_boolean(upper == lower));
	json_put(json, "reclaimed_bytes", bytes(reclaimed));
	json_put(json, "interrupted", json_boolean(report->interrupted));
	json_put(json, "stopped", stopped_json(report));
	json_put(json, "error", error_json(report->error));
}

json_t *report_json(const struct report *report)
{
	const struct lists lists = { json_array(), json_array(), json_array(), json_array(),
				     json_array() };
	json_t *json = json_object();

	if (report->plan) {
		list_rows(&lists, report);
		list_others(&lists, report);
	}
	json_put(json, "engine_id", json_text(report->snap ? report->snap->info.id : NULL));
	json_put(json, "engine_name", json_text(report->snap ? report->snap->info.name : NULL));
	json_put(json, "engine_time", stamp(report->snap ? report->snap->now : TIME_NONE));
	json_put(json, "dry_run", json_boolean(report->dry_run));
	json_put(json, "planned", lists.planned);
	json_put(json, "kept", lists.kept);
	json_put(json, "removed", lists.removed);
	json_put(json, "skipped", lists.skipped);
	json_put(json, "failed", lists.failed);
	add_totals(json, report);
	return json;
}
