/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Engine to snapshot: lists first, then inspects only where the policy needs them, in parallel.
 * Last uses are read, completed and written back here (lastuse.h), on dry runs too.
 */
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
	/* Inspects everything, with the layers of all images, whatever the policy needs. */
	bool everything;
	/*
	 * Something may be deleted after this. If the policy goes by last use, what was learned of
	 * it must be on disk first: a state file that cannot be written is an error then, else a
	 * note.
	 */
	bool acts;
};

/*
 * Objects that vanish between list and inspect are left out. An engine that leaves out what a
 * decision needs (no clock) is ERROR_UNSUPPORTED with what is missing; a list that is no list, or
 * the inspect of another object, is ERROR_PROTOCOL: nothing is decided on it. What the engine fails
 * to inspect (5xx) stays in the snapshot as unknown: containers in state UNKNOWN, images with
 * inspected false; decide() keeps both. Notes for the person (clock off by more than a minute,
 * state file set aside, what stayed unknown) are appended to notes.
 */
int collect(struct snapshot *out, struct engine *engine, const struct collect_options *options,
	    struct strings *notes, struct error *err) must_check;

/* What snapshot.info.id will be: the engine's ID, or what stands in for it on Podman. Owned. */
char *collect_engine_id(const struct api_info *info, bool podman) must_check;

/* What does not fit the codec was answered by the engine: an error of the protocol. Returns -1. */
int collect_nonsense(struct error *err, const char *what);

/*
 * Free and total bytes of the disk that holds the engine's data, only where that is proven to be
 * what we read: unix socket, the socket's peer in our mount namespace; over ssh by asking there.
 * Errors: ERROR_UNSUPPORTED that says why and suggests --max-size.
 */
int disk_measure(struct engine *engine, const struct api_info *info, int64_t *total,
		 int64_t *available, struct error *err) must_check;

#endif
