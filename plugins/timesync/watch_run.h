/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The loop of watch: waits for a wake-up, for time to pass, for the helper; looks; corrects. What
 * is next is decided by watch_next(), what is said by watch_tell.h.
 */
#ifndef PLUGINS_TIMESYNC_WATCH_RUN_H
#define PLUGINS_TIMESYNC_WATCH_RUN_H

#include "common/cli/out.h"
#include "common/cli/verb.h"
#include "plugins/timesync/reference.h"
#include "plugins/timesync/sync_run.h"

#define WATCH_INTERVAL_SAME (10 * NSEC_PER_MIN) /* an engine that has this machine's clock */

struct watch_setup {
	int64_t interval; /* ns between two looks; 0: as watch.h has it */
	bool idle_helper;
	struct orders orders;
	const struct timeref *verify; /* NULL: this machine's clock is not verified */
	enum out_format format;
};

/*
 * Runs until told to stop. *status is 0 after SIGTERM, which is how services are stopped; other
 * ways of being stopped are ERROR_CANCELLED. Errors besides: of choosing the engine (not of
 * reaching it), ERROR_IO (nobody reads stdout any more).
 */
int watch_run(struct cli *cli, const struct watch_setup *setup, int *status, struct error *err)
	must_check;

#endif
