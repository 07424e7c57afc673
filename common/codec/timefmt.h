/* SPDX-License-Identifier: Apache-2.0 */
/* Times and durations as text. All times are base/clock.h nanoseconds. */
#ifndef COMMON_CODEC_TIMEFMT_H
#define COMMON_CODEC_TIMEFMT_H

#include <stdint.h>

#include "common/base/attr.h"
#include "common/base/error.h"

/*
 * RFC 3339 as Go's time.RFC3339Nano writes it: "2026-11-24T01:02:03.123456789Z", any number of
 * fraction digits (past nine cut), "Z" or "+hh:mm". Years before 1678, "0001-01-01T00:00:00Z" (Go's
 * zero) and "" are TIME_NONE; years after 2261 clamp to INT64_MAX. Errors: ERROR_INPUT.
 */
int time_parse_rfc3339(const char *s, int64_t *out, struct error *err) must_check;

/* Seconds since 1970, as API 1.40 to 1.5x counts "Created", with the same limits. */
int64_t time_from_seconds(int64_t seconds);

/*
 * "2026-11-24T01:02:03Z", UTC, seconds (cut); with nanoseconds (no trailing zeros) if nano.
 * TIME_NONE is Go's zero, "0001-01-01T00:00:00Z".
 */
#define TIME_TEXT 48
const char *time_format_rfc3339(char out[TIME_TEXT], int64_t t, int nano);
/* "2026-11-24 01:02" in UTC for people; "never" for TIME_NONE. */
const char *time_format_minute(char out[TIME_TEXT], int64_t t);

/*
 * Durations: Go's form ("1h30m", "90s", "1.5h", "250ms", "10us", "5ns") plus "d" (24 h) and "w"
 * (7 d); a bare "0" needs no unit. Not negative; at most 100 years (36500d). Errors: ERROR_INPUT
 * that shows an example of the right form.
 */
int duration_parse(const char *s, int64_t *out, struct error *err) must_check;
/* Exact and re-readable by duration_parse(): "1h30m", "7d", "0s". ns >= 0. */
const char *duration_format(char out[TIME_TEXT], int64_t ns);
/*
 * For people, one or two units, cut: "3 days 4 h", "2 h 5 min", "40 s", "250 ms"; the second only
 * where the first is below ten. Negative as magnitude.
 */
const char *duration_human(char out[TIME_TEXT], int64_t ns);

#endif
