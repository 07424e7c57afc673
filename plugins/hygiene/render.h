/* SPDX-License-Identifier: Apache-2.0 */
/* What a prune plans and did, for people: tables, and sentences that sum it up. */
#ifndef PLUGINS_HYGIENE_RENDER_H
#define PLUGINS_HYGIENE_RENDER_H

#include <stdio.h>

#include "common/base/buf.h"
#include "plugins/hygiene/report.h"

struct render_style {
	size_t width; /* columns of the terminal; 0: no terminal */
	bool colour;
	bool full_ids; /* else their first 12 digits, as docker shows them */
};

/* The plan: what goes, in its order, then what stays and why. No rows, no table. */
void render_plan(const struct report *report, const struct render_style *style, FILE *out);
/*
 * The same with what became of each row. everything: all rows, else only those that were not
 * simply removed.
 */
void render_results(const struct report *report, const struct render_style *style, bool everything,
		    FILE *out);

/* "Would remove 12 containers and 5 images, freeing 1.2GB." and what was kept; lines. */
void render_intent(struct buf *out, const struct report *report);
/* "Removed ...", what was skipped, failed and not done, and what to do about it; lines. */
void render_outcome(struct buf *out, const struct report *report);

#endif
