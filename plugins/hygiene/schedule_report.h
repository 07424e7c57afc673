/* SPDX-License-Identifier: Apache-2.0 */
/* What `docker hygiene schedule status` says, for people and for machines. */
#ifndef PLUGINS_HYGIENE_SCHEDULE_REPORT_H
#define PLUGINS_HYGIENE_SCHEDULE_REPORT_H

#include <jansson.h>
#include <stdio.h>

#include "common/os/job.h"
#include "plugins/hygiene/runlog.h"

#define SCHEDULE_REPORT_RUNS 5 /* newest scheduled runs shown */

struct schedule_report {
	enum job_manager manager;
	bool system;
	struct job_status job;
	struct runs runs; /* all that are logged, oldest first */
};
void schedule_report_release(struct schedule_report *report);

void schedule_report_print(const struct schedule_report *report, FILE *out, int64_t now);
json_t *schedule_report_json(const struct schedule_report *report) must_check;

#endif
