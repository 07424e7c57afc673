/* SPDX-License-Identifier: Apache-2.0 */
/* The steps of `base status`, and what they share. */
#ifndef PLUGINS_HYGIENE_BASE_STATUS_RUN_H
#define PLUGINS_HYGIENE_BASE_STATUS_RUN_H

#include "common/cli/out.h"
#include "common/cli/progress.h"
#include "common/cli/verb.h"
#include "plugins/hygiene/base_ask.h"
#include "plugins/hygiene/base_origin.h"
#include "plugins/hygiene/base_report.h"
#include "plugins/hygiene/connection.h"

struct base_status_args {
	struct strings files, build_args, mirrors;
	const char *target, *platform;
	bool all, anonymous, provenance, quiet, no_trunc;
	unsigned fail_on;
	int64_t max_age, max_wait;
	enum out_format format;
};

/* cli and args are set, everything else is zero at first. */
struct base_status_run {
	struct cli *cli;
	const struct base_status_args *args;
	struct connection to; /* engine NULL: none was needed, or none was there; registry NULL:
				 nothing to ask */
	struct base_query query;
	struct base_snapshot snap;
	struct base_origin origin;
	struct base_list list;
	struct base_verdict *verdicts;
	struct base_ask *ask;
	struct strings notes;
	struct progress progress;
};
void base_status_close(struct base_status_run *run);

/* Reads the Dockerfiles, the engine's images, and makes the rows. */
int base_status_collect(struct base_status_run *run, const struct verb_call *call,
			struct error *err) must_check;
/* Asks the registries, first for what the images were built on if that was wanted. ERROR_CANCELLED:
 * what is known is in the rows all the same. */
int base_status_ask(struct base_status_run *run, struct error *err) must_check;

#endif
