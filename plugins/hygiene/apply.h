/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Plan to deeds: each row by its full ID, never forced, re-checked right before it is acted on.
 * Order is the plan's stages; within a stage requests run in parallel.
 */
#ifndef PLUGINS_HYGIENE_APPLY_H
#define PLUGINS_HYGIENE_APPLY_H

#include "common/client/engine.h"
#include "plugins/hygiene/plan.h"

enum outcome {
	OUTCOME_NOT_DONE, /* interrupted, or a target was reached before */
	OUTCOME_REMOVED,
	OUTCOME_SKIPPED, /* changed, in use since, already gone: no failure */
	OUTCOME_FAILED,
};
struct result_row {
	enum outcome outcome;
	char *reason; /* why skipped or failed, in words; NULL for removed */
};
struct result {
	struct result_row *rows; /* one per plan->rows */
	size_t count;
	size_t removed, skipped, failed;
	bool interrupted;
	int64_t reclaimed; /* bytes that the engine's own total shrank by; -1: not known */
	char *stopped; /* why it ended before the plan did (target reached, space did not grow) */
};
void result_release(struct result *result);
#define scoped_result scoped(result_release) struct result

struct apply_options {
	/* Called after each row; NULL: quiet. */
	void (*progress)(void *ctx, const struct plan_row *row, enum outcome outcome);
	void *progress_ctx;
	struct cancel *cancel; /* the engine's own; ends waits between requests. NULL: none */
	/* Reads the engine's disk; NULL: disk_measure(). Only called with a free target. */
	int (*measure)(void *ctx, int64_t *total, int64_t *available, struct error *err);
	void *measure_ctx;
};

/*
 * Fills result in any case, also when it returns -1 (ERROR_CANCELLED, engine gone): what was and
 * was not done is always known. A failed row is no error of apply().
 */
int apply(struct result *result, struct engine *engine, const struct snapshot *snap,
	  const struct plan *plan, const struct apply_options *options, struct error *err)
	must_check;

#endif
