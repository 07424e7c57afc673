/* SPDX-License-Identifier: Apache-2.0 */
#include "plugins/hygiene/runlog.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/alloc.h"
#include "common/base/clock.h"
#include "common/codec/json.h"
#include "common/codec/json_text.h"
#include "common/codec/timefmt.h"
#include "plugins/hygiene/linelog.h"

const struct run_kind run_prune = { "runs.jsonl", { "removed", "skipped", "failed" }, true };
const struct run_kind run_base = { "builds.jsonl", { "due", "built", "pushed" }, false };

void runs_release(struct runs *runs)
{
	for (size_t i = 0; i < runs->count; i++)
		free(runs->items[i].engine);
	free(runs->items);
	*runs = (struct runs){ 0 };
}

char *run_format(const struct run_kind *kind, const struct run *run)
{
	char started[TIME_TEXT];
	scoped_str text = NULL;
	json_t *json = json_pack("{s:s, s:I, s:b, s:b, s:i}", "started",
				 time_format_rfc3339(started, run->started, 0), "duration_ms",
				 (json_int_t)(run->duration / NSEC_PER_MSEC), "scheduled",
				 run->scheduled, "dry_run", run->dry_run, "status", run->status);

	for (size_t i = 0; i < RUN_COUNTS; i++)
		json_put(json, kind->counts[i], json_integer(run->counts[i]));
	if (kind->bytes && run->reclaimed >= 0)
		json_put(json, "reclaimed_bytes", json_integer(run->reclaimed));
	if (run->engine)
		json_put(json, "engine", json_text(run->engine));
	text = json_dumps(json, JSON_COMPACT);
	json_decref(json);
	return xasprintf("%s\n", text ? text : "{}");
}

static int read_counts(struct run *run, const struct run_kind *kind, const struct json_place *root,
		       struct error *err)
{
	for (size_t i = 0; i < RUN_COUNTS; i++)
		if (json_get_int(root, kind->counts[i], &run->counts[i], 0, 0, INT64_MAX, err) < 0)
			return -1;
	return 0;
}

static int parse_line(struct run *out, const struct run_kind *kind, const char *line, size_t len,
		      struct error *err)
{
	scoped_json *json = NULL;
	const char *started, *engine;
	int64_t duration, status;
	struct run run = { 0 };

	if (json_parse(&json, line, len, "run", false, err) < 0)
		return -1;
	struct json_place root = json_root(json, "run");
	if (json_need_string(&root, "started", &started, err) < 0 ||
	    time_parse_rfc3339(started, &run.started, err) < 0 ||
	    json_get_int(&root, "duration_ms", &duration, 0, 0, INT64_MAX / NSEC_PER_MSEC, err) <
		    0 ||
	    json_get_bool(&root, "scheduled", &run.scheduled, false, err) < 0 ||
	    json_get_bool(&root, "dry_run", &run.dry_run, false, err) < 0 ||
	    json_get_int(&root, "status", &status, 0, 0, 255, err) < 0 ||
	    read_counts(&run, kind, &root, err) < 0 ||
	    json_get_int(&root, "reclaimed_bytes", &run.reclaimed, -1, -1, INT64_MAX, err) < 0 ||
	    json_get_string(&root, "engine", &engine, NULL, err) < 0)
		return -1;
	run.duration = duration * NSEC_PER_MSEC;
	run.status = (int)status;
	run.engine = xstrdup_null(engine);
	*out = run;
	return 0;
}

void runs_parse(struct runs *out, const struct run_kind *kind, const char *text, size_t len)
{
	const char *end = text + len;

	while (text < end) {
		const char *eol = memchr(text, '\n', (size_t)(end - text));
		size_t line = (size_t)((eol ? eol : end) - text);
		struct error err = ERROR_INIT;
		struct run run;

		if (parse_line(&run, kind, text, line, &err) == 0) {
			struct run *slot = array_add(out);

			*slot = run;
		}
		text += line + (eol ? 1 : 0);
	}
}

int runlog_append(const struct run_kind *kind, const struct run *run, struct error *err)
{
	scoped_str line = run_format(kind, run);

	return linelog_append(kind->file, line, err);
}

int runlog_read(struct runs *out, const struct run_kind *kind, struct error *err)
{
	scoped_buf text = { 0 };

	if (linelog_read(kind->file, &text, err) < 0)
		return -1;
	runs_parse(out, kind, text.data, text.len);
	return 0;
}
