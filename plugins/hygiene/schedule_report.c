/* SPDX-License-Identifier: Apache-2.0 */
#include "plugins/hygiene/schedule_report.h"

#include "common/base/clock.h"
#include "common/cli/out.h"
#include "common/codec/json_text.h"
#include "common/codec/timefmt.h"
#include "common/codec/units.h"

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

static void print_runs(const struct schedule_report *report, FILE *out)
{
	static const struct table_column columns[] = {
		{ .title = "RUN (UTC)" },	      { .title = "RESULT" },
		{ .title = "REMOVED", .right = true }, { .title = "SKIPPED", .right = true },
		{ .title = "FAILED", .right = true },  { .title = "FREED", .right = true },
	};
	const struct runs *runs = &report->runs;
	size_t end = older_scheduled(runs, runs->count);
	scoped_table table;

	if (end == 0) {
		fprintf(out, "Last run:  none yet\n");
		return;
	}
	table_init(&table, columns, array_len(columns));
	for (size_t n = 0; n < SCHEDULE_REPORT_RUNS && end > 0; n++) {
		const struct run *run = &runs->items[end - 1];
		char time[TIME_TEXT], size[SIZE_TEXT];

		table_cell(&table, time_format_minute(time, run->started));
		table_cell(&table, outcome(run));
		table_cell_fmt(&table, "%lld", (long long)run->removed);
		table_cell_fmt(&table, "%lld", (long long)run->skipped);
		table_cell_fmt(&table, "%lld", (long long)run->failed);
		table_cell(&table, run->reclaimed < 0 ? "?" : size_format(size, run->reclaimed));
		end = older_scheduled(runs, end - 1);
	}
	fputc('\n', out);
	table_print(&table, out, 0, false);
}

void schedule_report_print(const struct schedule_report *report, FILE *out, int64_t now)
{
	char time[TIME_TEXT], in[TIME_TEXT];
	const struct job_status *job = &report->job;

	if (!job->installed) {
		fprintf(out, "No daily prune is scheduled%s.\n"
			     "Start one: docker hygiene schedule prune%s\n",
			report->manager == JOB_MANAGER_NONE ? ", and no scheduler was found" : "",
			report->system ? " --system" : "");
		return;
	}
	fprintf(out, "Scheduled: by %s, %s\n", job_manager_name(report->manager),
		job->definition ? job->definition : "");
	if (job->command)
		fprintf(out, "Command:   %s\n", job->command);
	if (job->next_run != TIME_NONE)
		fprintf(out, "Next run:  %s UTC, in %s\n", time_format_minute(time, job->next_run),
			duration_human(in, time_diff(job->next_run, now)));
	print_runs(report, out);
}

static json_t *time_json(int64_t t)
{
	char text[TIME_TEXT];

	return t == TIME_NONE ? json_null() : json_string(time_format_rfc3339(text, t, 0));
}

static json_t *run_json(const struct run *run)
{
	return json_pack("{s:o, s:i, s:I, s:I, s:I, s:o, s:o}", "started",
			 time_json(run->started), "status", run->status, "removed",
			 (json_int_t)run->removed, "skipped", (json_int_t)run->skipped, "failed",
			 (json_int_t)run->failed, "reclaimed_bytes",
			 run->reclaimed < 0 ? json_null() : json_integer(run->reclaimed), "engine",
			 json_text(run->engine));
}

json_t *schedule_report_json(const struct schedule_report *report)
{
	const struct job_status *job = &report->job;
	const struct runs *runs = &report->runs;
	json_t *list = json_array();
	size_t end = older_scheduled(runs, runs->count);

	for (size_t n = 0; n < SCHEDULE_REPORT_RUNS && end > 0; n++) {
		json_array_append_new(list, run_json(&runs->items[end - 1]));
		end = older_scheduled(runs, end - 1);
	}
	return json_pack("{s:b, s:s, s:s, s:o, s:o, s:o, s:o}", "installed", job->installed,
			 "manager", job_manager_name(report->manager), "scope",
			 report->system ? "system" : "user", "definition",
			 json_text(job->definition), "command", json_text(job->command), "next_run",
			 time_json(job->next_run), "last_runs", list);
}
