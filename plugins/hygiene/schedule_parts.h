/* SPDX-License-Identifier: Apache-2.0 */
/* What the verbs below `docker hygiene schedule` share. */
#ifndef PLUGINS_HYGIENE_SCHEDULE_PARTS_H
#define PLUGINS_HYGIENE_SCHEDULE_PARTS_H

#include "common/cli/opt_scan.h"
#include "common/cli/verb.h"
#include "common/os/job.h"
#include "plugins/hygiene/runlog.h"

/* A job of ours, of which each person and each machine has one. */
struct schedule_kind {
	const char *word;        /* "prune": names it on the command line, and in JSON */
	const char *verb;        /* "prune", "base build": what it runs */
	const char *often;       /* "daily" */
	const char *what;        /* "daily prune" */
	const char *job;         /* "docker-hygiene-prune" */
	const char *description; /* one line */
	const struct run_kind *runs;
};
#define SCHEDULE_KINDS 2
/* prune first: it is what was there before there were words for it. */
extern const struct schedule_kind schedule_kinds[SCHEDULE_KINDS];
#define SCHEDULE_PRUNE (&schedule_kinds[0])
#define SCHEDULE_BASE  (&schedule_kinds[1])

struct schedule_where {
	bool system;
	const char *manager; /* NULL: what the machine has */
};
#define SCHEDULE_WHERE_ROWS 2
extern const struct opt schedule_where_rows[SCHEDULE_WHERE_ROWS];
/* Errors: ERROR_USAGE. */
int schedule_manager(const struct schedule_where *where, enum job_manager *out, struct error *err)
	must_check;

struct schedule_when {
	const char *at;
	int64_t spread;
};
#define SCHEDULE_AT        "04:00"
#define SCHEDULE_SPREAD    (30 * NSEC_PER_MIN)
#define SCHEDULE_WHEN_ROWS 2
extern const struct opt schedule_when_rows[SCHEDULE_WHEN_ROWS];
/* Into the job. Errors: ERROR_USAGE. */
int schedule_when(const struct schedule_when *when, struct job *job, struct error *err) must_check;

/* Whether an option is of that table. */
bool schedule_is_row(const struct opt *row, const struct opt *rows, size_t count);

/* What the job does not differ in from others of its kind. */
struct job schedule_job(const struct schedule_kind *kind, const struct cli *cli,
			const char *by_hand) must_check;
/* Installs and says so. */
int schedule_install(struct cli *cli, const struct schedule_where *where,
		     const struct schedule_kind *kind, const struct job *job, struct strings *notes,
		     struct error *err) must_check;

extern const struct verb schedule_prune, schedule_base;

#endif
