/* SPDX-License-Identifier: Apache-2.0 */
/* What base build says: the plan, what became of it, and who stood on what was replaced. */
#ifndef PLUGINS_HYGIENE_BASE_BUILD_REPORT_H
#define PLUGINS_HYGIENE_BASE_BUILD_REPORT_H

#include <jansson.h>
#include <stdio.h>

#include "plugins/hygiene/base_run.h"

/* A local image that was built on one whose tags have moved away. */
struct base_stander {
	char *image; /* as docker shows it: "app:1", or its ID */
	char *base;  /* name of what it stood on */
};
struct base_standers {
	struct base_stander *items;
	size_t count, room;
};
void base_standers_release(struct base_standers *list);

struct base_report {
	const struct base_world *world;
	const struct due_plan *plan;
	const struct base_result *results; /* NULL: a dry run */
	const struct base_standers *standers;
};
void base_report_print(const struct base_report *report, FILE *out, size_t width, bool colour);
/* The document of docs/base.md. Owned. */
json_t *base_report_json(const struct base_report *report) must_check;

#endif
