/* SPDX-License-Identifier: Apache-2.0 */
#include "plugins/hygiene/render.h"

#include <string.h>

#include "common/codec/printable.h"
#include "common/codec/timefmt.h"
#include "common/codec/units.h"

/* "12 containers, 1 network and 5 images"; false and nothing if there are none. */
static bool add_counts(struct buf *out, const size_t by_kind[KIND_COUNT])
{
	size_t left = 0, said = 0;

	for (int kind = 0; kind < KIND_COUNT; kind++)
		left += by_kind[kind] > 0;
	for (int i = 0; i < KIND_COUNT; i++) {
		enum kind kind = (enum kind)i;

		if (by_kind[kind] == 0)
			continue;
		if (said > 0)
			buf_str(out, left == 1 ? " and " : ", ");
		if (by_kind[kind] == 1 && kind == KIND_CACHE)
			buf_str(out, "1 build cache record");
		else if (by_kind[kind] == 1)
			buf_fmt(out, "1 %s", kind_word(kind));
		else
			buf_fmt(out, "%zu %s", by_kind[kind], kind_plural(kind));
		said++;
		left--;
	}
	return said > 0;
}

/* Objects go whose size nobody asked for: their bytes are not in the sum. */
static const char *unknown_sizes(const struct plan *plan)
{
	bool containers = false, volumes = false;

	for (size_t i = 0; i < plan->rows.count; i++) {
		const struct plan_row *row = &plan->rows.items[i];

		if (row->action != ACTION_REMOVE || row->bytes >= 0)
			continue;
		containers |= row->kind == KIND_CONTAINER;
		volumes |= row->kind == KIND_VOLUME;
	}
	if (!containers && !volumes)
		return NULL;
	return !containers ? "volumes" : !volumes ? "containers" : "containers and volumes";
}

static void add_bytes(struct buf *out, const struct report *report)
{
	const struct plan *plan = report->plan;
	const char *unknown = unknown_sizes(plan);
	char upper[SIZE_TEXT], lower[SIZE_TEXT];

	size_format(upper, plan->bytes);
	size_format(lower, plan->bytes_min);
	if (plan->bytes == 0 && unknown)
		buf_fmt(out, ", freeing what the %s hold (--size tells how much)", unknown);
	else if (plan->bytes == plan->bytes_min)
		buf_fmt(out, ", freeing %s", upper);
	else
		buf_fmt(out,
			", freeing at most %s and at least %s (the engine does not tell what else "
			"holds the layers)",
			upper, lower);
	if (plan->bytes > 0 && unknown)
		buf_fmt(out, ", and what the %s hold (--size tells how much)", unknown);
}

/* The grace if all chosen kinds have the same; "their --older-than" otherwise. */
static void add_grace(struct buf *out, const struct policy *policy)
{
	int64_t same = -1;
	char age[TIME_TEXT];

	for (int kind = 0; kind < KIND_COUNT; kind++) {
		const struct kind_rules *rules = &policy->kinds[kind];

		if (!rules->chosen || rules->older_than == same)
			continue;
		if (same >= 0) {
			buf_str(out, "their --older-than");
			return;
		}
		same = rules->older_than;
	}
	buf_str(out, duration_format(age, same < 0 ? 0 : same));
}

static const struct {
	enum plan_rule rule;
	const char *one, *many;
} kept_texts[] = {
	{ PLAN_RULE_KEEP, "is protected by --keep or a policy",
	  "are protected by --keep or a policy" },
	{ PLAN_RULE_IN_USE, "is in use", "are in use" },
	{ PLAN_RULE_TAGGED, "has a tag (--all takes it too)", "have a tag (--all takes them too)" },
	{ PLAN_RULE_KEEP_LAST, "is among the newest of its repository (--keep-last)",
	  "are among the newest of their repositories (--keep-last)" },
	{ PLAN_RULE_TARGET, "is not needed to reach the target",
	  "are not needed to reach the target" },
	{ PLAN_RULE_LABEL, "does not match the label filters", "do not match the label filters" },
	{ PLAN_RULE_CHILDREN, "has images built on it that stay",
	  "have images built on them that stay" },
	{ PLAN_RULE_SCOPE, "is of a sort that is left alone", "are of sorts that are left alone" },
	{ PLAN_RULE_STATE, "is in a state that is left alone",
	  "are in a state that is left alone" },
	{ PLAN_RULE_FUTURE, "has a time in the engine's future",
	  "have a time in the engine's future" },
	{ PLAN_RULE_NOT_PLANNED, "is not in the reviewed plan", "are not in the reviewed plan" },
};

static size_t count_rule(const struct plan *plan, enum plan_rule rule)
{
	size_t n = 0;

	for (size_t i = 0; i < plan->kept.count; i++)
		n += plan->kept.items[i].rule == rule;
	return n;
}

static void add_kept(struct buf *out, const struct report *report)
{
	size_t grace = report->plan->kept_for_grace;

	if (grace > 0) {
		buf_fmt(out, "%zu kept because %s younger than ", grace,
			grace == 1 ? "it is" : "they are");
		add_grace(out, report->policy);
		buf_str(out, ".\n");
	}
	size_t said = 0;
	for (size_t i = 0; i < array_len(kept_texts); i++) {
		size_t n = count_rule(report->plan, kept_texts[i].rule);

		if (n == 0)
			continue;
		buf_str(out, said++ > 0 ? ", " : "Also kept: ");
		buf_fmt(out, "%zu that %s", n, n == 1 ? kept_texts[i].one : kept_texts[i].many);
	}
	buf_str(out, said > 0 ? ".\n" : "");
}

static void add_changed(struct buf *out, const struct report *report)
{
	size_t n = report->changed ? report->changed->count : 0;

	if (n > 0)
		buf_fmt(out, "%zu of the reviewed plan %s changed since and %s left alone.\n", n,
			n == 1 ? "has" : "have", n == 1 ? "is" : "are");
}

void render_intent(struct buf *out, const struct report *report)
{
	struct report_counts counts;

	report_count(&counts, report);
	if (report_total(counts.planned) == 0) {
		buf_str(out, "Nothing to remove.\n");
	} else {
		buf_str(out, report->dry_run ? "Would remove " : "Will remove ");
		add_counts(out, counts.planned);
		add_bytes(out, report);
		buf_str(out, ".\n");
	}
	if (!report->plan->target_reached)
		buf_str(out, "The target is not reached by all that may go.\n");
	add_changed(out, report);
	add_kept(out, report);
}

static size_t count_not_done(const struct report *report)
{
	size_t n = 0;

	for (size_t i = 0; i < report->result->count; i++)
		n += report->plan->rows.items[i].action == ACTION_REMOVE &&
		     report->result->rows[i].outcome == OUTCOME_NOT_DONE;
	return n;
}

static void add_removed(struct buf *out, const struct report *report,
			const struct report_counts *counts)
{
	char size[SIZE_TEXT];

	if (report_total(counts->removed) == 0) {
		buf_str(out, "Nothing was removed.\n");
		return;
	}
	buf_str(out, "Removed ");
	add_counts(out, counts->removed);
	if (report->result->reclaimed >= 0)
		buf_fmt(out, "; the engine holds %s less",
			size_format(size, report->result->reclaimed));
	buf_str(out, ".\n");
}

void render_outcome(struct buf *out, const struct report *report)
{
	struct report_counts counts;
	size_t not_done = count_not_done(report);

	report_count(&counts, report);
	add_removed(out, report, &counts);
	if (report_total(counts.skipped) > 0) {
		buf_str(out, "Skipped ");
		add_counts(out, counts.skipped);
		buf_str(out, " that changed since the plan was made.\n");
	}
	if (report_total(counts.failed) > 0) {
		buf_str(out, "Failed for ");
		add_counts(out, counts.failed);
		buf_str(out, "; the table says why, and the next run tries again.\n");
	}
	if (report->result->stopped) {
		buf_str(out, "Stopped: ");
		printable_add(out, report->result->stopped);
		buf_str(out, ".\n");
	}
	if (not_done > 0)
		buf_fmt(out, "Not done: %zu planned object%s; run it again for %s.\n", not_done,
			not_done == 1 ? "" : "s", not_done == 1 ? "it" : "them");
	add_kept(out, report);
}
