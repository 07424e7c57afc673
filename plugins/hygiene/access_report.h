/* SPDX-License-Identifier: Apache-2.0 */
/* What access.h found out, told: a table with a summary for people, JSON for machines. */
#ifndef PLUGINS_HYGIENE_ACCESS_REPORT_H
#define PLUGINS_HYGIENE_ACCESS_REPORT_H

#include <jansson.h>
#include <stdio.h>

#include "common/cli/verb.h"
#include "plugins/hygiene/access_run.h"

struct access_report {
	const struct access_run *run;
	bool probing;     /* --probe was given */
	bool interrupted; /* not all was asked */
};
/* ACCESS_STATUS_CAN_PUSH, or 0. */
int access_report_status(const struct access_report *report);
/* The first row where a push goes through and whether it is gated is not known; NULL. */
const struct access_row *access_report_unsure(const struct access_report *report);
void access_report_print(const struct access_report *report, struct cli *cli, FILE *out);
json_t *access_report_json(const struct access_report *report) must_check;

#endif
