/* SPDX-License-Identifier: Apache-2.0 */
/* A launchd agent (user) or daemon (system): launchd.plist(5). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "common/client/files.h"
#include "common/os/job_backend.h"

#define PLIST_LIMIT ((size_t)1 << 20)

static bool present(bool system)
{
	(void)system;
#ifdef __APPLE__
	return true;
#else
	return false;
#endif
}

static int paths(bool system, const char *name, char **plist, char **log, struct error *err)
{
	scoped_str home = NULL;

	if (system) {
		*plist = xasprintf("/Library/LaunchDaemons/%s.plist", name);
		*log = xasprintf("/var/log/%s.log", name);
		return 0;
	}
	if (dir_home(&home, err) < 0)
		return -1;
	*plist = xasprintf("%s/Library/LaunchAgents/%s.plist", home, name);
	*log = xasprintf("%s/Library/Logs/%s.log", home, name);
	return 0;
}

static char *domain(bool system)
{
	return system ? xstrdup("system") : xasprintf("gui/%u", (unsigned)geteuid());
}

static int bootout(bool system, const char *name, struct error *err)
{
	scoped_str in = domain(system);
	scoped_str target = xasprintf("%s/%s", in, name);
	const char *argv[] = { "launchctl", "bootout", target, NULL };
	int status;

	/* Not loaded is fine: that is what we want. */
	return job_tool(argv, NULL, NULL, &status, err);
}

/* What cannot be loaded now would be at the next login: the one before comes back. */
static void undo(const struct job_former *former, const char *const bootstrap[], mode_t mode,
		 struct error *err)
{
	struct error failure = ERROR_INIT;
	int status;

	if (job_former_restore(former, mode, &failure) < 0)
		error_wrap(err, "not undone (%s)", failure.text);
	else if (former->found)
		(void)!job_tool(bootstrap, NULL, NULL, &status, &failure);
}

static int install(bool system, const struct job *job, struct strings *notes, struct error *err)
{
	scoped_str plist = NULL;
	scoped_str log = NULL;
	scoped_str in = domain(system);
	scoped_str dir = NULL;
	scoped_buf text = { 0 };
	struct job_former former scoped(job_former_release) = { 0 };

	buf_init(&text, PLIST_LIMIT);
	if (paths(system, job->name, &plist, &log, err) < 0 ||
	    job_launchd_plist(job, log, &text, err) < 0 ||
	    job_former_read(&former, xstrdup(plist), err) < 0)
		return -1;
	dir = xstrndup(plist, (size_t)(strrchr(plist, '/') - plist));
	if (dir_make(dir, 0755, err) < 0 ||
	    file_replace(plist, text.data, text.len, system ? 0644 : 0600, err) < 0 ||
	    bootout(system, job->name, err) < 0)
		return -1;
	const char *argv[] = { "launchctl", "bootstrap", in, plist, NULL };
	if (job_tool(argv, NULL, NULL, NULL, err) < 0) {
		undo(&former, argv, system ? 0644 : 0600, err);
		return -1;
	}
	strings_take(notes, xasprintf("output goes to %s", log));
	return 0;
}

static int remove_job(bool system, const char *name, bool *found, struct error *err)
{
	scoped_str plist = NULL;
	scoped_str log = NULL;

	if (paths(system, name, &plist, &log, err) < 0)
		return -1;
	if (access(plist, F_OK) == 0 && bootout(system, name, err) < 0)
		return -1;
	return job_unlink(plist, found, err);
}

/* The value of a line "\tkey = value" in what launchctl prints for people; owned, or NULL. */
static char *printed(const char *text, const char *key)
{
	size_t len = strlen(key);

	for (const char *line = text; *line;) {
		size_t end = strcspn(line, "\n");
		size_t blank = strspn(line, " \t");

		if (end > blank + len + 3 && strncmp(line + blank, key, len) == 0 &&
		    strncmp(line + blank + len, " = ", 3) == 0)
			return xstrndup(line + blank + len + 3, end - blank - len - 3);
		line += end;
		line += *line == '\n';
	}
	return NULL;
}

/* Whether it runs and how it last ended, from `launchctl print`; nothing where it is not loaded. */
static int read_state(bool system, const char *name, struct job_status *out, struct error *err)
{
	scoped_str in = domain(system);
	scoped_str target = xasprintf("%s/%s", in, name);
	const char *argv[] = { "launchctl", "print", target, NULL };
	scoped_str state = NULL;
	scoped_str exited = NULL;
	scoped_buf text = { 0 };
	int result;

	buf_init(&text, PLIST_LIMIT);
	if (job_tool(argv, NULL, &text, &result, err) < 0)
		return -1;
	if (result != 0)
		return 0;
	state = printed(text.data, "state");
	exited = printed(text.data, "last exit code");
	out->running = state && strcmp(state, "running") == 0;
	if (!out->running && exited && exited[0] >= '0' && exited[0] <= '9')
		out->last_status = atoi(exited);
	return 0;
}

static int status(bool system, const char *name, struct job_status *out, struct error *err)
{
	scoped_str plist = NULL;
	scoped_str log = NULL;

	if (paths(system, name, &plist, &log, err) < 0)
		return -1;
	out->installed = access(plist, F_OK) == 0;
	if (!out->installed)
		return 0;
	out->definition = take_ptr(plist);
	return read_state(system, name, out, err);
}

const struct job_backend job_launchd = { "launchd", present, install, remove_job, status };
