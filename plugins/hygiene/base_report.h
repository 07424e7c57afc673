/* SPDX-License-Identifier: Apache-2.0 */
/* What `base status` found: tables for people, JSON for machines, the exit status for CI. */
#ifndef PLUGINS_HYGIENE_BASE_REPORT_H
#define PLUGINS_HYGIENE_BASE_REPORT_H

#include <jansson.h>
#include <stdio.h>

#include "common/client/registry/registry.h"
#include "plugins/hygiene/base_list.h"

struct base_report {
	const struct base_snapshot *snap;
	const struct base_list *list;
	const struct registry_tally *tallies;
	size_t tally_count;
	int64_t max_age; /* ns; 0: no limit */
	bool interrupted;
	const struct error *error; /* what ended the run early; NULL */
};

/* Age at the engine's clock; -1: not known. */
int64_t base_age(const struct base_report *report, const struct base_item *item);
bool base_too_old(const struct base_report *report, const struct base_item *item);

/* What --fail-on names: a bit for each status, and one for the age. */
#define BASE_FAIL_OLD (1u << BASE_STATUS_COUNT)
/* "stale,gone,old". Adds to *mask. Errors: ERROR_USAGE, with the nearest word. */
int base_fail_parse(unsigned *mask, const char *text, struct error *err) must_check;
bool base_fails(const struct base_report *report, unsigned mask);

struct base_style {
	size_t width; /* columns of the terminal; 0: no terminal */
	bool colour;
	bool everything; /* all names and reasons, however many */
};
void base_print(const struct base_report *report, const struct base_style *style, FILE *out);
/* The document of docs/base.md. Owned. */
json_t *base_json(const struct base_report *report) must_check;

#endif
