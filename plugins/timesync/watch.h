/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What watch does next. Pure: a state and events in, one action out; the loop that waits, asks and
 * corrects is watch_run.c.
 *
 * The loop: call watch_next() with WATCH_TICK; do what it says. WATCH_LOOK and WATCH_SYNC end with
 * one of the five results as the next event, WATCH_WAIT with WATCH_TICK (state->due came) or
 * WATCH_WOKE. An event that fits nothing that is under way (a beat of the idle helper that was
 * heard late, a wake-up in the middle of a sync) may be told at any time.
 *
 * Whatever the events are, looks are WATCH_BACKOFF_FIRST apart at least, and syncs too.
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
#define WATCH_AWAKE         (60 * NSEC_PER_SEC)   /* that minute */
#define WATCH_REFUSED_FIRST (60 * NSEC_PER_SEC)   /* after a refusal; doubled up to ... */
#define WATCH_REFUSED_MOST  (960 * NSEC_PER_SEC)  /* ... this; a wake-up begins again */

struct watch_options {
	int64_t interval;  /* ns; one below WATCH_BACKOFF_FIRST is taken for that */
	int64_t threshold; /* offsets beyond max(bound, this) are corrected */
	bool idle_helper;  /* keep one attached */
};

enum watch_event {
	WATCH_TICK,      /* time passed, nothing else */
	WATCH_WOKE,      /* the host slept, or its clock was stepped */
	WATCH_IN_STEP,   /* a look or sync: nothing to correct */
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
	int64_t due;            /* monotonic (sleep-free) time of the next action */
	enum watch_action next; /* which: WATCH_LOOK or WATCH_SYNC */
	int64_t woke_at;        /* of the last wake-up; TIME_NONE */
	int64_t looked_at;      /* of the last WATCH_LOOK; TIME_NONE */
	int64_t synced_at;      /* of the last WATCH_SYNC; TIME_NONE */
	unsigned failures;      /* in a row */
	unsigned refusals;      /* in a row */
	unsigned corrections;   /* in a row, each found off again: somebody else sets that clock */
	bool unreachable;       /* no answer to the last question: a change is worth an event */
};

/* The first look is due at once. */
void watch_init(struct watch_state *state, const struct watch_options *options, int64_t now);
/*
 * now: MONOTONIC. jitter: 0 to 999, of the caller's choice: takes up to a quarter off a back-off,
 * so that many watches of one engine do not come together.
 *
 * WOKE: look at once, and forget failures, refusals and corrections. OFF: sync at once. IN_STEP:
 * look after the interval. CORRECTED: the same, and doubled up to WATCH_BACKOFF_MOST each time that
 * the next look finds it off again. FAILED, REFUSED: look after a back-off (above).
 */
enum watch_action watch_next(struct watch_state *state, enum watch_event event, int64_t now,
			     unsigned jitter);

#endif
