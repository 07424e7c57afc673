/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A daily or weekly job, or a service that always runs, as the text of each system's scheduler:
 * systemd units, a crontab line, a launchd property list. Pure; quoting is complete, so that any
 * argument and variable survives unchanged.
 */
#ifndef COMMON_CODEC_JOB_TEXT_H
#define COMMON_CODEC_JOB_TEXT_H

#include <stdbool.h>

#include "common/base/alloc.h"
#include "common/base/buf.h"
#include "common/base/error.h"

/* Numbered as launchd and cron do, but for Sunday, which both take as 7, too. */
enum job_day {
	JOB_DAILY,
	JOB_MONDAY,
	JOB_TUESDAY,
	JOB_WEDNESDAY,
	JOB_THURSDAY,
	JOB_FRIDAY,
	JOB_SATURDAY,
	JOB_SUNDAY
};
#define JOB_DAYS "monday tuesday wednesday thursday friday saturday sunday"

struct job {
	const char *name;        /* "docker-hygiene-prune": [a-z0-9-]+, names units and files */
	const char *description; /* one line */
	const char *by_hand;     /* what people type to do it: "docker hygiene prune --yes" */
	const char *url;         /* documentation */
	const char *writer;      /* the command that writes it: "docker hygiene schedule" */
	struct strings argv;     /* argv[0] is an absolute path */
	struct strings env;      /* "NAME=value" */
	enum job_day day;        /* of the week; JOB_DAILY: each */
	int hour, minute;        /* local time */
	int spread_minutes;      /* random delay, at most; 0: none */
	/*
	 * Not timed: started at login and kept running. When it fails it is started again, always,
	 * after JOB_RESTART_SECONDS, but for status 125: wrong words stay wrong. day, hour, minute
	 * and spread_minutes do not count.
	 */
	bool service;
};
#define JOB_RESTART_SECONDS 30

/* "04:00", "4:05"; 00:00 to 23:59. Errors: ERROR_USAGE. */
int job_time_parse(const char *s, int *hour, int *minute, struct error *err) must_check;
/* "monday", "Mon", "SUNDAY": a name of JOB_DAYS or its first three letters. Errors: ERROR_USAGE. */
int job_day_parse(const char *s, enum job_day *day, struct error *err) must_check;
/* "Monday"; "" for JOB_DAILY. */
const char *job_day_name(enum job_day day);

/* Errors: ERROR_INPUT where a value cannot be written in that form (a newline in a crontab, a quote
 * in the path of systemd's program). */
/* A service brings its [Install] section itself; a timed job is started by its timer. */
int job_systemd_service(const struct job *job, struct buf *out, struct error *err) must_check;
int job_systemd_timer(const struct job *job, struct buf *out, struct error *err) must_check;
/*
 * Two lines, a comment that marks it as ours and the entry. user: the extra field of /etc/cron.d
 * files; NULL in a user's own crontab. minute_offset: of the spread, chosen by the caller (cron has
 * no random delay); one that passes midnight moves the day, too. Output goes to the system's log
 * through logger(1) if logger is its path.
 */
int job_cron_entry(const struct job *job, const char *user, int minute_offset, const char *logger,
		   struct buf *out, struct error *err) must_check;
/* The crontab without our entry for the job, everything else byte for byte. */
void job_cron_without(const char *crontab, const char *name, struct buf *out);
/* The entry line in a crontab, borrowed, with its length; NULL if there is none. */
const char *job_cron_find(const char *crontab, const char *name, size_t *len);
int job_launchd_plist(const struct job *job, const char *log, struct buf *out, struct error *err)
	must_check;

#endif
