/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How far one clock is from another, as an interval that holds the truth. Pure.
 *
 * Signs: an offset is "that clock minus this one": positive, that clock is ahead. Here "that" is
 * the engine (or a server) and "this" is the host. Everything is signed nanoseconds.
 *
 * One exchange: this clock reads t1, sends; that clock reads T2 on arrival, T3 before it answers;
 * this clock reads t4 on arrival. Delays are not negative, and nothing else is assumed (no
 * symmetry, no distribution), so at some moment of the exchange
 *     T3 - t4 <= offset <= T2 - t1.
 * Exchanges are intersected. Since clocks drift, what was true then is widened by
 * ESTIMATE_DRIFT_PPM of the time since t1 before it is used; since clocks have a resolution and
 * cut, lower ends give way by this clock's and upper ends by that clock's. docs/internals/clock.md
 * has the proof. An empty intersection says that one of the clocks stepped.
 */
#ifndef PLUGINS_TIMESYNC_ESTIMATE_H
#define PLUGINS_TIMESYNC_ESTIMATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/attr.h"

/* What two unsynchronised clocks may drift apart: the most that Linux slews by (500 ppm). */
#define ESTIMATE_DRIFT_PPM 500

/*
 * lo <= hi, both ends belong to it. Ends saturate at +-2^62 (146 years) instead of overflowing,
 * whatever times went in: an end that stands there means that much or more.
 */
struct interval {
	int64_t lo, hi;
};
#define INTERVAL_LIMIT (INT64_C(1) << 62)

/* Its middle (towards lo), and half its width rounded up: the truth is within offset +- bound. */
int64_t interval_offset(struct interval i);
int64_t interval_bound(struct interval i);
/* The least and the most that the magnitude of a number in it can be. */
int64_t interval_least(struct interval i);
int64_t interval_most(struct interval i);
/* Sums (a - b plus b - c is a - c), the sign turned, both ends moved apart by ns >= 0. */
struct interval interval_add(struct interval a, struct interval b);
struct interval interval_negate(struct interval i);
struct interval interval_widen(struct interval i, int64_t ns);
/* What a span of ns >= 0 may add: ESTIMATE_DRIFT_PPM of it, rounded up. */
int64_t estimate_drift(int64_t ns);
/* *out is a and b at once; false (and untouched) if they have nothing in common. */
bool interval_intersect(struct interval a, struct interval b, struct interval *out) must_check;

struct exchange {
	int64_t sent, answered;    /* t1, t4: this machine's MONOTONIC */
	int64_t received, replied; /* T2, T3: that machine's REALTIME */
	int64_t resolution;        /* of that clock's readings, ns; at least 1 */
};

struct estimate {
	int64_t anchor;         /* this machine's REALTIME - MONOTONIC, at most */
	int64_t resolution;     /* what a reading + anchor may be short of REALTIME, ns */
	int64_t drift_ppm;      /* ESTIMATE_DRIFT_PPM; more while a slew is known to run */
	struct interval offset; /* valid at `when` */
	int64_t when;           /* this machine's MONOTONIC */
	size_t samples;         /* exchanges that went in; 0: offset means nothing */
	int64_t delay;          /* the smallest (t4 - t1) - (T3 - T2) of them, not below 0 */
};

/*
 * A reading of MONOTONIC + anchor must not exceed REALTIME, and be short of it by at most
 * resolution (at least 1): where the anchor itself is only known to lie in an interval, its lower
 * end is meant, and the interval's width is a part of resolution.
 */
void estimate_init(struct estimate *e, int64_t anchor, int64_t resolution);

enum estimate_result {
	ESTIMATE_OK,
	ESTIMATE_ABSURD,  /* t4 before t1, T3 before T2, more time spent there than passed here:
			     left out, a clock stepped in the middle or somebody lies */
	ESTIMATE_STEPPED, /* contradicts what went before: begin again. e is as it was */
};
/* e->when becomes t4, or stays if that is before it. */
enum estimate_result estimate_add(struct estimate *e, const struct exchange *x) must_check;

/*
 * This machine's anchor and resolution, as read again after the last exchange: what REALTIME moved
 * by against MONOTONIC meanwhile, or may have by these readings, is given way to.
 */
void estimate_end(struct estimate *e, int64_t anchor, int64_t resolution);

/* The offset as it is known at that MONOTONIC time, not before e->when, if nobody stepped since. */
struct interval estimate_at(const struct estimate *e, int64_t monotonic);

#endif
