/* SPDX-License-Identifier: Apache-2.0 */
#include "plugins/timesync/report.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Below a minute: the unit that a number is told in, the largest that it holds. */
static const struct {
	int64_t ns;
	const char *name;
} units[] = {
	{ NSEC_PER_SEC, "s" },
	{ NSEC_PER_MSEC, "ms" },
	{ NSEC_PER_USEC, "us" },
	{ 1, "ns" },
};

/* The last place of `digits` significant ones; of two units, from a minute on. */
static int64_t last_place(int64_t ns, int digits)
{
	int64_t place = 1;

	if (ns >= NSEC_PER_DAY)
		return NSEC_PER_HOUR;
	if (ns >= NSEC_PER_HOUR)
		return NSEC_PER_MIN;
	if (ns >= NSEC_PER_MIN)
		return 100 * NSEC_PER_MSEC;
	while (ns >= 10) {
		ns /= 10;
		if (--digits <= 0)
			place *= 10;
	}
	return place;
}

static int64_t magnitude(int64_t ns)
{
	if (ns == INT64_MIN)
		return INT64_MAX;
	return ns < 0 ? -ns : ns;
}

/* The multiple of place that is nearest, or the next above. Times near INT64_MAX are cut. */
static int64_t to_place(int64_t ns, int64_t place, bool up)
{
	int64_t add = up ? place - 1 : place / 2;

	if (ns > INT64_MAX - add)
		return ns - ns % place;
	return (ns + add) / place * place;
}

static void print_small(char out[OFFSET_TEXT], int64_t ns)
{
	char fraction[16];
	size_t i = 0, len;

	while (i + 1 < array_len(units) && ns < units[i].ns)
		i++;
	/* Nine digits whatever the unit; the zeros at the end go, and a lone point with them. */
	snprintf(fraction, sizeof(fraction), ".%09d",
		 (int)(ns % units[i].ns * (NSEC_PER_SEC / units[i].ns)));
	len = strlen(fraction);
	while (fraction[len - 1] == '0')
		fraction[--len] = '\0';
	if (len == 1)
		fraction[0] = '\0';
	snprintf(out, OFFSET_TEXT, "%" PRId64 "%s %s", ns / units[i].ns, fraction, units[i].name);
}

static void print_two(char out[OFFSET_TEXT], int64_t ns, int64_t unit, const char *name,
		      int64_t lower, const char *lower_name)
{
	int64_t whole = ns / unit, part = ns % unit / lower;

	if (part)
		snprintf(out, OFFSET_TEXT, "%" PRId64 " %s %" PRId64 " %s", whole, name, part,
			 lower_name);
	else
		snprintf(out, OFFSET_TEXT, "%" PRId64 " %s", whole, name);
}

static void print(char out[OFFSET_TEXT], int64_t ns)
{
	int64_t tenths = ns % NSEC_PER_MIN / (100 * NSEC_PER_MSEC);

	if (ns >= NSEC_PER_DAY)
		print_two(out, ns, NSEC_PER_DAY, "d", NSEC_PER_HOUR, "h");
	else if (ns >= NSEC_PER_HOUR)
		print_two(out, ns, NSEC_PER_HOUR, "h", NSEC_PER_MIN, "min");
	else if (ns < NSEC_PER_MIN)
		print_small(out, ns);
	else if (tenths % 10)
		snprintf(out, OFFSET_TEXT, "%" PRId64 " min %" PRId64 ".%" PRId64 " s",
			 ns / NSEC_PER_MIN, tenths / 10, tenths % 10);
	else
		print_two(out, ns, NSEC_PER_MIN, "min", NSEC_PER_SEC, "s");
}

/* Rounded up, 59.96 s become a minute, which has a last place of its own. */
static int64_t rounded(int64_t ns, int digits, int64_t least, bool up)
{
	for (int i = 0; i < 3; i++)
		ns = to_place(ns, time_max(last_place(ns, digits), least), up);
	return ns;
}

const char *offset_text(char out[OFFSET_TEXT], int64_t ns)
{
	print(out, rounded(magnitude(ns), 3, 1, false));
	return out;
}

const char *offset_text_within(char out[OFFSET_TEXT], int64_t ns, int64_t bound)
{
	int64_t place = last_place(time_max(bound, 1), 2);
	int64_t shown = rounded(magnitude(ns), 3, place, false);

	if (!shown)
		return NULL;
	print(out, shown);
	return out;
}

const char *bound_text(char out[OFFSET_TEXT], int64_t bound)
{
	print(out, rounded(magnitude(bound), 2, 1, true));
	return out;
}
