/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A measurement made of exchanges with the helper: which of them count, when it is enough, and
 * whether a clock stepped meanwhile. Pure: session_measure.c asks and hands in the answers.
 *
 * Beside its two stamps each reply tells the engine's REALTIME - MONOTONIC, read between them. An
 * exchange counts once the replies before and after it tell the same, so that nobody stepped while
 * it was under way: the first is a warm-up, and the last but confirms the one before it. Hence what
 * is known at estimate.when is true of that very moment, whoever steps later. Steps that are
 * smaller than two readings of it are wide (about a microsecond together) are not seen. A machine
 * that stands still takes both its clocks with it, which no anchor shows: each exchange has to
 * agree with what is known, the one that only confirms too.
 */
#ifndef PLUGINS_TIMESYNC_ROUNDS_H
#define PLUGINS_TIMESYNC_ROUNDS_H

#include <stdbool.h>
#include <stdint.h>

#include "plugins/timesync/estimate.h"
#include "plugins/timesync/helper/wire.h"

#define ROUNDS_LEAST 8
#define ROUNDS_MOST  64
#define ROUNDS_TIME  (250 * INT64_C(1000000)) /* ns beyond the least */
/* So many without taking a sixteenth off the interval: the next ones will not either. */
#define ROUNDS_IDLE  8

struct rounds {
	struct estimate estimate;
	/* The engine's REALTIME - MONOTONIC: what all replies have in common. */
	struct interval engine_anchor;
	unsigned exchanges, idle;
	int64_t least_at;     /* host MONOTONIC after the least of them */
	int64_t width;        /* bound of estimate.offset when it last shrank by enough */
	struct exchange last; /* to be confirmed */
};

enum rounds_result { ROUNDS_MORE, ROUNDS_ENOUGH, ROUNDS_STEPPED };

/* As estimate_init(). slewing: the engine's kernel may be gaining or losing time on purpose; that a
 * reply tells so counts too, whoever began it. */
void rounds_begin(struct rounds *r, int64_t anchor, int64_t resolution, bool slewing);
/* now: host MONOTONIC. After ROUNDS_STEPPED only rounds_begin() follows. */
enum rounds_result rounds_add(struct rounds *r, const struct exchange *x,
			      const struct wire_reply *reply, int64_t now);
/*
 * At the end: the host's anchor and its resolution, read again. False if the host's clock stepped
 * (by more than HOST_STEP; less is given way to), or if no exchange counted.
 */
bool rounds_end(struct rounds *r, int64_t anchor, int64_t resolution) must_check;

#endif
