/* SPDX-License-Identifier: Apache-2.0 */
#include "plugins/hygiene/schedule_parts.h"

#include <stdio.h>

#include "common/base/clock.h"
#include "common/cli/job_args.h"
#include "common/cli/out.h"
#include "common/cli/plugin.h"

const struct schedule_kind schedule_kinds[SCHEDULE_KINDS] = {
	{ "prune", "prune", "daily", "daily prune", "docker-hygiene-prune",
	  "Clean up the Docker engine", &run_prune },
	{ "base", "base build", "weekly", "weekly base build", "docker-hygiene-base",
	  "Build the base images that are due", &run_base },
};

const struct opt schedule_where_rows[SCHEDULE_WHERE_ROWS] = {
	{ .name = "system",
	  .parse = opt_flag,
	  .offset = offsetof(struct schedule_where, system),
	  .help = "The machine's job, run by root, instead of your own" },
	{ .name = "manager",
	  .parse = opt_string,
	  .offset = offsetof(struct schedule_where, manager),
	  .metavar = "NAME",
	  .fallback = "what this machine has",
	  .help = "Scheduler to use: systemd, cron or launchd",
	  .complete = OPT_COMPLETE_WORDS,
	  .words = "systemd cron launchd" },
};

const struct opt schedule_when_rows[SCHEDULE_WHEN_ROWS] = {
	{ .name = "at",
	  .parse = opt_string,
	  .offset = offsetof(struct schedule_when, at),
	  .metavar = "HH:MM",
	  .fallback = SCHEDULE_AT,
	  .help = "Time of day, this machine's local time" },
	{ .name = "spread",
	  .parse = opt_duration,
	  .offset = offsetof(struct schedule_when, spread),
	  .metavar = "DURATION",
	  .fallback = "30m",
	  .help = "Start up to this much later, at random, so that a fleet does not start at "
		  "once" },
};

int schedule_manager(const struct schedule_where *where, enum job_manager *out, struct error *err)
{
	if (!where->manager) {
		*out = job_manager_detect(where->system);
		return 0;
	}
	*out = job_manager_parse(where->manager);
	if (*out == JOB_MANAGER_NONE)
		return error_set(err, ERROR_USAGE, 0,
				 "--manager '%s': no such scheduler; use systemd, cron or launchd",
				 where->manager);
	return 0;
}

int schedule_when(const struct schedule_when *when, struct job *job, struct error *err)
{
	if (job_time_parse(when->at, &job->hour, &job->minute, err) < 0)
		return error_wrap(err, "--at");
	if (when->spread > 12 * NSEC_PER_HOUR)
		return error_set(err, ERROR_USAGE, 0, "--spread: at most 12h");
	job->spread_minutes = (int)(when->spread / NSEC_PER_MIN);
	return 0;
}

bool schedule_is_row(const struct opt *row, const struct opt *rows, size_t count)
{
	return row >= rows && row < rows + count;
}

struct job schedule_job(const struct schedule_kind *kind, const struct cli *cli,
			const char *by_hand)
{
	return (struct job){ .name = kind->job,
			     .description = kind->description,
			     .by_hand = by_hand,
			     .url = cli->plugin->url,
			     .writer = "docker hygiene schedule" };
}

/* "daily", "weekly on Monday" */
static void say_how_often(const struct schedule_kind *kind, const struct job *job, FILE *out)
{
	fprintf(out, "Scheduled: docker hygiene %s, %s", kind->verb, kind->often);
	if (job->day)
		fprintf(out, " on %s", job_day_name(job->day));
	fprintf(out, " at %02d:%02d", job->hour, job->minute);
	if (job->spread_minutes > 0)
		fprintf(out, " (up to %d min later)", job->spread_minutes);
}

int schedule_install(struct cli *cli, const struct schedule_where *where,
		     const struct schedule_kind *kind, const struct job *job, struct strings *notes,
		     struct error *err)
{
	const char *system = where->system ? " --system" : "";
	/* What stops prune needs no word. */
	const char *word = kind == SCHEDULE_PRUNE ? "" : kind->word;
	const char *blank = *word ? " " : "";
	enum job_manager manager;

	if (schedule_manager(where, &manager, err) < 0 ||
	    job_install(manager, where->system, job, notes, err) < 0)
		return -1;
	say_how_often(kind, job, cli->out);
	fprintf(cli->out,
		", by %s\n"
		"See it:    docker hygiene schedule status%s%s%s\n"
		"Stop it:   docker hygiene schedule remove%s%s%s\n",
		job_manager_name(manager), blank, word, system, blank, word, system);
	job_notes_print(cli->err, notes);
	return out_flush(cli->out, err);
}
