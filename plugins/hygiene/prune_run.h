/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One run of `docker hygiene prune`: what it holds, and its steps in their order. Each step returns
 * 0, or -1 with err; what a run got to is always in its report.
 */
#ifndef PLUGINS_HYGIENE_PRUNE_RUN_H
#define PLUGINS_HYGIENE_PRUNE_RUN_H

#include "common/cli/progress.h"
#include "common/cli/verb.h"
#include "plugins/hygiene/connection.h"
#include "plugins/hygiene/plan_file.h"
#include "plugins/hygiene/prune_args.h"
#include "plugins/hygiene/report.h"

struct prune {
	struct cli *cli;
	const struct prune_args *args;
	bool dry; /* nothing is removed: --dry-run or --save-plan */

	struct connection to;
	int lock; /* -1: not taken */

	bool planned, acted; /* plan and result below are filled */
	struct policy policy;
	struct plan_asked asked;   /* for --save-plan */
	struct plan_file reviewed; /* with --apply */
	struct snapshot snap;
	struct plan plan;
	struct plan_rows changed;
	struct result result;
	struct strings notes;
	struct progress progress;
	struct report report; /* borrows all of the above */
	int64_t started;      /* monotonic */
};

void prune_open(struct prune *p, struct cli *cli, const struct prune_args *args);
void prune_close(struct prune *p);
#define scoped_prune scoped(prune_close) struct prune

/* Everything up to the plan, shown to nobody yet. */
int prune_plan(struct prune *p, struct error *err) must_check;
/* Shows the plan where that is due, and asks. *go: it is to be executed. */
int prune_ask(struct prune *p, bool *go, struct error *err) must_check;
int prune_save(struct prune *p, struct error *err) must_check;
int prune_act(struct prune *p, struct error *err) must_check;
/*
 * Tells what there is to tell: table or JSON, metrics, the log of runs. failed: what ended the run,
 * or no error.
 */
int prune_tell(struct prune *p, const struct error *failed, int *status, struct error *err)
	must_check;

#endif
