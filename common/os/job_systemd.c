/* SPDX-License-Identifier: Apache-2.0 */
/* A timer and the service that it starts, or a service alone: systemd.timer(5), systemd.service(5).
 */
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "common/client/files.h"
#include "common/codec/timefmt.h"
#include "common/os/job_backend.h"

#define UNIT_LIMIT ((size_t)1 << 20)

/* systemctl with the words given, for the person's or the system's manager. */
static int systemctl(bool system, const char *verb, const char *a, const char *b, struct buf *out,
		     int *status, struct error *err)
{
	const char *argv[] = { "systemctl", system ? "--system" : "--user", verb, a, b, NULL };

	return job_tool(argv, NULL, out, status, err);
}

/* sd_booted(3): the directory is there exactly where systemd runs as the init system. */
static bool present(bool system)
{
	struct error err = ERROR_INIT;
	struct stat st;
	int status = -1;

	if (lstat("/run/systemd/system", &st) < 0 || !S_ISDIR(st.st_mode))
		return false;
	if (system)
		return true;
	return systemctl(false, "show-environment", NULL, NULL, NULL, &status, &err) == 0 &&
	       status == 0;
}

static int unit_dir(bool system, char **out, struct error *err)
{
	if (system) {
		*out = xstrdup("/etc/systemd/system");
		return 0;
	}
	return dir_config(out, "systemd/user", err);
}

static int unit_path(bool system, const char *name, const char *suffix, char **out,
		     struct error *err)
{
	scoped_str dir = NULL;

	if (unit_dir(system, &dir, err) < 0)
		return -1;
	*out = xasprintf("%s/%s.%s", dir, name, suffix);
	return 0;
}

typedef int (*render_fn)(const struct job *job, struct buf *out, struct error *err);

static int write_unit(bool system, const struct job *job, const char *suffix, render_fn render,
		      struct error *err)
{
	scoped_str dir = NULL;
	scoped_str path = NULL;
	scoped_buf text = { 0 };

	buf_init(&text, UNIT_LIMIT);
	if (render(job, &text, err) < 0 || unit_dir(system, &dir, err) < 0 ||
	    unit_path(system, job->name, suffix, &path, err) < 0 || dir_make(dir, 0755, err) < 0)
		return -1;
	/* Arguments and variables may name private places: the person's own units are private. */
	return file_replace(path, text.data, text.len, system ? 0644 : 0600, err);
}

/* A user's units stop at logout unless lingering is on; say so where it is off. */
static void note_lingering(const char *what, struct strings *notes)
{
	const struct passwd *pw = getpwuid(geteuid());
	scoped_str path = NULL;
	struct stat st;

	if (!pw)
		return;
	path = xasprintf("/var/lib/systemd/linger/%s", pw->pw_name);
	if (stat(path, &st) < 0)
		strings_take(notes, xasprintf("the %s only runs while you are logged in; to run it "
					      "always: loginctl enable-linger %s",
					      what, pw->pw_name));
}

/* How things stood before an install. */
struct before {
	struct job_former service, timer;
	bool enabled, active;
};

static void before_release(struct before *b)
{
	job_former_release(&b->service);
	job_former_release(&b->timer);
}

static bool succeeds(bool system, const char *verb, const char *unit)
{
	struct error ignored = ERROR_INIT;
	int status = -1;

	return systemctl(system, verb, unit, NULL, NULL, &status, &ignored) == 0 && status == 0;
}

static int before_read(struct before *b, bool system, const char *name, const char *unit,
		       struct error *err)
{
	char *path;

	if (unit_path(system, name, "service", &path, err) < 0 ||
	    job_former_read(&b->service, path, err) < 0 ||
	    unit_path(system, name, "timer", &path, err) < 0 ||
	    job_former_read(&b->timer, path, err) < 0)
		return -1;
	if (b->service.found) {
		b->enabled = succeeds(system, "is-enabled", unit);
		b->active = succeeds(system, "is-active", unit);
	}
	return 0;
}

/* A unit that does not start would be tried again for ever, and at every login. What systemctl has
 * to say no longer counts; a file that stays does. */
static void undo(const struct before *b, bool system, const char *name, const char *unit,
		 struct error *err)
{
	mode_t mode = system ? 0644 : 0600;
	struct error failure = ERROR_INIT;

	(void)succeeds(system, "stop", unit);
	if (!b->enabled)
		(void)succeeds(system, "disable", unit);
	if (job_former_restore(&b->service, mode, &failure) < 0 ||
	    job_former_restore(&b->timer, mode, &failure) < 0)
		error_wrap(err, "not undone (%s)", failure.text);
	(void)succeeds(system, "daemon-reload", NULL);
	(void)succeeds(system, "reset-failed", name);
	if (b->active)
		(void)succeeds(system, "restart", unit);
}

static int start(bool system, const struct job *job, const char *unit, struct error *err)
{
	if (write_unit(system, job, "service", job_systemd_service, err) < 0 ||
	    (!job->service && write_unit(system, job, "timer", job_systemd_timer, err) < 0) ||
	    systemctl(system, "daemon-reload", NULL, NULL, NULL, NULL, err) < 0 ||
	    systemctl(system, "enable", unit, NULL, NULL, NULL, err) < 0)
		return -1;
	return systemctl(system, "restart", unit, NULL, NULL, NULL, err);
}

static int install(bool system, const struct job *job, struct strings *notes, struct error *err)
{
	const char *what = job->service ? "service" : "timer";
	scoped_str unit = xasprintf("%s.%s", job->name, what);
	struct before before scoped(before_release) = { 0 };

	if (before_read(&before, system, job->name, unit, err) < 0)
		return -1;
	if (start(system, job, unit, err) < 0) {
		undo(&before, system, job->name, unit, err);
		return -1;
	}
	strings_take(notes, xasprintf("output goes to the journal: journalctl %s-u %s",
				      system ? "" : "--user ", job->name));
	if (!system)
		note_lingering(what, notes);
	return 0;
}

static int remove_job(bool system, const char *name, bool *found, struct error *err)
{
	scoped_str timer_path = NULL;
	scoped_str service_path = NULL;
	scoped_str unit = NULL;
	bool had_timer, had_service;
	int status;

	if (unit_path(system, name, "timer", &timer_path, err) < 0 ||
	    unit_path(system, name, "service", &service_path, err) < 0)
		return -1;
	if (access(timer_path, F_OK) == 0)
		unit = xasprintf("%s.timer", name);
	else if (access(service_path, F_OK) == 0)
		unit = xasprintf("%s.service", name);
	if (unit && systemctl(system, "disable", "--now", unit, NULL, NULL, err) < 0)
		return -1;
	if (job_unlink(timer_path, &had_timer, err) < 0 ||
	    job_unlink(service_path, &had_service, err) < 0)
		return -1;
	*found = had_timer || had_service;
	if (!*found)
		return 0;
	if (systemctl(system, "daemon-reload", NULL, NULL, NULL, NULL, err) < 0)
		return -1;
	/* What a failed last run left in the manager's memory; not there is fine. */
	return systemctl(system, "reset-failed", name, NULL, NULL, &status, err);
}

/* The value of KEY=value in what `systemctl show` printed; owned, NULL if absent or empty. */
static char *shown(const char *text, const char *key)
{
	size_t len = strlen(key);

	for (const char *line = text; *line;) {
		size_t end = strcspn(line, "\n");

		if (end > len + 1 && strncmp(line, key, len) == 0 && line[len] == '=')
			return xstrndup(line + len + 1, end - len - 1);
		line += end;
		line += *line == '\n';
	}
	return NULL;
}

/* "Tue 2026-11-24 03:41:37 UTC", what systemctl shows of a time where TZ is UTC; else TIME_NONE. */
static int64_t shown_time(const char *text, const char *key)
{
	scoped_str value = shown(text, key);
	scoped_str stamp = NULL;
	struct error err = ERROR_INIT;
	char date[11], time[9];
	int64_t t;

	if (!value || sscanf(value, "%*3s %10[0-9-] %8[0-9:] UTC", date, time) != 2)
		return TIME_NONE;
	stamp = xasprintf("%sT%sZ", date, time);
	return time_parse_rfc3339(stamp, &t, &err) == 0 ? t : TIME_NONE;
}

/* What ExecStart= holds in the unit that we wrote. */
static char *exec_start(const char *path)
{
	struct error err = ERROR_INIT;
	scoped_buf text = { 0 };

	buf_init(&text, UNIT_LIMIT);
	if (file_read(path, UNIT_LIMIT, &text, &err) < 0)
		return NULL;
	return shown(text.data, "ExecStart");
}

/* A number that systemctl shows; -1 if it does not. */
static int shown_number(const char *text, const char *key)
{
	scoped_str value = shown(text, key);

	return value && value[0] >= '0' && value[0] <= '9' ? atoi(value) : -1;
}

static bool shows(const char *text, const char *key, const char *word)
{
	scoped_str value = shown(text, key);

	return value && strcmp(value, word) == 0;
}

/* What `systemctl show` says of the units; timer is NULL for a service. */
static int read_state(bool system, const char *timer, const char *service, struct buf *out,
		      struct error *err)
{
	/* --timestamp=unix is younger than some systems and leaves out timers: UTC can be read. */
	const char *show[] = {
		"env",
		"TZ=UTC",
		"LC_ALL=C",
		"systemctl",
		system ? "--system" : "--user",
		"show",
		"--property=NextElapseUSecRealtime,ExecMainStartTimestamp,"
		"ExecMainExitTimestamp,ExecMainCode,ExecMainStatus,NRestarts,SubState",
		service,
		timer,
		NULL
	};

	return job_tool(show, NULL, out, NULL, err);
}

static void fill_status(const char *text, bool timed, struct job_status *out)
{
	/* CLD_EXITED; of 0, it has not run to an end since its start. */
	int code = shown_number(text, "ExecMainCode");

	out->next_run = shown_time(text, "NextElapseUSecRealtime");
	out->last_run = shown_time(text, "ExecMainStartTimestamp");
	if (out->last_run != TIME_NONE && (timed || code > 0))
		out->last_status = shown_number(text, "ExecMainStatus");
	if (code > 1 && out->last_status > 0)
		out->last_status += 128;
	if (timed)
		return;
	/* The service's properties come first, and so does its SubState. */
	out->running = shows(text, "SubState", "running");
	out->restarts = shown_number(text, "NRestarts");
}

static int status(bool system, const char *name, struct job_status *out, struct error *err)
{
	scoped_str timer = xasprintf("%s.timer", name);
	scoped_str service = xasprintf("%s.service", name);
	scoped_str timer_path = NULL;
	scoped_str service_path = NULL;
	scoped_buf text = { 0 };
	bool timed;

	if (unit_path(system, name, "timer", &timer_path, err) < 0 ||
	    unit_path(system, name, "service", &service_path, err) < 0)
		return -1;
	timed = access(timer_path, F_OK) == 0;
	if (!timed && access(service_path, F_OK) < 0)
		return 0;
	out->installed = true;
	out->definition = xstrdup(timed ? timer_path : service_path);
	out->command = exec_start(service_path);
	buf_init(&text, UNIT_LIMIT);
	if (read_state(system, timed ? timer : NULL, service, &text, err) < 0)
		return -1;
	fill_status(text.data, timed, out);
	return 0;
}

const struct job_backend job_systemd = { "systemd", present, install, remove_job, status };
