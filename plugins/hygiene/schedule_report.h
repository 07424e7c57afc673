/* SPDX-License-Identifier: Apache-2.0 */
/* What `docker hygiene schedule status` says, for people and for machines. */
#ifndef PLUGINS_HYGIENE_SCHEDULE_REPORT_H
#define PLUGINS_HYGIENE_SCHEDULE_REPORT_H

#include <jansson.h>
#include <stdio.h>

#include "plugins/hygiene/schedule_parts.h"

#define SCHEDULE_REPORT_RUNS 5 /* newest scheduled runs shown */

struct schedule_report {
	const struct schedule_kind *kind;
	enum job_manager manager;
	bool system;
	struct job_status job;
	struct runs runs; /* all that are logged, oldest first */
};
void schedule_report_release(struct schedule_report *report);

/* Of one job alone, or of all: what is not scheduled beside others is one line then. */
void schedule_reports_print(const struct schedule_report *reports, size_t count, FILE *out,
			    int64_t now);
/* One report is its own object; more are prune's, as it ever was, with all of them in "jobs". */
json_t *schedule_reports_json(const struct schedule_report *reports, size_t count) must_check;

#endif
