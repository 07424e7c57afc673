/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What prune runs did, one JSON line each in $XDG_STATE_HOME/docker-hygiene/runs.jsonl, so that
 * `schedule status` can say what the last ones freed. The file is a linelog.h.
 */
#ifndef PLUGINS_HYGIENE_RUNLOG_H
#define PLUGINS_HYGIENE_RUNLOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/error.h"

#include "plugins/hygiene/linelog.h"

#define RUNLOG_FILE  "runs.jsonl"
#define RUNLOG_LIMIT LINELOG_LIMIT
#define RUNLOG_KEEP  LINELOG_KEEP

struct run {
	int64_t started;  /* this machine's clock */
	int64_t duration; /* ns */
	bool scheduled;   /* by docker hygiene schedule */
	bool dry_run;
	int status;                       /* exit status */
	int64_t removed, skipped, failed; /* objects */
	int64_t reclaimed;                /* bytes; -1: not known */
	char *engine;                     /* address, for people; NULL if none was reached */
};
struct runs {
	struct run *items;
	size_t count, room;
};
void runs_release(struct runs *runs);
#define scoped_runs scoped(runs_release) struct runs

/* Pure: one line with its newline, owned; and all lines of a file, lines that do not parse (a
 * crash cut the last one) left out. */
char *run_format(const struct run *run) must_check;
void runs_parse(struct runs *out, const char *text, size_t len);

int runlog_append(const struct run *run, struct error *err) must_check;
/* Oldest first; no file: none. */
int runlog_read(struct runs *out, struct error *err) must_check;

#endif
