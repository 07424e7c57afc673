/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/hygiene/reports.h"

#include <string.h>

#include "tests/unit/hygiene/rows.h"

static void add_plan(struct plan *plan)
{
	struct plan_rows *rows = &plan->rows;

	row_bytes(row_add(rows, KIND_CONTAINER, ACTION_REMOVE, HEX64("1"), "c1", "exited"), -1, -1);
	row_bytes(row_add(rows, KIND_CONTAINER, ACTION_REMOVE, HEX64("2"), "c2", "exited"), -1, -1);
	row_bytes(row_add(rows, KIND_CONTAINER, ACTION_REMOVE, HEX64("3"), REPORT_ODD, "exited"),
		  -1, -1);
	row_add(rows, KIND_IMAGE, ACTION_UNTAG, "sha256:" HEX64("5"), "app:1", "of app:2");
	row_bytes(row_add(rows, KIND_IMAGE, ACTION_REMOVE, "sha256:" HEX64("5"), "app:2", "unused"),
		  2000, 1500);
	row_bytes(row_add(rows, KIND_VOLUME, ACTION_REMOVE, "v", "v", "named"), 7, 7);
	plan->bytes = 2007;
	plan->bytes_min = 1507;
	row_add(&plan->kept, KIND_CONTAINER, ACTION_KEEP, HEX64("4"), "c4", "young")->rule =
		PLAN_RULE_GRACE;
	plan->kept_for_grace = 1;
	row_add(&plan->kept, KIND_IMAGE, ACTION_KEEP, "sha256:" HEX64("6"), "i2:1", "tag")->rule =
		PLAN_RULE_TAGGED;
}

static void add_result(struct result *result)
{
	static const struct {
		enum outcome outcome;
		const char *reason;
	} rows[] = {
		{ OUTCOME_REMOVED, NULL },  { OUTCOME_SKIPPED, "already gone" },
		{ OUTCOME_FAILED, "boom" }, { OUTCOME_REMOVED, NULL },
		{ OUTCOME_REMOVED, NULL },  { OUTCOME_NOT_DONE, NULL },
	};

	result->count = array_len(rows);
	result->rows = xcalloc(result->count, sizeof(*result->rows));
	for (size_t i = 0; i < result->count; i++) {
		result->rows[i].outcome = rows[i].outcome;
		result->rows[i].reason = xstrdup_null(rows[i].reason);
	}
	result->removed = 3;
	result->skipped = 1;
	result->failed = 1;
	result->reclaimed = 1600;
}

void told_open(struct told *told, bool acted)
{
	memset(told, 0, sizeof(*told));
	snapshot_init(&told->snap);
	plan_init(&told->plan);
	told->snap.info.id = xstrdup("ABCD");
	told->snap.info.name = xstrdup("host\"1\"");
	told->snap.info.server_version = xstrdup("26.1.5");
	told->snap.now = INT64_C(1795480000) * NSEC_PER_SEC;
	told->policy.kinds[KIND_CONTAINER].chosen = true;
	told->policy.kinds[KIND_CONTAINER].older_than = NSEC_PER_HOUR;
	told->policy.kinds[KIND_IMAGE] = told->policy.kinds[KIND_CONTAINER];
	add_plan(&told->plan);
	if (acted)
		add_result(&told->result);
	told->report = (struct report){
		.address = "unix:///run/docker.sock",
		.snap = &told->snap,
		.policy = &told->policy,
		.plan = &told->plan,
		.changed = &told->changed,
		.result = acted ? &told->result : NULL,
		.dry_run = !acted,
		.started = INT64_C(1795480001) * NSEC_PER_SEC,
		.duration = 1500 * NSEC_PER_MSEC,
	};
}

void told_close(struct told *told)
{
	result_release(&told->result);
	plan_rows_release(&told->changed);
	plan_release(&told->plan);
	policy_release(&told->policy);
	snapshot_release(&told->snap);
}
