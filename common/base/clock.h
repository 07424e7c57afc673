/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Time as the suite counts it: signed nanoseconds since 1970-01-01T00:00:00Z, leap seconds as POSIX
 * has them (years 1678 to 2261 fit). Durations are signed nanoseconds too. The current time comes
 * in through struct clock, so that tests choose it.
 */
#ifndef COMMON_BASE_CLOCK_H
#define COMMON_BASE_CLOCK_H

#include <stdint.h>

/* "Never": Go's zero time (0001-01-01T00:00:00Z), absent stamps. Less than every real time. */
#define TIME_NONE INT64_MIN

#define NSEC_PER_USEC INT64_C(1000)
#define NSEC_PER_MSEC INT64_C(1000000)
#define NSEC_PER_SEC  INT64_C(1000000000)
#define NSEC_PER_MIN  (60 * NSEC_PER_SEC)
#define NSEC_PER_HOUR (60 * NSEC_PER_MIN)
#define NSEC_PER_DAY  (24 * NSEC_PER_HOUR)

struct clock {
	int64_t (*now)(const struct clock *clock);       /* wall clock */
	int64_t (*monotonic)(const struct clock *clock); /* never steps; only differences count */
};

/* The system's clocks: CLOCK_REALTIME, CLOCK_MONOTONIC. */
extern const struct clock clock_system;

/* later - earlier, clamped to the range of int64_t instead of overflowing. */
static inline int64_t time_diff(int64_t later, int64_t earlier)
{
	int64_t diff;

	if (__builtin_sub_overflow(later, earlier, &diff))
		return later > earlier ? INT64_MAX : INT64_MIN;
	return diff;
}

static inline int64_t time_max(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

#endif
