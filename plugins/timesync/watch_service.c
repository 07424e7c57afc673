/* SPDX-License-Identifier: Apache-2.0 */
#include "plugins/timesync/watch_service.h"

#include <string.h>

#include "common/cli/job_args.h"
#include "common/cli/plugin.h"
#include "common/codec/json.h"
#include "common/codec/json_text.h"
#include "common/codec/printable.h"
#include "common/codec/timefmt.h"

#define JOB_NAME    "docker-timesync-watch"
#define NOT_RUNNING 3

static bool is_among(const char *name, const char *const *names)
{
	for (; *names; names++)
		if (strcmp(*names, name) == 0)
			return true;
	return false;
}

static int add_options(struct job *job, const struct verb_call *call, const struct verb *verb,
		       const char *const *skip, struct error *err)
{
	struct opt_scan scan = {
		.sets = verb->opts, .count = verb->opt_count, .argv = call->argv, .argc = call->argc
	};
	struct opt_item item;

	/* The words have been parsed before: there are only options. */
	while (opt_next(&scan, &item) == OPT_OPTION)
		if (!is_among(item.row->name, skip) && job_args_option(job, &item, err) < 0)
			return -1;
	return 0;
}

int watch_service_install(struct cli *cli, const struct verb_call *call, const struct verb *verb,
			  const char *const *skip, struct error *err)
{
	struct job job scoped(job_args_release) = {
		.name = JOB_NAME,
		.description = "Keep the clock of the Docker engine in step",
		.url = cli->plugin->url,
		.writer = "docker timesync watch --install",
		.service = true,
	};
	enum job_manager manager = job_manager_detect(false);
	scoped_strings notes = { 0 };

	if (job_args_begin(&job, cli, &notes, err) < 0)
		return -1;
	strings_add(&job.argv, verb->name);
	if (add_options(&job, call, verb, skip, err) < 0 ||
	    job_install(manager, false, &job, &notes, err) < 0)
		return -1;
	fprintf(cli->out,
		"Installed and started: docker timesync watch, by %s\n"
		"See it:    docker timesync watch --status\n"
		"Stop it:   docker timesync watch --uninstall\n",
		job_manager_name(manager));
	job_notes_print(cli->err, &notes);
	return out_flush(cli->out, err);
}

int watch_service_uninstall(struct cli *cli, struct error *err)
{
	enum job_manager manager = job_manager_detect(false);
	bool found = false;

	if (manager != JOB_MANAGER_NONE && job_remove(manager, false, JOB_NAME, &found, err) < 0)
		return -1;
	fprintf(cli->out, found ? "Stopped and removed docker timesync watch.\n"
				: "docker timesync watch is not installed.\n");
	return out_flush(cli->out, err);
}

static void say_state(const struct job_status *job, int64_t now, FILE *out)
{
	char time[TIME_TEXT], span[TIME_TEXT];

	if (!job->running) {
		fprintf(out, "not running");
		if (job->last_status >= 0)
			fprintf(out, ", ended with status %d", job->last_status);
	} else if (job->last_run == TIME_NONE) {
		fprintf(out, "running");
	} else {
		fprintf(out, "running since %s UTC (%s)", time_format_minute(time, job->last_run),
			duration_human(span, time_diff(now, job->last_run)));
	}
	if (job->restarts > 0)
		fprintf(out, ", started again %d time%s", job->restarts,
			job->restarts > 1 ? "s" : "");
	fputc('\n', out);
}

void watch_service_text(enum job_manager manager, const struct job_status *job, int64_t now,
			FILE *out)
{
	scoped_buf text = { 0 };

	if (!job->installed) {
		fprintf(out,
			"docker timesync watch is not installed%s.\n"
			"Install it: docker timesync watch --install\n",
			manager == JOB_MANAGER_NONE ? ", and nothing was found to run it" : "");
		return;
	}
	fprintf(out, "Watch:     ");
	say_state(job, now, out);
	buf_init(&text, (size_t)1 << 20);
	buf_fmt(&text, "Kept by:   %s, ", job_manager_name(manager));
	printable_add(&text, job->definition ? job->definition : "");
	if (job->command) {
		buf_str(&text, "\nCommand:   ");
		printable_add(&text, job->command);
	}
	fprintf(out, "%s\n", text.data);
}

static json_t *number_json(int number)
{
	return number < 0 ? json_null() : json_integer(number);
}

json_t *watch_service_json(enum job_manager manager, const struct job_status *job)
{
	char since[TIME_TEXT];
	bool known = job->running && job->last_run != TIME_NONE;

	return json_pack(
		"{s:b, s:b, s:s, s:o, s:o, s:o, s:o, s:o}", "installed", job->installed, "running",
		job->running, "manager", job_manager_name(manager), "definition",
		json_text(job->definition), "command", json_text(job->command), "since",
		known ? json_string(time_format_rfc3339(since, job->last_run, 0)) : json_null(),
		"last_status", number_json(job->last_status), "restarts",
		number_json(job->restarts));
}

int watch_service_status(struct cli *cli, enum out_format format, int *status, struct error *err)
{
	enum job_manager manager = job_manager_detect(false);
	struct job_status job scoped(
		job_status_release) = { .last_run = TIME_NONE, .last_status = -1, .restarts = -1 };

	if (manager != JOB_MANAGER_NONE && job_status(manager, false, JOB_NAME, &job, err) < 0)
		return -1;
	*status = job.running ? 0 : NOT_RUNNING;
	if (format == OUT_JSON) {
		scoped_json *json = watch_service_json(manager, &job);

		return out_json(cli->out, json, err);
	}
	watch_service_text(manager, &job, cli->clock->now(cli->clock), cli->out);
	return out_flush(cli->out, err);
}
