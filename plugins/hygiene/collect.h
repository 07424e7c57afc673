/* SPDX-License-Identifier: Apache-2.0 */
/* Engine to snapshot: lists first, then inspects only where the policy needs them, in parallel. */
#ifndef PLUGINS_HYGIENE_COLLECT_H
#define PLUGINS_HYGIENE_COLLECT_H

#include "common/base/clock.h"
#include "common/client/engine.h"
#include "plugins/hygiene/plan.h"

struct collect_options {
	const struct policy *policy;
	const struct clock *clock;
	/* Gets progress: done of total (total 0: not known yet). NULL: quiet. */
	void (*progress)(void *ctx, size_t done, size_t total);
	void *progress_ctx;
};

/*
 * Objects that vanish between list and inspect are left out. An engine that leaves out what a
 * decision needs (no clock, no list) is ERROR_UNSUPPORTED with what is missing. Notes for the
 * person (clock off by more than a minute, state file set aside) are appended to notes.
 */
int collect(struct snapshot *out, struct engine *engine, const struct collect_options *options,
	    struct strings *notes, struct error *err) must_check;

/*
 * Free and total bytes of the disk that holds the engine's data, only where that is proven to be
 * what we read: unix socket, the socket's peer in our mount namespace; over ssh by asking there.
 * Errors: ERROR_UNSUPPORTED that says why and suggests --max-size.
 */
int disk_measure(struct engine *engine, const struct api_info *info, int64_t *total, int64_t *available,
		 struct error *err) must_check;

#endif
