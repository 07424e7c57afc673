/* SPDX-License-Identifier: Apache-2.0 */
#include "plugins/hygiene/schedule_report.h"

#include <ctype.h>

#include "common/base/clock.h"
#include "common/cli/out.h"
#include "common/codec/json_text.h"
#include "common/codec/timefmt.h"
#include "common/codec/units.h"

#define COUNT_TITLE 16

void schedule_report_release(struct schedule_report *report)
{
	job_status_release(&report->job);
	runs_release(&report->runs);
}

/* The index after the newest scheduled run before `end`; 0 if there is none. */
static size_t older_scheduled(const struct runs *runs, size_t end)
{
	while (end > 0 && !runs->items[end - 1].scheduled)
		end--;
	return end;
}

static const char *outcome(const struct run *run)
{
	switch (run->status) {
	case 0:
		return "done";
	case 2:
		return "interrupted";
	default:
		return "failed";
	}
}

/* "removed" is REMOVED. */
static void count_titles(const struct run_kind *kind, struct table_column *columns,
			 char room[RUN_COUNTS][COUNT_TITLE])
{
	for (size_t i = 0; i < RUN_COUNTS; i++) {
		size_t n = 0;

		for (const char *c = kind->counts[i]; *c && n < COUNT_TITLE - 1; c++)
			room[i][n++] = (char)toupper((unsigned char)*c);
		room[i][n] = '\0';
		columns[i] = (struct table_column){ .title = room[i], .right = true };
	}
}

static void add_run(struct table *table, const struct run_kind *kind, const struct run *run)
{
	char time[TIME_TEXT], size[SIZE_TEXT];

	table_cell(table, time_format_minute(time, run->started));
	table_cell(table, outcome(run));
	for (size_t i = 0; i < RUN_COUNTS; i++)
		table_cell_fmt(table, "%lld", (long long)run->counts[i]);
	if (kind->bytes)
		table_cell(table, run->reclaimed < 0 ? "?" : size_format(size, run->reclaimed));
}

static void print_runs(const struct schedule_report *report, FILE *out)
{
	struct table_column columns[3 + RUN_COUNTS] = {
		{ .title = "RUN (UTC)" },
		{ .title = "RESULT" },
		[2 + RUN_COUNTS] = { .title = "FREED", .right = true },
	};
	const struct run_kind *kind = report->kind->runs;
	const struct runs *runs = &report->runs;
	size_t end = older_scheduled(runs, runs->count);
	char titles[RUN_COUNTS][COUNT_TITLE];
	scoped_table table = { 0 };

	if (end == 0) {
		fprintf(out, "Last run:  none yet\n");
		return;
	}
	count_titles(kind, columns + 2, titles);
	table_init(&table, columns, array_len(columns) - (kind->bytes ? 0 : 1));
	for (size_t n = 0; n < SCHEDULE_REPORT_RUNS && end > 0; n++) {
		add_run(&table, kind, &runs->items[end - 1]);
		end = older_scheduled(runs, end - 1);
	}
	fputc('\n', out);
	table_print(&table, out, 0, false);
}

static void print_none(const struct schedule_report *report, FILE *out)
{
	fprintf(out,
		"No %s is scheduled%s.\n"
		"Start one: docker hygiene schedule %s%s\n",
		report->kind->what,
		report->manager == JOB_MANAGER_NONE ? ", and no scheduler was found" : "",
		report->kind->word, report->system ? " --system" : "");
}

static void print_job(const struct schedule_report *report, FILE *out, int64_t now)
{
	char time[TIME_TEXT], in[TIME_TEXT];
	const struct job_status *job = &report->job;

	fprintf(out, "Scheduled: docker hygiene %s, %s, by %s, %s\n", report->kind->verb,
		report->kind->often, job_manager_name(report->manager),
		job->definition ? job->definition : "");
	if (job->command)
		fprintf(out, "Command:   %s\n", job->command);
	if (job->next_run != TIME_NONE)
		fprintf(out, "Next run:  %s UTC, in %s\n", time_format_minute(time, job->next_run),
			duration_human(in, time_diff(job->next_run, now)));
	print_runs(report, out);
}

void schedule_reports_print(const struct schedule_report *reports, size_t count, FILE *out,
			    int64_t now)
{
	size_t installed = 0;

	for (size_t i = 0; i < count; i++) {
		if (!reports[i].job.installed)
			continue;
		if (installed++ > 0)
			fputc('\n', out);
		print_job(&reports[i], out, now);
	}
	for (size_t i = 0; i < count; i++) {
		if (reports[i].job.installed)
			continue;
		if (installed > 0)
			fprintf(out, "\nNo %s is scheduled.\n", reports[i].kind->what);
		else
			print_none(&reports[i], out);
	}
}

static json_t *run_json(const struct run_kind *kind, const struct run *run)
{
	json_t *json = json_pack("{s:o, s:i}", "started", json_time(run->started), "status",
				 run->status);

	for (size_t i = 0; i < RUN_COUNTS; i++)
		json_put(json, kind->counts[i], json_integer(run->counts[i]));
	if (kind->bytes)
		json_put(json, "reclaimed_bytes",
			 run->reclaimed < 0 ? json_null() : json_integer(run->reclaimed));
	json_put(json, "engine", json_text(run->engine));
	return json;
}

static json_t *report_json(const struct schedule_report *report)
{
	const struct job_status *job = &report->job;
	const struct runs *runs = &report->runs;
	json_t *list = json_array();
	size_t end = older_scheduled(runs, runs->count);

	for (size_t n = 0; n < SCHEDULE_REPORT_RUNS && end > 0; n++) {
		json_array_append_new(list, run_json(report->kind->runs, &runs->items[end - 1]));
		end = older_scheduled(runs, end - 1);
	}
	return json_pack("{s:b, s:s, s:s, s:o, s:o, s:o, s:o}", "installed", job->installed,
			 "manager", job_manager_name(report->manager), "scope",
			 report->system ? "system" : "user", "definition",
			 json_text(job->definition), "command", json_text(job->command), "next_run",
			 json_time(job->next_run), "last_runs", list);
}

json_t *schedule_reports_json(const struct schedule_report *reports, size_t count)
{
	json_t *json = report_json(&reports[0]);
	json_t *jobs;

	if (count == 1)
		return json;
	jobs = json_object();
	for (size_t i = 0; i < count; i++)
		json_put(jobs, reports[i].kind->word, report_json(&reports[i]));
	json_put(json, "jobs", jobs);
	return json;
}
