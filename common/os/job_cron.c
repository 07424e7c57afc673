/* SPDX-License-Identifier: Apache-2.0 */
/* An entry in the person's crontab, or a file in /etc/cron.d: crontab(5). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "common/client/files.h"
#include "common/os/job_backend.h"
#include "common/os/which.h"

#define CRONTAB_LIMIT ((size_t)1 << 20)
#define SYSTEM_DIR    "/etc/cron.d"

static bool present(bool system)
{
	scoped_str crontab = which("crontab");

	return system ? access(SYSTEM_DIR, F_OK) == 0 : crontab != NULL;
}

/*
 * cron has no random delay: the offset is drawn once, from the clock and the process, so that a
 * fleet that is set up by one script does not start at one minute.
 */
static int draw_offset(int spread)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return spread > 0 ? (int)((ts.tv_nsec / 1000 + getpid()) % spread) : 0;
}

/* The person's crontab; empty if there is none (crontab -l then fails and says so). */
static int read_crontab(struct buf *out, struct error *err)
{
	const char *list[] = { "crontab", "-l", NULL };
	int status;

	if (job_tool(list, NULL, out, &status, err) < 0)
		return -1;
	if (status != 0)
		buf_clear(out);
	return 0;
}

static int write_crontab(const struct buf *text, struct error *err)
{
	const char *from_stdin[] = { "crontab", "-", NULL };
	const char *empty[] = { "crontab", "-r", NULL };

	if (text->len == 0)
		return job_tool(empty, NULL, NULL, NULL, err);
	return job_tool(from_stdin, text->data, NULL, NULL, err);
}

static char *system_path(const char *name)
{
	return xasprintf(SYSTEM_DIR "/%s", name);
}

static int install(bool system, const struct job *job, struct strings *notes, struct error *err)
{
	scoped_str logger = which("logger");
	scoped_str path = system_path(job->name);
	scoped_buf old = { 0 };
	scoped_buf text = { 0 };
	int offset = draw_offset(job->spread_minutes);

	if (job->service)
		return error_set(
			err, ERROR_UNSUPPORTED, 0,
			"cron keeps nothing running, and found no systemd that does; start "
			"the command by hand, or let your desktop session start it");
	buf_init(&old, CRONTAB_LIMIT);
	buf_init(&text, CRONTAB_LIMIT);
	if (!system && read_crontab(&old, err) < 0)
		return -1;
	job_cron_without(old.data, job->name, &text);
	if (text.len && text.data[text.len - 1] != '\n')
		buf_char(&text, '\n');
	if (job_cron_entry(job, system ? "root" : NULL, offset, logger, &text, err) < 0)
		return -1;
	strings_take(notes,
		     logger ? xasprintf("output goes to the system's log, tagged %s", job->name)
			    : xstrdup("there is no logger(1): output is thrown away"));
	return system ? file_replace(path, text.data, text.len, 0644, err)
		      : write_crontab(&text, err);
}

static int remove_job(bool system, const char *name, bool *found, struct error *err)
{
	scoped_str path = system_path(name);
	scoped_buf old = { 0 };
	scoped_buf text = { 0 };

	if (system)
		return job_unlink(path, found, err);
	buf_init(&old, CRONTAB_LIMIT);
	buf_init(&text, CRONTAB_LIMIT);
	if (read_crontab(&old, err) < 0)
		return -1;
	job_cron_without(old.data, name, &text);
	*found = text.len != old.len;
	return *found ? write_crontab(&text, err) : 0;
}

/* The next time of day hour:minute after now, in local time. weekday: 0 is Sunday; -1: any. */
static int64_t next_at(int weekday, int hour, int minute)
{
	time_t now = time(NULL);
	struct tm tm;

	localtime_r(&now, &tm);
	bool past = hour * 60 + minute <= tm.tm_hour * 60 + tm.tm_min;
	int days = weekday < 0 ? 0 : (weekday - tm.tm_wday + 7) % 7;

	if (past && days == 0)
		days = weekday < 0 ? 1 : 7;
	tm.tm_mday += days;
	tm.tm_hour = hour;
	tm.tm_min = minute;
	tm.tm_sec = 0;
	tm.tm_isdst = -1;
	return (int64_t)mktime(&tm) * NSEC_PER_SEC;
}

/* "M H * * D [user] command" */
static void read_entry(const char *line, size_t len, bool system, struct job_status *out)
{
	scoped_str entry = xstrndup(line, len);
	const char *command = entry;
	int minute, hour;
	char day;

	if (sscanf(entry, "%2d %2d * * %c", &minute, &hour, &day) == 3)
		out->next_run = next_at(day == '*' ? -1 : day - '0', hour, minute);
	for (int field = 0; field < (system ? 6 : 5); field++) {
		command += strcspn(command, " ");
		command += strspn(command, " ");
	}
	out->command = xstrdup(command);
}

static int status(bool system, const char *name, struct job_status *out, struct error *err)
{
	scoped_str path = system_path(name);
	scoped_buf text = { 0 };
	const char *line;
	size_t len = 0;

	buf_init(&text, CRONTAB_LIMIT);
	if (system) {
		if (access(path, F_OK) < 0)
			return 0;
		if (file_read(path, CRONTAB_LIMIT, &text, err) < 0)
			return -1;
	} else if (read_crontab(&text, err) < 0) {
		return -1;
	}
	line = job_cron_find(text.data, name, &len);
	if (!line)
		return 0;
	out->installed = true;
	out->definition = system ? take_ptr(path) : xstrdup("crontab");
	read_entry(line, len, system, out);
	return 0;
}

const struct job_backend job_cron = { "cron", present, install, remove_job, status };
