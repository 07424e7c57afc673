/* SPDX-License-Identifier: Apache-2.0 */
/* Between the files of the watching loop; nobody else includes it. */
#ifndef PLUGINS_TIMESYNC_WATCH_INTERNAL_H
#define PLUGINS_TIMESYNC_WATCH_INTERNAL_H

#include "common/os/wake.h"
#include "plugins/timesync/watch.h"
#include "plugins/timesync/watch_keep.h"
#include "plugins/timesync/watch_run.h"
#include "plugins/timesync/watch_tell.h"
#include "plugins/timesync/watch_verify.h"

struct watcher {
	const struct watch_setup *setup;
	struct cli *cli;
	struct connection connection;
	struct wake *wake;
	struct watch_state state;
	struct watch_keep keep;
	struct watch_verify verify;

	/* What went before the next correction, and when that was noticed (MONOTONIC; TIME_NONE:
	 * nothing, or it was corrected since). */
	struct wake_change cause;
	int64_t paused;
	int64_t woke_at;
	int64_t slept; /* all sleep since the start, ns */
	int64_t still; /* of that, and of pauses, what came since the engine was in step, ns */

	/* About the engine at the other end of this connection. */
	bool same_clock, swept;
	int64_t helper_due; /* MONOTONIC; no helper is started before */
	int64_t lost_at;    /* the last helper; MONOTONIC, TIME_NONE: none yet */
	unsigned losses;    /* helpers lost, each soon after the one before */

	/* Slewing from there: no news until then (MONOTONIC). */
	int64_t slewing_until;
	int64_t slewing_from;

	/* Told already; told again when it changes or after a wake-up. */
	bool told_unreachable, told_off, told_same, told_host_wrong, told_unverified;
	const char *told_reason;
	int64_t heard_at; /* by watcher_elapsed() */
};

int64_t watcher_now(const struct watcher *w);     /* MONOTONIC */
int64_t watcher_elapsed(const struct watcher *w); /* the same, with sleep counted */

/* Fills in the time, writes and flushes. */
int watcher_tell(struct watcher *w, struct watch_news *news, struct error *err) must_check;
/* The engine has answered. */
int watcher_reached(struct watcher *w, struct error *err) must_check;
/* It has not, and err says why: tells that, clears err and makes *event of it. -1 stays -1 if we
 * were told to stop. */
int watcher_failed(struct watcher *w, enum watch_event *event, struct error *err) must_check;

/* watch_correct.c: */

/* Whether a helper should be kept, as far as is known. */
bool watcher_wants_helper(const struct watcher *w);
/* Whether this machine's clock may be copied: --verify is asked if it is due. 1: yes; 0: no, which
 * has been told, and *event is made of it. */
int watcher_verify(struct watcher *w, enum watch_event *event, struct error *err) must_check;
/* Measures, corrects, tells; keeps the helper if it is of use. */
int watcher_sync(struct watcher *w, enum watch_event *event, struct error *err) must_check;

#endif
