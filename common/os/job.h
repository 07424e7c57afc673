/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Daily and weekly jobs in whatever runs them on this system: systemd timers, cron where there is
 * no systemd, launchd on macOS; of the person (user) or of the machine (system: root's). Services
 * (job.service) in the same, but for cron, which has none.
 *
 * The one layer rule that os has of its own: it may use common/client's files and process.
 */
#ifndef COMMON_OS_JOB_H
#define COMMON_OS_JOB_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/error.h"
#include "common/codec/job_text.h"

enum job_manager { JOB_MANAGER_NONE, JOB_MANAGER_SYSTEMD, JOB_MANAGER_CRON, JOB_MANAGER_LAUNCHD };
const char *job_manager_name(enum job_manager manager);
/* JOB_MANAGER_NONE for a word that is none. */
enum job_manager job_manager_parse(const char *word);

/*
 * What this machine has: launchd on macOS; systemd where it runs (and, for a user's job, where that
 * user's own manager answers); cron where crontab is installed; else NONE.
 */
enum job_manager job_manager_detect(bool system);

/* Puts the job in place of an earlier one of that name and starts its schedule, or the service.
 * Notes for the person (lingering off, where the output goes) are appended. On failure what was
 * there before is there again. Errors: ERROR_UNSUPPORTED where no manager can have such a job. */
int job_install(enum job_manager manager, bool system, const struct job *job, struct strings *notes,
		struct error *err) must_check;

/* *found says whether there was one. Ends a service. Leaves nothing behind. */
int job_remove(enum job_manager manager, bool system, const char *name, bool *found,
	       struct error *err) must_check;

struct job_status {
	bool installed;
	char *definition; /* the file or crontab line that holds it; NULL if not installed */
	char *command;    /* as the definition has it; NULL if not known */
	int64_t next_run; /* wall clock; TIME_NONE if not known */
	int64_t last_run; /* start of the last run that the manager knows of; TIME_NONE */
	int last_status;  /* its exit status (128 + signal); -1 if not known, or still running */
	/* Services: */
	bool running; /* now, since last_run */
	int restarts; /* after failures, since it was started; -1 if not known */
};
int job_status(enum job_manager manager, bool system, const char *name, struct job_status *out,
	       struct error *err) must_check;
void job_status_release(struct job_status *status);

#endif
