/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What runs did, one JSON line each in $XDG_STATE_HOME/docker-hygiene, so that `schedule status`
 * can tell of the last ones. Each kind of run has a file of its own, a linelog.h.
 */
#ifndef PLUGINS_HYGIENE_RUNLOG_H
#define PLUGINS_HYGIENE_RUNLOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/error.h"

#define RUN_COUNTS 3
struct run_kind {
	const char *file;
	const char *counts[RUN_COUNTS]; /* names of what is counted */
	bool bytes;                     /* has reclaimed_bytes */
};
extern const struct run_kind run_prune, run_base;
/* Indices in counts: of prune, objects; */
enum { RUN_REMOVED, RUN_SKIPPED, RUN_FAILED };
/* of base build, images that were due and that were built, and tags that were pushed. */
enum { RUN_DUE, RUN_BUILT, RUN_PUSHED };

struct run {
	int64_t started;  /* this machine's clock */
	int64_t duration; /* ns */
	bool scheduled;   /* by docker hygiene schedule */
	bool dry_run;
	int status; /* exit status */
	int64_t counts[RUN_COUNTS];
	int64_t reclaimed; /* bytes; -1: not known */
	char *engine;      /* address, for people; NULL if none was reached */
};
struct runs {
	struct run *items;
	size_t count, room;
};
void runs_release(struct runs *runs);
#define scoped_runs scoped(runs_release) struct runs

/* Pure: one line with its newline, owned; and all lines of a file, lines that do not parse (a
 * crash cut the last one) left out. */
char *run_format(const struct run_kind *kind, const struct run *run) must_check;
void runs_parse(struct runs *out, const struct run_kind *kind, const char *text, size_t len);

int runlog_append(const struct run_kind *kind, const struct run *run, struct error *err) must_check;
/* Oldest first; no file: none. */
int runlog_read(struct runs *out, const struct run_kind *kind, struct error *err) must_check;

#endif
