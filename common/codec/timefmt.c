/* SPDX-License-Identifier: Apache-2.0 */
#include "common/codec/timefmt.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/codec/calendar.h"
#include "common/codec/printable.h"

#define SECONDS_PER_DAY 86400

/* A point of the proleptic Gregorian calendar, UTC. */
struct civil {
	int year, month, day, hour, minute, second;
	int nsec;
};

/* The inverse of calendar_days(), in the same eras of 400 years (146097 days). */
static void date_of_days(int64_t days, struct civil *out)
{
	int64_t z = days + 719468;
	int64_t era = (z >= 0 ? z : z - 146096) / 146097;
	int64_t of_era = z - era * 146097;
	int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
	int64_t month = (5 * of_year + 2) / 153;

	out->day = (int)(of_year - (153 * month + 2) / 5 + 1);
	out->month = (int)(month < 10 ? month + 3 : month - 9);
	out->year = (int)(year + era * 400 + (out->month <= 2));
}

/* Exactly n digits, and then the character after (0: any). */
static bool scan_digits(const char **s, int n, char after, int *out)
{
	const char *p = *s;
	int value = 0;

	for (int i = 0; i < n; i++, p++) {
		if (*p < '0' || *p > '9')
			return false;
		value = value * 10 + (*p - '0');
	}
	if (after && *p++ != after)
		return false;
	*s = p;
	*out = value;
	return true;
}

static bool scan_civil(const char **s, struct civil *c)
{
	return scan_digits(s, 4, '-', &c->year) && scan_digits(s, 2, '-', &c->month) &&
	       scan_digits(s, 2, 'T', &c->day) && scan_digits(s, 2, ':', &c->hour) &&
	       scan_digits(s, 2, ':', &c->minute) && scan_digits(s, 2, 0, &c->second) &&
	       c->month >= 1 && c->month <= 12 && c->day >= 1 &&
	       c->day <= calendar_month_days(c->year, c->month) && c->hour <= 23 &&
	       c->minute <= 59 && c->second <= 59;
}

static bool scan_fraction(const char **s, int *nsec)
{
	int unit = 100000000;

	*nsec = 0;
	if (**s != '.')
		return true;
	if (*++*s < '0' || **s > '9')
		return false;
	for (; **s >= '0' && **s <= '9'; ++*s, unit /= 10)
		*nsec += (**s - '0') * unit;
	return true;
}

/* Seconds east of UTC. */
static bool scan_zone(const char **s, int *seconds)
{
	int sign = **s == '-' ? -1 : 1;
	int hours, minutes;

	if (**s == 'Z') {
		++*s;
		*seconds = 0;
		return true;
	}
	if (**s != '+' && **s != '-')
		return false;
	++*s;
	if (!scan_digits(s, 2, ':', &hours) || !scan_digits(s, 2, 0, &minutes) || hours > 23 ||
	    minutes > 59)
		return false;
	*seconds = sign * (hours * 3600 + minutes * 60);
	return true;
}

/* Seconds of the epoch as nanoseconds, within the years that fit. */
static int64_t clamp(int64_t seconds, int nsec)
{
	if (seconds < calendar_days(1678, 1, 1) * SECONDS_PER_DAY)
		return TIME_NONE;
	if (seconds >= calendar_days(2262, 1, 1) * SECONDS_PER_DAY)
		return INT64_MAX;
	return seconds * NSEC_PER_SEC + nsec;
}

int64_t time_from_seconds(int64_t seconds)
{
	return clamp(seconds, 0);
}

int time_parse_rfc3339(const char *s, int64_t *out, struct error *err)
{
	struct civil c = { 0 };
	const char *p = s;
	char text[PRINTABLE_SHORT];
	int zone;

	if (!*s) {
		*out = TIME_NONE;
		return 0;
	}
	if (!scan_civil(&p, &c) || !scan_fraction(&p, &c.nsec) || !scan_zone(&p, &zone) || *p)
		return error_set(err, ERROR_INPUT, 0,
				 "\"%s\" is not a time like 2026-11-24T01:02:03Z",
				 printable_short(text, s));
	*out = clamp(calendar_days(c.year, c.month, c.day) * SECONDS_PER_DAY + c.hour * 3600 +
			     c.minute * 60 + c.second - zone,
		     c.nsec);
	return 0;
}

static struct civil civil_of(int64_t t)
{
	struct civil c = { 0 };
	int64_t seconds = t / NSEC_PER_SEC;
	int64_t days, rest;

	c.nsec = (int)(t % NSEC_PER_SEC);
	if (c.nsec < 0) {
		c.nsec += (int)NSEC_PER_SEC;
		seconds--;
	}
	days = seconds / SECONDS_PER_DAY;
	rest = seconds % SECONDS_PER_DAY;
	if (rest < 0) {
		rest += SECONDS_PER_DAY;
		days--;
	}
	date_of_days(days, &c);
	c.hour = (int)(rest / 3600);
	c.minute = (int)(rest / 60 % 60);
	c.second = (int)(rest % 60);
	return c;
}

const char *time_format_rfc3339(char out[TIME_TEXT], int64_t t, int nano)
{
	struct civil c = civil_of(t);
	char fraction[12] = "";

	if (t == TIME_NONE) {
		snprintf(out, TIME_TEXT, "0001-01-01T00:00:00Z");
		return out;
	}
	if (nano && c.nsec) {
		int len = snprintf(fraction, sizeof(fraction), ".%09d", c.nsec % 1000000000);

		while (fraction[len - 1] == '0')
			fraction[--len] = '\0';
	}
	snprintf(out, TIME_TEXT, "%04d-%02d-%02dT%02d:%02d:%02d%sZ", c.year, c.month, c.day, c.hour,
		 c.minute, c.second, fraction);
	return out;
}

const char *time_format_minute(char out[TIME_TEXT], int64_t t)
{
	struct civil c = civil_of(t);

	if (t == TIME_NONE)
		snprintf(out, TIME_TEXT, "never");
	else
		snprintf(out, TIME_TEXT, "%04d-%02d-%02d %02d:%02d", c.year, c.month, c.day, c.hour,
			 c.minute);
	return out;
}
