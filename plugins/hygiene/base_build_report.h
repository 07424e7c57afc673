/* SPDX-License-Identifier: Apache-2.0 */
/* What base build says: the plan, what became of it, and who stood on what was replaced. */
#ifndef PLUGINS_HYGIENE_BASE_BUILD_REPORT_H
#define PLUGINS_HYGIENE_BASE_BUILD_REPORT_H

#include <jansson.h>
#include <stdio.h>

#include "plugins/hygiene/base_run.h"
#include "plugins/hygiene/base_standers.h"

struct build_report {
	const struct base_world *world;
	const struct due_plan *plan;
	const struct base_result *results; /* NULL: a dry run */
	const struct base_standers *standers;
	bool tags_moved; /* some, at least */
};
void build_report_print(const struct build_report *report, FILE *out, bool colour);
/* The document of docs/base.md. Owned. */
json_t *build_report_json(const struct build_report *report) must_check;

#endif
