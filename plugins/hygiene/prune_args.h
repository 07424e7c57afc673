/* SPDX-License-Identifier: Apache-2.0 */
/* What a person says to `docker hygiene prune`: the options as rows, and which go together. */
#ifndef PLUGINS_HYGIENE_PRUNE_ARGS_H
#define PLUGINS_HYGIENE_PRUNE_ARGS_H

#include "common/cli/opt.h"
#include "common/cli/out.h"
#include "plugins/hygiene/policy.h"

#define PRUNE_MAX_PLAN_AGE (24 * NSEC_PER_HOUR)

struct prune_args {
	struct settings flags; /* what to prune, as far as flags say it */
	struct strings keep_files;
	const char *policy; /* NULL: the user's own file, if there is one */
	const char *save_plan, *apply;
	int64_t max_plan_age; /* ns; UNSET: PRUNE_MAX_PLAN_AGE */
	bool dry_run, yes, quiet, no_trunc, scheduled;
	enum out_format format;
	const char *metrics;
};

/* The rows, for verbs that take prune's options beside their own; offsets in struct prune_args. */
#define PRUNE_SELECTION_ROWS 14
#define PRUNE_RUN_ROWS       12
extern const struct opt prune_selection_rows[PRUNE_SELECTION_ROWS];
extern const struct opt prune_run_rows[PRUNE_RUN_ROWS];

#define PRUNE_OPT_SETS 2
extern const struct opt_set prune_opts[PRUNE_OPT_SETS];

/* For struct verb; args is a struct prune_args. */
void prune_args_init(void *args);
void prune_args_release(void *args);

/* Refuses options that contradict each other. Errors: ERROR_USAGE. */
int prune_args_check(const struct prune_args *args, struct error *err) must_check;

#endif
