/* SPDX-License-Identifier: Apache-2.0 */
#include "common/codec/httpdate.h"

#include <stdbool.h>
#include <string.h>

#include "common/base/alloc.h"
#include "common/base/clock.h"
#include "common/codec/calendar.h"
#include "common/codec/printable.h"

#define SECONDS_PER_DAY  86400
#define SECONDS_PER_YEAR 31556952 /* the mean of 400 years */
#define FIFTY_YEARS      (INT64_C(50) * SECONDS_PER_YEAR)

static const char *const short_days[] = { "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun" };
static const char *const long_days[] = { "Monday", "Tuesday",  "Wednesday", "Thursday",
					 "Friday", "Saturday", "Sunday" };
static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
				      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };

struct cursor {
	const char *at, *end;
};

struct parts {
	int year, month, day, hour, minute, second;
};

static bool scan_text(struct cursor *c, const char *text)
{
	size_t len = strlen(text);

	if ((size_t)(c->end - c->at) < len || memcmp(c->at, text, len) != 0)
		return false;
	c->at += len;
	return true;
}

/* One of the names; *out is its place, from 1. */
static bool scan_name(struct cursor *c, const char *const *names, size_t count, int *out)
{
	for (size_t i = 0; i < count; i++) {
		if (!scan_text(c, names[i]))
			continue;
		*out = (int)i + 1;
		return true;
	}
	return false;
}

static bool scan_digits(struct cursor *c, int n, int *out)
{
	int value = 0;

	if (c->end - c->at < n)
		return false;
	for (int i = 0; i < n; i++) {
		char digit = c->at[i];

		if (digit < '0' || digit > '9')
			return false;
		value = value * 10 + (digit - '0');
	}
	c->at += n;
	*out = value;
	return true;
}

static bool scan_month(struct cursor *c, int *out)
{
	return scan_name(c, months, array_len(months), out);
}

static bool scan_time(struct cursor *c, struct parts *p)
{
	return scan_digits(c, 2, &p->hour) && scan_text(c, ":") && scan_digits(c, 2, &p->minute) &&
	       scan_text(c, ":") && scan_digits(c, 2, &p->second);
}

/* Each form has a cursor of its own, at the beginning. */
static bool scan_fixdate(struct cursor c, struct parts *p)
{
	int day_name;

	return scan_name(&c, short_days, array_len(short_days), &day_name) && scan_text(&c, ", ") &&
	       scan_digits(&c, 2, &p->day) && scan_text(&c, " ") && scan_month(&c, &p->month) &&
	       scan_text(&c, " ") && scan_digits(&c, 4, &p->year) && scan_text(&c, " ") &&
	       scan_time(&c, p) && scan_text(&c, " GMT") && c.at == c.end;
}

static bool scan_rfc850(struct cursor c, struct parts *p)
{
	int day_name;

	return scan_name(&c, long_days, array_len(long_days), &day_name) && scan_text(&c, ", ") &&
	       scan_digits(&c, 2, &p->day) && scan_text(&c, "-") && scan_month(&c, &p->month) &&
	       scan_text(&c, "-") && scan_digits(&c, 2, &p->year) && scan_text(&c, " ") &&
	       scan_time(&c, p) && scan_text(&c, " GMT") && c.at == c.end;
}

static bool scan_asctime(struct cursor c, struct parts *p)
{
	int day_name;

	return scan_name(&c, short_days, array_len(short_days), &day_name) && scan_text(&c, " ") &&
	       scan_month(&c, &p->month) && scan_text(&c, " ") &&
	       scan_digits(&c, scan_text(&c, " ") ? 1 : 2, &p->day) && scan_text(&c, " ") &&
	       scan_time(&c, p) && scan_text(&c, " ") && scan_digits(&c, 4, &p->year) &&
	       c.at == c.end;
}

static int64_t seconds_of(const struct parts *p)
{
	return calendar_days(p->year, p->month, p->day) * SECONDS_PER_DAY + p->hour * 3600 +
	       p->minute * 60 + p->second;
}

/* The century of a year of two digits: the last one that is not too far ahead. */
static void choose_century(struct parts *p, int64_t about)
{
	int64_t now = about / NSEC_PER_SEC;
	int near = 1970 + (int)(now / SECONDS_PER_YEAR);

	p->year += near / 100 * 100 + 100;
	while (seconds_of(p) > now + FIFTY_YEARS)
		p->year -= 100;
}

static bool scan_any(struct cursor c, int64_t about, struct parts *p)
{
	if (scan_fixdate(c, p) || scan_asctime(c, p))
		return true;
	if (!scan_rfc850(c, p))
		return false;
	choose_century(p, about);
	return true;
}

static bool is_real(const struct parts *p)
{
	return p->day >= 1 && p->day <= calendar_month_days(p->year, p->month) && p->hour <= 23 &&
	       p->minute <= 59 && p->second <= 60;
}

int http_date_parse(const char *s, size_t len, int64_t about, int64_t *out, struct error *err)
{
	struct parts p = { 0 };
	scoped_str text = NULL;
	char shown[PRINTABLE_SHORT];
	int64_t t;

	if (scan_any((struct cursor){ s, s + len }, about, &p) && is_real(&p) &&
	    !__builtin_mul_overflow(seconds_of(&p), NSEC_PER_SEC, &t)) {
		*out = t;
		return 0;
	}
	text = xstrndup(s, len);
	return error_set(err, ERROR_INPUT, 0,
			 "\"%s\" is no HTTP date like Sun, 06 Nov 1994 08:49:37 GMT",
			 printable_short(shown, text));
}
