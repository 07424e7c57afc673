/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a prune planned and did, for machines: the JSON object of --format json, described in
 * docs/prune.md. Pure.
 */
#ifndef PLUGINS_HYGIENE_REPORT_H
#define PLUGINS_HYGIENE_REPORT_H

#include <jansson.h>

#include "plugins/hygiene/apply.h"

/* Borrowed parts of one run; what it did not get to is NULL. */
struct report {
	const char *address; /* of the engine */
	const struct snapshot *snap;
	const struct policy *policy;
	const struct plan *plan;
	const struct plan_rows *changed; /* reviewed, but different or gone now; --apply only */
	const struct result *result;     /* NULL: nothing was to be removed (dry run, answer no) */
	const struct error *error;       /* what ended the run early */
	bool dry_run, interrupted;
	int64_t started;  /* this machine's clock */
	int64_t duration; /* ns */
};

/* Objects by what became of them; taking a tag off is no object. */
struct report_counts {
	size_t planned[KIND_COUNT], removed[KIND_COUNT], skipped[KIND_COUNT], failed[KIND_COUNT],
		kept[KIND_COUNT];
};
void report_count(struct report_counts *out, const struct report *report);
size_t report_total(const size_t by_kind[KIND_COUNT]);

/* Owned by the caller. */
json_t *report_json(const struct report *report) must_check;

#endif
