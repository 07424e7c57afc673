/* SPDX-License-Identifier: Apache-2.0 */
#include "plugins/hygiene/metrics.h"

#include <inttypes.h>
#include <string.h>

#include "common/base/buf.h"
#include "common/client/files.h"
#include "common/codec/printable.h"

#define METRICS_LIMIT ((size_t)1 << 20)
#define PREFIX        "docker_hygiene_"

/* Label values: backslash, quote and line feed are escaped; all else is UTF-8 as it is. */
static void add_escaped(struct buf *out, const char *value)
{
	scoped_buf clean;

	buf_init(&clean, strlen(value) * 4 + 1);
	printable_add(&clean, value);
	for (const char *p = clean.data; *p; p++) {
		if (*p == '\\' || *p == '"')
			buf_char(out, '\\');
		buf_char(out, *p);
	}
}

static void add_label(struct buf *out, char before, const char *name, const char *value)
{
	buf_fmt(out, "%c%s=\"", before, name);
	add_escaped(out, value ? value : "");
	buf_char(out, '"');
}

static void add_head(struct buf *out, const char *name, const char *help)
{
	buf_fmt(out, "# HELP " PREFIX "%s %s\n# TYPE " PREFIX "%s gauge\n", name, help, name);
}

static void open_sample(struct buf *out, const char *name, const struct report *report)
{
	buf_fmt(out, PREFIX "%s", name);
	add_label(out, '{', "address", report->address);
}

static void add_integer(struct buf *out, const struct report *report, const char *name,
			const char *help, int64_t value)
{
	add_head(out, name, help);
	open_sample(out, name, report);
	buf_fmt(out, "} %" PRId64 "\n", value);
}

static void add_seconds(struct buf *out, const struct report *report, const char *name,
			const char *help, int64_t ns)
{
	add_head(out, name, help);
	open_sample(out, name, report);
	buf_fmt(out, "} %" PRId64 ".%03" PRId64 "\n", ns / NSEC_PER_SEC,
		ns % NSEC_PER_SEC / NSEC_PER_MSEC);
}

static void add_kinds(struct buf *out, const struct report *report, const char *name,
		      const char *help, const size_t by_kind[KIND_COUNT])
{
	add_head(out, name, help);
	for (int kind = 0; kind < KIND_COUNT; kind++) {
		open_sample(out, name, report);
		add_label(out, ',', "kind", kind_word((enum kind)kind));
		buf_fmt(out, "} %zu\n", by_kind[kind]);
	}
}

static void add_info(struct buf *out, const struct report *report)
{
	add_head(out, "engine_info", "The engine that the last run worked on.");
	open_sample(out, "engine_info", report);
	add_label(out, ',', "id", report->snap->info.id);
	add_label(out, ',', "name", report->snap->info.name);
	add_label(out, ',', "version", report->snap->info.server_version);
	buf_str(out, "} 1\n");
}

static void add_run(struct buf *out, const struct report *report, bool success)
{
	add_seconds(out, report, "last_run_timestamp_seconds",
		    "When the last run ended, in seconds since 1970.",
		    report->started + report->duration);
	add_seconds(out, report, "last_run_duration_seconds", "How long the last run took.",
		    report->duration);
	add_integer(out, report, "last_run_success",
		    "1 if the last run did all it had to do (exit status 0).", success);
	add_integer(out, report, "last_run_interrupted", "1 if the last run was told to stop.",
		    report->interrupted);
	add_integer(out, report, "last_run_dry_run", "1 if the last run only planned.",
		    report->dry_run);
}

char *metrics_format(const struct report *report, bool success)
{
	struct report_counts counts;
	scoped_buf out;

	buf_init(&out, METRICS_LIMIT);
	report_count(&counts, report);
	add_run(&out, report, success);
	add_kinds(&out, report, "last_run_planned_objects", "Objects that were to go.",
		  counts.planned);
	add_kinds(&out, report, "last_run_removed_objects", "Objects that were removed.",
		  counts.removed);
	add_kinds(&out, report, "last_run_skipped_objects",
		  "Objects that changed between plan and deed, and were left alone.",
		  counts.skipped);
	add_kinds(&out, report, "last_run_failed_objects",
		  "Objects that the engine failed to remove.", counts.failed);
	add_kinds(&out, report, "last_run_kept_objects",
		  "Unused objects that a rule kept, as far as the plan lists them.", counts.kept);
	if (report->plan)
		add_integer(&out, report, "last_run_reclaimable_bytes",
			    "What the plan would free at most.", report->plan->bytes);
	if (report->result && report->result->reclaimed >= 0)
		add_integer(&out, report, "last_run_reclaimed_bytes",
			    "What the engine held less after the run.", report->result->reclaimed);
	if (report->snap && report->snap->info.id)
		add_info(&out, report);
	return buf_take(&out);
}

int metrics_write(const char *path, const struct report *report, bool success, struct error *err)
{
	scoped_str text = metrics_format(report, success);

	if (file_replace(path, text, strlen(text), 0644, err) < 0)
		return error_wrap(err, "--metrics");
	return 0;
}

int metrics_check(const char *path, struct error *err)
{
	return file_replaceable(path, err) < 0 ? error_wrap(err, "--metrics") : 0;
}
