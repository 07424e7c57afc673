/* SPDX-License-Identifier: Apache-2.0 */
/* The service that keeps watch running: a systemd user unit, or a launchd agent. */
#ifndef PLUGINS_TIMESYNC_WATCH_SERVICE_H
#define PLUGINS_TIMESYNC_WATCH_SERVICE_H

#include <jansson.h>
#include <stdio.h>

#include "common/cli/out.h"
#include "common/cli/verb.h"
#include "common/os/job.h"

/* Installs (or replaces) and starts it, with docker's global flags as they are and those options of
 * the call that skip does not name (NULL-terminated). */
int watch_service_install(struct cli *cli, const struct verb_call *call, const struct verb *verb,
			  const char *const *skip, struct error *err) must_check;
int watch_service_uninstall(struct cli *cli, struct error *err) must_check;
/* *status: 0 if it runs, 3 if it does not or is not installed. */
int watch_service_status(struct cli *cli, enum out_format format, int *status, struct error *err)
	must_check;

/* Pure: what status says. */
void watch_service_text(enum job_manager manager, const struct job_status *job, int64_t now,
			FILE *out);
json_t *watch_service_json(enum job_manager manager, const struct job_status *job) must_check;

#endif
