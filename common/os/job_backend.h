/* SPDX-License-Identifier: Apache-2.0 */
/* Between job.c and the managers; nobody else includes it. */
#ifndef COMMON_OS_JOB_BACKEND_H
#define COMMON_OS_JOB_BACKEND_H

#include <sys/types.h>

#include "common/base/buf.h"
#include "common/os/job.h"

struct job_backend {
	const char *name;
	bool (*present)(bool system);
	int (*install)(bool system, const struct job *job, struct strings *notes,
		       struct error *err);
	int (*remove)(bool system, const char *name, bool *found, struct error *err);
	int (*status)(bool system, const char *name, struct job_status *out, struct error *err);
};

extern const struct job_backend job_systemd, job_cron, job_launchd;

/* Runs a tool of the manager to its end (20 s), output to out or nowhere. A non-zero status is
 * ERROR_REMOTE with what the tool printed, unless status is given. */
int job_tool(const char *const argv[], const char *input, struct buf *out, int *status,
	     struct error *err) must_check;
/* What stood in a definition's file before an install, to be put back if that fails. */
struct job_former {
	char *path;
	struct buf text;
	bool found;
};
/* Takes path. */
int job_former_read(struct job_former *former, char *path, struct error *err) must_check;
/* Writes it again, or removes what has come since. */
int job_former_restore(const struct job_former *former, mode_t mode, struct error *err) must_check;
void job_former_release(struct job_former *former);

/* unlink(2) where "not there" is told by *found. */
int job_unlink(const char *path, bool *found, struct error *err) must_check;

#endif
