/* SPDX-License-Identifier: Apache-2.0 */
#include "common/os/job.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "common/client/files.h"
#include "common/client/process.h"
#include "common/os/job_backend.h"

#define TOOL_OUTPUT_LIMIT ((size_t)1 << 20)
#define TOOL_DEADLINE     (20 * NSEC_PER_SEC)

/* In the order in which they are looked for. */
static const struct {
	enum job_manager manager;
	const struct job_backend *backend;
} backends[] = {
	{ JOB_MANAGER_LAUNCHD, &job_launchd },
	{ JOB_MANAGER_SYSTEMD, &job_systemd },
	{ JOB_MANAGER_CRON, &job_cron },
};

static const struct job_backend *backend_of(enum job_manager manager)
{
	for (size_t i = 0; i < array_len(backends); i++)
		if (backends[i].manager == manager)
			return backends[i].backend;
	return NULL;
}

const char *job_manager_name(enum job_manager manager)
{
	const struct job_backend *backend = backend_of(manager);

	return backend ? backend->name : "none";
}

enum job_manager job_manager_parse(const char *word)
{
	for (size_t i = 0; i < array_len(backends); i++)
		if (strcmp(backends[i].backend->name, word) == 0)
			return backends[i].manager;
	return JOB_MANAGER_NONE;
}

enum job_manager job_manager_detect(bool system)
{
	for (size_t i = 0; i < array_len(backends); i++)
		if (backends[i].backend->present(system))
			return backends[i].manager;
	return JOB_MANAGER_NONE;
}

static int no_manager(const struct job *job, struct error *err)
{
	if (job && job->service)
		return error_set(
			err, ERROR_UNSUPPORTED, 0,
			"found no systemd that runs services of yours; start the command by "
			"hand, or let your desktop session start it");
	if (!job)
		return error_set(err, ERROR_UNSUPPORTED, 0, "found neither systemd nor cron");
	return error_set(err, ERROR_UNSUPPORTED, 0,
			 "found neither systemd nor cron to run it by; install cron, or let your "
			 "own scheduler run '%s'",
			 job->by_hand);
}

int job_install(enum job_manager manager, bool system, const struct job *job, struct strings *notes,
		struct error *err)
{
	const struct job_backend *backend = backend_of(manager);

	return backend ? backend->install(system, job, notes, err) : no_manager(job, err);
}

int job_remove(enum job_manager manager, bool system, const char *name, bool *found,
	       struct error *err)
{
	const struct job_backend *backend = backend_of(manager);

	return backend ? backend->remove(system, name, found, err) : no_manager(NULL, err);
}

int job_status(enum job_manager manager, bool system, const char *name, struct job_status *out,
	       struct error *err)
{
	const struct job_backend *backend = backend_of(manager);
	struct job_status status = {
		.next_run = TIME_NONE, .last_run = TIME_NONE, .last_status = -1, .restarts = -1
	};

	if (!backend)
		return no_manager(NULL, err);
	if (backend->status(system, name, &status, err) < 0) {
		job_status_release(&status);
		return -1;
	}
	*out = status;
	return 0;
}

void job_status_release(struct job_status *status)
{
	free_str(&status->definition);
	free_str(&status->command);
}

/* The first line of what a tool complained about. */
static void first_line(char *text)
{
	text[strcspn(text, "\r\n")] = '\0';
}

int job_tool(const char *const argv[], const char *input, struct buf *out, int *status,
	     struct error *err)
{
	scoped_buf errors = { 0 };
	struct process_result result;

	buf_init(&errors, TOOL_OUTPUT_LIMIT);
	if (process_run(argv, input, out, &errors, TOOL_DEADLINE, NULL, &result, err) < 0)
		return -1;
	if (status) {
		*status = result.status;
		return 0;
	}
	if (result.status == 0)
		return 0;
	if (errors.len)
		first_line(errors.data);
	return error_set(err, ERROR_REMOTE, result.status, "%s %s failed (status %d)%s%s", argv[0],
			 argv[1] ? argv[1] : "", result.status, errors.len ? ": " : "",
			 errors.data);
}

int job_former_read(struct job_former *former, char *path, struct error *err)
{
	former->path = path;
	buf_init(&former->text, TOOL_OUTPUT_LIMIT);
	former->found = access(path, F_OK) == 0;
	return former->found ? file_read(path, TOOL_OUTPUT_LIMIT, &former->text, err) : 0;
}

int job_former_restore(const struct job_former *former, mode_t mode, struct error *err)
{
	bool found;

	if (former->found)
		return file_replace(former->path, former->text.data, former->text.len, mode, err);
	return job_unlink(former->path, &found, err);
}

void job_former_release(struct job_former *former)
{
	free_str(&former->path);
	buf_release(&former->text);
}

int job_unlink(const char *path, bool *found, struct error *err)
{
	*found = unlink(path) == 0;
	if (!*found && errno != ENOENT && errno != ENOTDIR)
		return error_errno(err, errno, "cannot remove %s", path);
	return 0;
}
