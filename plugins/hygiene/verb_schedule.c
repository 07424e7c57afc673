/* SPDX-License-Identifier: Apache-2.0 */
/* docker hygiene schedule: the daily and the weekly job, in the scheduler that the machine has. */
#include <string.h>

#include "common/cli/out.h"
#include "common/codec/json.h"
#include "plugins/hygiene/schedule_report.h"
#include "plugins/hygiene/verbs.h"

struct status_args {
	struct schedule_where where;
	enum out_format format;
};

static const struct opt status_rows[] = {
	OPT_FORMAT_ROW(offsetof(struct status_args, format)),
};

static const struct opt_set status_sets[] = {
	OPT_SET(NULL, schedule_where_rows, offsetof(struct status_args, where)),
	OPT_SET(NULL, status_rows, 0),
};
static const struct opt_set remove_sets[] = { OPT_SET(NULL, schedule_where_rows, 0) };

/* The kind that an operand names; without one, NULL. */
static int named_kind(const struct verb_call *call, const struct schedule_kind **out,
		      struct error *err)
{
	*out = NULL;
	if (call->operand_count == 0)
		return 0;
	for (size_t i = 0; i < SCHEDULE_KINDS; i++)
		if (strcmp(schedule_kinds[i].word, call->operands[0]) == 0) {
			*out = &schedule_kinds[i];
			return 0;
		}
	return error_set(err, ERROR_USAGE, 0, "'%s': no such job; use prune or base",
			 call->operands[0]);
}

static void complete_kinds(struct cli *cli, const struct opt *opt, const char *prefix,
			   struct completion *completion)
{
	(void)cli;
	(void)prefix;
	for (size_t i = 0; !opt && i < SCHEDULE_KINDS; i++)
		completion_add(completion, schedule_kinds[i].word, schedule_kinds[i].what);
}

/* --- status */

static int read_report(struct schedule_report *report, const struct schedule_where *where,
		       const struct schedule_kind *kind, struct error *err)
{
	report->kind = kind;
	report->system = where->system;
	if (schedule_manager(where, &report->manager, err) < 0)
		return -1;
	/* Nothing can be scheduled where there is no scheduler: that is a status, not an error. */
	if (report->manager != JOB_MANAGER_NONE &&
	    job_status(report->manager, report->system, kind->job, &report->job, err) < 0)
		return -1;
	return runlog_read(&report->runs, kind->runs, err);
}

struct reports {
	struct schedule_report items[SCHEDULE_KINDS];
	size_t count;
};

static void reports_release(struct reports *reports)
{
	for (size_t i = 0; i < SCHEDULE_KINDS; i++)
		schedule_report_release(&reports->items[i]);
}

static int run_status(struct cli *cli, const struct verb_call *call, int *status, struct error *err)
{
	const struct status_args *args = call->args;
	struct reports reports scoped(reports_release) = { 0 };
	const struct schedule_kind *only;

	(void)status;
	if (named_kind(call, &only, err) < 0)
		return -1;
	for (size_t i = 0; i < SCHEDULE_KINDS; i++) {
		const struct schedule_kind *kind = &schedule_kinds[i];

		if (only && only != kind)
			continue;
		if (read_report(&reports.items[reports.count++], &args->where, kind, err) < 0)
			return -1;
	}
	if (args->format == OUT_TABLE) {
		schedule_reports_print(reports.items, reports.count, cli->out,
				       cli->clock->now(cli->clock));
		return out_flush(cli->out, err);
	}
	scoped_json *json = schedule_reports_json(reports.items, reports.count);

	return out_json(cli->out, json, err);
}

/* --- remove */

/* Who thinks of the other one is told how it goes. */
static void note_base(const struct cli *cli, enum job_manager manager,
		      const struct schedule_where *where)
{
	struct job_status job scoped(job_status_release) = { 0 };
	struct error ignored = ERROR_INIT;

	if (manager != JOB_MANAGER_NONE &&
	    job_status(manager, where->system, SCHEDULE_BASE->job, &job, &ignored) == 0 &&
	    job.installed)
		fprintf(cli->err,
			"note: the %s stays; to remove it: docker hygiene schedule remove "
			"base%s\n",
			SCHEDULE_BASE->what, where->system ? " --system" : "");
}

static int run_remove(struct cli *cli, const struct verb_call *call, int *status, struct error *err)
{
	const struct schedule_where *where = call->args;
	const struct schedule_kind *kind;
	enum job_manager manager;
	bool found = false;
	bool said;

	(void)status;
	if (named_kind(call, &kind, err) < 0 || schedule_manager(where, &manager, err) < 0)
		return -1;
	said = kind != NULL;
	if (!kind)
		kind = SCHEDULE_PRUNE;
	if (manager != JOB_MANAGER_NONE &&
	    job_remove(manager, where->system, kind->job, &found, err) < 0)
		return -1;
	if (found)
		fprintf(cli->out, "Removed the %s.\n", kind->what);
	else
		fprintf(cli->out, "No %s is scheduled.\n", kind->what);
	if (!said)
		note_base(cli, manager, where);
	return out_flush(cli->out, err);
}

static const struct verb schedule_status = {
	.name = "status",
	.synopsis = "[options] [prune|base]",
	.summary = "Show the jobs: last runs, what they did, the next run",
	.opts = status_sets,
	.opt_count = array_len(status_sets),
	.args_size = sizeof(struct status_args),
	.max_operands = 1,
	.run = run_status,
	.complete = complete_kinds,
};

static const struct verb schedule_remove = {
	.name = "remove",
	.synopsis = "[options] [prune|base]",
	.summary = "Stop running prune, or what is named",
	.opts = remove_sets,
	.opt_count = array_len(remove_sets),
	.args_size = sizeof(struct schedule_where),
	.max_operands = 1,
	.run = run_remove,
	.complete = complete_kinds,
};

static const struct verb *const below[] = {
	&schedule_prune, &schedule_base, &schedule_status, &schedule_remove, NULL,
};

const struct verb verb_schedule = {
	.name = "schedule",
	.synopsis = "COMMAND",
	.summary = "Run prune every day, base build every week",
	.below = below,
};
