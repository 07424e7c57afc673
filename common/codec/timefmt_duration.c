/* SPDX-License-Identifier: Apache-2.0 */
#include "common/codec/timefmt.h"

#include <assert.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/codec/decimal.h"
#include "common/codec/printable.h"

#define DURATION_MAX (36500 * NSEC_PER_DAY)

/* Longest names first where one begins another ("ms" before "m"). */
static const struct {
	const char *name;
	int64_t ns;
} units[] = {
	{ "ns", 1 },
	{ "us", NSEC_PER_USEC },
	{ "\u00b5s", NSEC_PER_USEC }, /* micro sign */
	{ "\u03bcs", NSEC_PER_USEC }, /* Greek mu; Go reads both */
	{ "ms", NSEC_PER_MSEC },
	{ "s", NSEC_PER_SEC },
	{ "m", NSEC_PER_MIN },
	{ "h", NSEC_PER_HOUR },
	{ "d", NSEC_PER_DAY },
	{ "w", 7 * NSEC_PER_DAY },
};

static bool scan_unit(const char **s, int64_t *ns)
{
	for (size_t i = 0; i < array_len(units); i++) {
		size_t len = strlen(units[i].name);

		if (strncmp(*s, units[i].name, len) == 0) {
			*s += len;
			*ns = units[i].ns;
			return true;
		}
	}
	return false;
}

static bool scan_duration(const char *s, int64_t *out)
{
	int64_t total = 0;

	if (strcmp(s, "0") == 0) {
		*out = 0;
		return true;
	}
	do {
		struct decimal number;
		int64_t unit, part;

		if (!decimal_scan(&s, &number) || !scan_unit(&s, &unit) ||
		    !decimal_multiply(&number, unit, &part) || part > DURATION_MAX - total)
			return false;
		total += part;
	} while (*s);
	*out = total;
	return true;
}

int duration_parse(const char *s, int64_t *out, struct error *err)
{
	char text[PRINTABLE_SHORT];

	if (!scan_duration(s, out))
		return error_set(
			err, ERROR_INPUT, 0,
			"\"%s\" is not a duration; write it like 90s, 1h30m or 7d, at most "
			"36500d",
			printable_short(text, s));
	return 0;
}

static const struct {
	const char *name, *human, *human_more;
	int64_t ns;
} parts[] = {
	{ "d", " day", " days", NSEC_PER_DAY },
	{ "h", " h", " h", NSEC_PER_HOUR },
	{ "m", " min", " min", NSEC_PER_MIN },
	{ "s", " s", " s", NSEC_PER_SEC },
	{ "ms", " ms", " ms", NSEC_PER_MSEC },
	{ "us", " us", " us", NSEC_PER_USEC },
	{ "ns", " ns", " ns", 1 },
};

const char *duration_format(char out[TIME_TEXT], int64_t ns)
{
	size_t len = 0;

	assert(ns >= 0);
	for (size_t i = 0; i < array_len(parts); i++) {
		if (ns >= parts[i].ns)
			len += (size_t)snprintf(out + len, TIME_TEXT - len, "%lld%s",
						(long long)(ns / parts[i].ns), parts[i].name);
		ns %= parts[i].ns;
	}
	if (!len)
		snprintf(out, TIME_TEXT, "0s");
	return out;
}

const char *duration_human(char out[TIME_TEXT], int64_t ns)
{
	uint64_t left = ns < 0 ? 0 - (uint64_t)ns : (uint64_t)ns;
	uint64_t first, second = 0;
	size_t i = 0;
	int len;

	while (i < array_len(parts) && left < (uint64_t)parts[i].ns)
		i++;
	if (i == array_len(parts)) {
		snprintf(out, TIME_TEXT, "0 s");
		return out;
	}
	first = left / (uint64_t)parts[i].ns;
	/* A second unit tells something only where the first one is small, and a minute at least.
	 */
	if (first < 10 && parts[i].ns >= NSEC_PER_MIN)
		second = left % (uint64_t)parts[i].ns / (uint64_t)parts[i + 1].ns;
	len = snprintf(out, TIME_TEXT, "%llu%s", (unsigned long long)first,
		       first == 1 ? parts[i].human : parts[i].human_more);
	if (second)
		snprintf(out + len, TIME_TEXT - (size_t)len, " %llu%s", (unsigned long long)second,
			 parts[i + 1].human);
	return out;
}
