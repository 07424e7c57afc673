/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What watch does next. Pure: a state and events in, one action out; the loop that waits, asks and
 * corrects is watch_run.c.
 */
#ifndef PLUGINS_TIMESYNC_WATCH_H
#define PLUGINS_TIMESYNC_WATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/clock.h"

#define WATCH_INTERVAL      (10 * NSEC_PER_SEC)   /* between two looks at the engine's clock */
#define WATCH_INTERVAL_INFO (30 * NSEC_PER_SEC)   /* the same where each look is a GET /info */
#define WATCH_BACKOFF_FIRST (250 * NSEC_PER_MSEC) /* after a failure; doubled up to ... */
#define WATCH_BACKOFF_MOST  (60 * NSEC_PER_SEC)   /* ... this; a wake-up begins again */
#define WATCH_BACKOFF_AWAKE (2 * NSEC_PER_SEC)    /* most, in the minute after a wake-up */

struct watch_options {
	int64_t interval;  /* ns */
	int64_t threshold; /* offsets beyond max(bound, this) are corrected */
	bool idle_helper;  /* keep one attached */
};

enum watch_event {
	WATCH_TICK,      /* time passed, nothing else */
	WATCH_WOKE,      /* the host slept, or its clock was stepped */
	WATCH_IN_STEP,   /* a look: nothing to correct */
	WATCH_OFF,       /* a look: the engine's clock is off */
	WATCH_CORRECTED, /* sync: done, and measured again */
	WATCH_REFUSED,   /* sync: decided not to, or cannot: no use to try again soon */
	WATCH_FAILED,    /* a look or sync: no answer */
};

enum watch_action {
	WATCH_WAIT, /* until state->due, or an event */
	WATCH_LOOK, /* ask the engine's clock */
	WATCH_SYNC, /* measure precisely and correct */
};

struct watch_state {
	struct watch_options options;
	int64_t due;       /* monotonic (sleep-free) time of the next look */
	int64_t woke_at;   /* of the last wake-up; TIME_NONE */
	unsigned failures; /* in a row */
	enum watch_action next;
	bool unreachable; /* already told */
};

void watch_init(struct watch_state *state, const struct watch_options *options, int64_t now);
/* now: MONOTONIC. jitter: 0 to 999, of the caller's choice, spreads retries. */
enum watch_action watch_next(struct watch_state *state, enum watch_event event, int64_t now,
			     unsigned jitter);

#endif
