/* SPDX-License-Identifier: Apache-2.0 */
#include "plugins/hygiene/runlog.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/alloc.h"
#include "common/base/clock.h"
#include "common/client/files.h"
#include "common/codec/json.h"
#include "common/codec/json_text.h"
#include "common/codec/timefmt.h"

void runs_release(struct runs *runs)
{
	for (size_t i = 0; i < runs->count; i++)
		free(runs->items[i].engine);
	free(runs->items);
	*runs = (struct runs){ 0 };
}

char *run_format(const struct run *run)
{
	char started[TIME_TEXT];
	scoped_str text = NULL;
	json_t *json = json_pack("{s:s, s:I, s:b, s:b, s:i, s:I, s:I, s:I}", "started",
				 time_format_rfc3339(started, run->started, 0), "duration_ms",
				 (json_int_t)(run->duration / NSEC_PER_MSEC), "scheduled",
				 run->scheduled, "dry_run", run->dry_run, "status", run->status,
				 "removed", (json_int_t)run->removed, "skipped",
				 (json_int_t)run->skipped, "failed", (json_int_t)run->failed);

	if (run->reclaimed >= 0)
		json_put(json, "reclaimed_bytes", json_integer(run->reclaimed));
	if (run->engine)
		json_put(json, "engine", json_text(run->engine));
	text = json_dumps(json, JSON_COMPACT);
	json_decref(json);
	return xasprintf("%s\n", text ? text : "{}");
}

static int parse_line(struct run *out, const char *line, size_t len, struct error *err)
{
	scoped_json *json = NULL;
	const char *started, *engine;
	int64_t duration, status;
	struct run run = { 0 };

	if (json_parse(&json, line, len, "run", false, err) < 0)
		return -1;
	struct json_place root = json_root(json, "run");
	if (json_need_string(&root, "started", &started, err) < 0
	    || time_parse_rfc3339(started, &run.started, err) < 0
	    || json_get_int(&root, "duration_ms", &duration, 0, 0, INT64_MAX / NSEC_PER_MSEC, err) < 0
	    || json_get_bool(&root, "scheduled", &run.scheduled, false, err) < 0
	    || json_get_bool(&root, "dry_run", &run.dry_run, false, err) < 0
	    || json_get_int(&root, "status", &status, 0, 0, 255, err) < 0
	    || json_get_int(&root, "removed", &run.removed, 0, 0, INT64_MAX, err) < 0
	    || json_get_int(&root, "skipped", &run.skipped, 0, 0, INT64_MAX, err) < 0
	    || json_get_int(&root, "failed", &run.failed, 0, 0, INT64_MAX, err) < 0
	    || json_get_int(&root, "reclaimed_bytes", &run.reclaimed, -1, -1, INT64_MAX, err) < 0
	    || json_get_string(&root, "engine", &engine, NULL, err) < 0)
		return -1;
	run.duration = duration * NSEC_PER_MSEC;
	run.status = (int)status;
	run.engine = xstrdup_null(engine);
	*out = run;
	return 0;
}

void runs_parse(struct runs *out, const char *text, size_t len)
{
	const char *end = text + len;

	while (text < end) {
		const char *eol = memchr(text, '\n', (size_t)(end - text));
		size_t line = (size_t)((eol ? eol : end) - text);
		struct error err = ERROR_INIT;
		struct run run;

		if (parse_line(&run, text, line, &err) == 0) {
			struct run *slot = array_add(out);

			*slot = run;
		}
		text += line + (eol ? 1 : 0);
	}
}

static int runlog_path(char **out, struct error *err)
{
	scoped_str dir = NULL;

	if (dir_state(&dir, "docker-hygiene", err) < 0 || dir_make(dir, 0700, err) < 0)
		return -1;
	*out = xasprintf("%s/runs.jsonl", dir);
	return 0;
}

/* Where the newest RUNLOG_KEEP lines begin. */
static const char *newest(const struct buf *text)
{
	const char *p = text->data + text->len;
	size_t lines = 0;

	while (p > text->data) {
		if (p[-1] == '\n' && lines++ == RUNLOG_KEEP)
			break;
		p--;
	}
	return p;
}

static int cut(const char *path, struct error *err)
{
	scoped_buf text = { 0 };
	const char *from;

	buf_init(&text, RUNLOG_LIMIT * 4);
	if (file_read(path, RUNLOG_LIMIT * 4, &text, err) < 0)
		return -1;
	from = newest(&text);
	return file_replace(path, from, text.len - (size_t)(from - text.data), 0600, err);
}

int runlog_append(const struct run *run, struct error *err)
{
	scoped_str path = NULL;
	scoped_str line = run_format(run);
	struct stat st;
	ssize_t written;
	int fd;

	if (runlog_path(&path, err) < 0)
		return -1;
	if (stat(path, &st) == 0 && (size_t)st.st_size > RUNLOG_LIMIT && cut(path, err) < 0)
		return -1;
	fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return error_errno(err, errno, "cannot open %s", path);
	written = write(fd, line, strlen(line));
	if (written < 0)
		error_errno(err, errno, "cannot write %s", path);
	else if ((size_t)written < strlen(line))
		error_errno(err, ENOSPC, "cannot write %s", path);
	close(fd);
	return error_is_set(err) ? -1 : 0;
}

int runlog_read(struct runs *out, struct error *err)
{
	scoped_str path = NULL;
	scoped_buf text = { 0 };

	buf_init(&text, RUNLOG_LIMIT * 4);
	if (runlog_path(&path, err) < 0)
		return -1;
	if (file_read(path, RUNLOG_LIMIT * 4, &text, err) < 0) {
		if (err->kind != ERROR_NOT_FOUND)
			return -1;
		error_clear(err);
	}
	runs_parse(out, text.data, text.len);
	return 0;
}
