/* SPDX-License-Identifier: Apache-2.0 */
/* A run with one row of each outcome, for tests of what is told about it. */
#ifndef TESTS_UNIT_HYGIENE_REPORTS_H
#define TESTS_UNIT_HYGIENE_REPORTS_H

#include "plugins/hygiene/report.h"

#define REPORT_ODD "a\"b\\c\x1b[31m"

struct told {
	struct snapshot snap;
	struct policy policy;
	struct plan plan;
	struct plan_rows changed;
	struct result result;
	struct report report;
};

/*
 * Planned: containers c1 (removed), c2 (skipped), c3 (failed); image i1 with two tags (removed),
 * volume "v" (not done). Kept: c4 for its grace, i2 for its tag. acted: the result is told too.
 */
void told_open(struct told *told, bool acted);
void told_close(struct told *told);

#endif
