/* SPDX-License-Identifier: Apache-2.0 */
/* docker hygiene schedule: the daily job, in the scheduler that the machine has. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "common/cli/job_args.h"
#include "common/cli/out.h"
#include "common/cli/plugin.h"
#include "common/codec/json.h"
#include "common/os/job.h"
#include "plugins/hygiene/complete_names.h"
#include "plugins/hygiene/prune_args.h"
#include "plugins/hygiene/schedule_report.h"
#include "plugins/hygiene/verbs.h"

#define JOB_NAME       "docker-hygiene-prune"
#define DEFAULT_AT     "04:00"
#define DEFAULT_SPREAD 30 /* minutes */

struct where_args {
	bool system;
	const char *manager; /* NULL: what the machine has */
};

struct schedule_args {
	struct where_args where;
	const char *at;
	int64_t spread;
	struct prune_args prune; /* parsed only so that a wrong word is refused now, not at 04:00 */
};

struct status_args {
	struct where_args where;
	enum out_format format;
};

static const struct opt where_rows[] = {
	{ .name = "system",
	  .parse = opt_flag,
	  .offset = offsetof(struct where_args, system),
	  .help = "The machine's job, run by root, instead of your own" },
	{ .name = "manager",
	  .parse = opt_string,
	  .offset = offsetof(struct where_args, manager),
	  .metavar = "NAME",
	  .fallback = "what this machine has",
	  .help = "Scheduler to use: systemd, cron or launchd",
	  .complete = OPT_COMPLETE_WORDS,
	  .words = "systemd cron launchd" },
};

static const struct opt when_rows[] = {
	{ .name = "at",
	  .parse = opt_string,
	  .offset = offsetof(struct schedule_args, at),
	  .metavar = "HH:MM",
	  .fallback = DEFAULT_AT,
	  .help = "Time of day, this machine's local time" },
	{ .name = "spread",
	  .parse = opt_duration,
	  .offset = offsetof(struct schedule_args, spread),
	  .metavar = "DURATION",
	  .fallback = "30m",
	  .help = "Start up to this much later, at random, so that a fleet does not start at "
		  "once" },
};

static const struct opt status_rows[] = {
	{ .name = "format",
	  .parse = opt_format,
	  .offset = offsetof(struct status_args, format),
	  .metavar = "FORMAT",
	  .fallback = "table",
	  .help = "Output as \"table\" or \"json\"",
	  .complete = OPT_COMPLETE_WORDS,
	  .words = "table json" },
};

static const struct opt_set schedule_sets[] = {
	OPT_SET("Schedule", when_rows, 0),
	OPT_SET(NULL, where_rows, offsetof(struct schedule_args, where)),
	OPT_SET("What to remove", prune_selection_rows, offsetof(struct schedule_args, prune)),
	OPT_SET("How", prune_run_rows, offsetof(struct schedule_args, prune)),
};
static const struct opt_set status_sets[] = {
	OPT_SET(NULL, where_rows, offsetof(struct status_args, where)),
	OPT_SET(NULL, status_rows, 0),
};
static const struct opt_set remove_sets[] = { OPT_SET(NULL, where_rows, 0) };

static int choose_manager(const struct where_args *args, enum job_manager *out, struct error *err)
{
	if (!args->manager) {
		*out = job_manager_detect(args->system);
		return 0;
	}
	*out = job_manager_parse(args->manager);
	if (*out == JOB_MANAGER_NONE)
		return error_set(err, ERROR_USAGE, 0,
				 "--manager '%s': no such scheduler; use systemd, cron or launchd",
				 args->manager);
	return 0;
}

/* --- the command that the job runs */

static bool is_prune_row(const struct opt *row)
{
	return (row >= prune_selection_rows && row < prune_selection_rows + PRUNE_SELECTION_ROWS) ||
	       (row >= prune_run_rows && row < prune_run_rows + PRUNE_RUN_ROWS);
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
	struct opt_scan scan = { .sets = schedule_sets,
				 .count = array_len(schedule_sets),
				 .argv = call->argv,
				 .argc = call->argc };
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
	const struct schedule_args *args = call->args;

	if (job_time_parse(args->at, &job->hour, &job->minute, err) < 0)
		return error_wrap(err, "--at");
	if (args->spread > 12 * NSEC_PER_HOUR)
		return error_set(err, ERROR_USAGE, 0, "--spread: at most 12h");
	job->spread_minutes = (int)(args->spread / NSEC_PER_MIN);
	if (job_args_begin(job, cli, notes, err) < 0)
		return -1;
	strings_add(&job->argv, "prune");
	strings_add(&job->argv, "--yes");
	strings_add(&job->argv, "--scheduled");
	return add_prune_options(job, call, err);
}

static int run_prune(struct cli *cli, const struct verb_call *call, int *status, struct error *err)
{
	const struct schedule_args *args = call->args;
	scoped(job_args_release) struct job job = { .name = JOB_NAME,
						    .description = "Clean up the Docker engine",
						    .by_hand = "docker hygiene prune --yes",
						    .url = cli->plugin->url,
						    .writer = "docker hygiene schedule" };
	scoped_strings notes = { 0 };
	enum job_manager manager;

	(void)status;
	if (choose_manager(&args->where, &manager, err) < 0 ||
	    build_job(&job, cli, call, &notes, err) < 0 ||
	    job_install(manager, args->where.system, &job, &notes, err) < 0)
		return -1;
	fprintf(cli->out, "Scheduled: docker hygiene prune, daily at %02d:%02d", job.hour,
		job.minute);
	if (job.spread_minutes > 0)
		fprintf(cli->out, " (up to %d min later)", job.spread_minutes);
	fprintf(cli->out, ", by %s\n", job_manager_name(manager));
	fprintf(cli->out,
		"See it:    docker hygiene schedule status%s\n"
		"Stop it:   docker hygiene schedule remove%s\n",
		args->where.system ? " --system" : "", args->where.system ? " --system" : "");
	job_notes_print(cli->err, &notes);
	return out_flush(cli->out, err);
}

/* --- status and remove */

static int run_status(struct cli *cli, const struct verb_call *call, int *status, struct error *err)
{
	const struct status_args *args = call->args;
	scoped(schedule_report_release) struct schedule_report report = { 0 };

	(void)status;
	if (choose_manager(&args->where, &report.manager, err) < 0)
		return -1;
	report.system = args->where.system;
	/* Nothing can be scheduled where there is no scheduler: that is a status, not an error. */
	if (report.manager != JOB_MANAGER_NONE &&
	    job_status(report.manager, report.system, JOB_NAME, &report.job, err) < 0)
		return -1;
	if (runlog_read(&report.runs, err) < 0)
		return -1;
	if (args->format == OUT_TABLE) {
		schedule_report_print(&report, cli->out, cli->clock->now(cli->clock));
		return out_flush(cli->out, err);
	}
	scoped_json *json = schedule_report_json(&report);

	return out_json(cli->out, json, err);
}

static int run_remove(struct cli *cli, const struct verb_call *call, int *status, struct error *err)
{
	const struct where_args *args = call->args;
	enum job_manager manager;
	bool found = false;

	(void)status;
	if (choose_manager(args, &manager, err) < 0)
		return -1;
	if (manager != JOB_MANAGER_NONE &&
	    job_remove(manager, args->system, JOB_NAME, &found, err) < 0)
		return -1;
	fprintf(cli->out, found ? "Removed the daily prune.\n" : "No daily prune is scheduled.\n");
	return out_flush(cli->out, err);
}

static void schedule_init(void *args)
{
	struct schedule_args *a = args;

	a->at = DEFAULT_AT;
	a->spread = DEFAULT_SPREAD * NSEC_PER_MIN;
	prune_args_init(&a->prune);
}

static void schedule_release(void *args)
{
	struct schedule_args *a = args;

	prune_args_release(&a->prune);
}

static const struct verb schedule_prune = {
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
	.opts = schedule_sets,
	.opt_count = array_len(schedule_sets),
	.args_size = sizeof(struct schedule_args),
	.init = schedule_init,
	.release = schedule_release,
	.run = run_prune,
	.complete = complete_names,
};

static const struct verb schedule_status = {
	.name = "status",
	.synopsis = "[options]",
	.summary = "Show the daily job: last runs, what they freed, the next run",
	.opts = status_sets,
	.opt_count = array_len(status_sets),
	.args_size = sizeof(struct status_args),
	.run = run_status,
};

static const struct verb schedule_remove = {
	.name = "remove",
	.synopsis = "[options]",
	.summary = "Stop running it",
	.opts = remove_sets,
	.opt_count = array_len(remove_sets),
	.args_size = sizeof(struct where_args),
	.run = run_remove,
};

static const struct verb *const below[] = {
	&schedule_prune,
	&schedule_status,
	&schedule_remove,
	NULL,
};

const struct verb verb_schedule = {
	.name = "schedule",
	.synopsis = "COMMAND",
	.summary = "Run prune every day",
	.below = below,
};
