/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A progress bar on a terminal, nothing elsewhere: at most ten redraws a second, wiped when done,
 * so that what comes after starts on a clean line.
 *     removing  [############............]  123/300  1.23GB  4 skipped
 */
#ifndef COMMON_CLI_PROGRESS_H
#define COMMON_CLI_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "common/base/clock.h"

struct progress {
	FILE *out; /* NULL: silent */
	const struct clock *clock;
	const char *label;
	size_t done, total, failed, skipped;
	int64_t bytes; /* -1: not shown */
	int64_t drawn_at;
	bool visible;
};

/* out: where to draw; silent unless it is a terminal. */
void progress_start(struct progress *p, FILE *out, const struct clock *clock, const char *label,
		    size_t total);
/* After changing the counts. */
void progress_update(struct progress *p);
/* Wipes the bar. Safe to call twice. */
void progress_end(struct progress *p);
#define scoped_progress scoped(progress_end) struct progress

#endif
