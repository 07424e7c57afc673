/* SPDX-License-Identifier: Apache-2.0 */
/* docker hygiene schedule prune: every day. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "common/cli/job_args.h"
#include "plugins/hygiene/complete_names.h"
#include "plugins/hygiene/prune_args.h"
#include "plugins/hygiene/schedule_parts.h"

struct prune_schedule {
	struct schedule_where where;
	struct schedule_when when;
	struct prune_args prune; /* parsed only so that a wrong word is refused now, not at 04:00 */
};

static const struct opt_set sets[] = {
	OPT_SET("Schedule", schedule_when_rows, offsetof(struct prune_schedule, when)),
	OPT_SET(NULL, schedule_where_rows, offsetof(struct prune_schedule, where)),
	OPT_SET("What to remove", prune_selection_rows, offsetof(struct prune_schedule, prune)),
	OPT_SET("How", prune_run_rows, offsetof(struct prune_schedule, prune)),
};

static bool is_prune_row(const struct opt *row)
{
	return schedule_is_row(row, prune_selection_rows, PRUNE_SELECTION_ROWS) ||
	       schedule_is_row(row, prune_run_rows, PRUNE_RUN_ROWS);
}

/* One option of prune, its files made absolute. What is for one run only is refused. */
static int add_prune_option(struct job *job, const struct opt_item *item, struct error *err)
{
	static const char *const once[] = { "apply", "save-plan", "max-plan-age" };
	static const char *const given[] = { "yes", "force", "scheduled" };
	const struct opt *row = item->row;

	for (size_t i = 0; i < array_len(once); i++)
		if (strcmp(row->name, once[i]) == 0)
			return error_set(err, ERROR_USAGE, 0,
					 "--%s is for one run; a daily job cannot have it",
					 row->name);
	for (size_t i = 0; i < array_len(given); i++)
		if (strcmp(row->name, given[i]) == 0)
			return 0;
	/* --metrics names a file that is written; the others have to be there. */
	if (row->complete == OPT_COMPLETE_FILE && strcmp(row->name, "metrics") != 0 &&
	    access(item->text, R_OK) < 0)
		return error_errno(err, errno, "--%s: cannot read %s", row->name, item->text);
	return job_args_option(job, item, err);
}

static int add_prune_options(struct job *job, const struct verb_call *call, struct error *err)
{
	struct opt_scan scan = {
		.sets = sets, .count = array_len(sets), .argv = call->argv, .argc = call->argc
	};
	struct opt_item item;

	/* The words have passed opt_parse() already: there are only options. */
	while (opt_next(&scan, &item) == OPT_OPTION)
		if (is_prune_row(item.row) && add_prune_option(job, &item, err) < 0)
			return -1;
	return 0;
}

static int build_job(struct job *job, const struct cli *cli, const struct verb_call *call,
		     struct strings *notes, struct error *err)
{
	const struct prune_schedule *args = call->args;

	if (schedule_when(&args->when, job, err) < 0 || job_args_begin(job, cli, notes, err) < 0)
		return -1;
	strings_add(&job->argv, "prune");
	strings_add(&job->argv, "--yes");
	strings_add(&job->argv, "--scheduled");
	return add_prune_options(job, call, err);
}

static int run(struct cli *cli, const struct verb_call *call, int *status, struct error *err)
{
	const struct prune_schedule *args = call->args;
	struct job job scoped(job_args_release) = schedule_job(SCHEDULE_PRUNE, cli,
							       "docker hygiene prune --yes");
	scoped_strings notes = { 0 };

	(void)status;
	if (build_job(&job, cli, call, &notes, err) < 0)
		return -1;
	return schedule_install(cli, &args->where, SCHEDULE_PRUNE, &job, &notes, err);
}

static void init(void *args)
{
	struct prune_schedule *a = args;

	a->when = (struct schedule_when){ SCHEDULE_AT, SCHEDULE_SPREAD };
	prune_args_init(&a->prune);
}

static void release(void *args)
{
	struct prune_schedule *a = args;

	prune_args_release(&a->prune);
}

const struct verb schedule_prune = {
	.name = "prune",
	.synopsis = "[--at HH:MM] [options]",
	.summary = "Run docker hygiene prune every day",
	.help = "Runs \"docker hygiene prune --yes\" with the given options every day: by a "
		"systemd\n"
		"timer (your own, or the machine's with --system), by cron where there is no\n"
		"systemd, by launchd on macOS. Scheduling again replaces the earlier schedule.\n"
		"\n"
		"The job talks to the engine that these words mean now: global flags,\n"
		"DOCKER_HOST, DOCKER_CONTEXT and the like are written into it, paths are made\n"
		"absolute.",
	.examples = "  docker hygiene schedule prune\n"
		    "  docker hygiene schedule prune --at 03:30 --all --older-than 7d\n"
		    "  sudo docker hygiene schedule prune --system --free 20%",
	.opts = sets,
	.opt_count = array_len(sets),
	.args_size = sizeof(struct prune_schedule),
	.init = init,
	.release = release,
	.run = run,
	.complete = complete_names,
};
