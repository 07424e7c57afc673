/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/suite.h"

#include <string.h>
#include <time.h>

#include "common/base/clock.h"
#include "common/codec/httpdate.h"
#include "tests/unit/random.h"

#define S       NSEC_PER_SEC
#define REFUSED INT64_C(-42)
#define IN_2026 (1795482123 * S) /* 2026-11-24T01:02:03Z */
#define IN_1994 (784111777 * S)  /* 1994-11-06T08:49:37Z */

static const struct {
	const char *text;
	int64_t about, t;
	const char *why;
} rows[] = {
	{ "Sun, 06 Nov 1994 08:49:37 GMT", IN_2026, IN_1994, "RFC 9110: IMF-fixdate" },
	{ "Sunday, 06-Nov-94 08:49:37 GMT", IN_2026, IN_1994, "RFC 9110: RFC 850" },
	{ "Sun Nov  6 08:49:37 1994", IN_2026, IN_1994, "RFC 9110: asctime" },
	{ "Wed Nov 16 08:49:37 1994", IN_2026, IN_1994 + 10 * NSEC_PER_DAY, "asctime, two digits" },
	{ "Tue, 24 Nov 2026 01:02:03 GMT", 0, IN_2026, "about counts for short years only" },
	{ "Mon, 24 Nov 2026 01:02:03 GMT", 0, IN_2026, "the name of the day is not compared" },
	{ "Thu, 01 Jan 1970 00:00:00 GMT", 0, 0, "the epoch" },
	{ "Wed, 31 Dec 1969 23:59:59 GMT", 0, -S, "before the epoch" },
	{ "Sat, 31 Dec 2016 23:59:60 GMT", 0, 1483228800 * S, "a leap second" },
	{ "Thu, 29 Feb 2024 00:00:00 GMT", 0, 1709164800 * S, "leap day" },
	{ "Tue, 24 Nov 2026 23:59:59 GMT", 0, 1795564799 * S, "the last second of a day" },
	{ "Fri, 31 Dec 2261 23:59:59 GMT", 0, 9214646399 * S, "the far future" },
	{ "Tuesday, 24-Nov-26 01:02:03 GMT", IN_2026, IN_2026, "this very year" },
	{ "Monday, 23-Nov-76 01:02:03 GMT", IN_2026, 3373318923 * S, "50 years ahead, less a day" },
	{ "Saturday, 24-Dec-76 01:02:03 GMT", IN_2026, 220237323 * S,
	  "a month more than 50 years" },
	{ "Monday, 01-Jan-77 00:00:00 GMT", IN_2026, 220924800 * S, "51 years: past" },
	{ "Friday, 01-Jan-99 00:00:00 GMT", IN_2026, 915148800 * S, "last century" },
	{ "Friday, 01-Jan-00 00:00:00 GMT", 4102444800 * S, 4102444800 * S, "in the year 2100" },
	{ "Monday, 01-Jan-01 00:00:00 GMT", -S, 978307200 * S, "about before the epoch" },
	{ "Tuesday, 29-Feb-00 00:00:00 GMT", IN_2026, 951782400 * S, "2000 was a leap year" },

	{ "Fri, 29 Feb 2023 00:00:00 GMT", 0, REFUSED, "no leap year" },
	{ "Sun, 31 Apr 2026 00:00:00 GMT", 0, REFUSED, "April has 30" },
	{ "Sun, 00 Nov 1994 08:49:37 GMT", 0, REFUSED, "day 0" },
	{ "Sun, 06 Nov 1994 24:49:37 GMT", 0, REFUSED, "hour 24" },
	{ "Sun, 06 Nov 1994 08:60:37 GMT", 0, REFUSED, "minute 60" },
	{ "Sun, 06 Nov 1994 08:49:61 GMT", 0, REFUSED, "second 61" },
	{ "Sun, 06 Nov 9999 08:49:37 GMT", 0, REFUSED, "beyond what fits" },
	{ "Sun, 06 Nov 1001 08:49:37 GMT", 0, REFUSED, "before what fits" },
	{ "Sun, 06 Nov 1994 08:49:37 UTC", 0, REFUSED, "GMT is the word" },
	{ "Sun, 06 Nov 1994 08:49:37 +0000", 0, REFUSED, "an offset" },
	{ "Sun, 06 Nov 1994 08:49:37", 0, REFUSED, "no zone" },
	{ "Sun, 06 Nov 1994 08:49:37 GMTx", 0, REFUSED, "more behind it" },
	{ "Sun, 06 Nov 1994 08:49:37 GMT ", 0, REFUSED, "blanks are the caller's to take off" },
	{ " Sun, 06 Nov 1994 08:49:37 GMT", 0, REFUSED, "a blank before it" },
	{ "Sun, 6 Nov 1994 08:49:37 GMT", 0, REFUSED, "one digit" },
	{ "Sun, 06 nov 1994 08:49:37 GMT", 0, REFUSED, "case counts" },
	{ "Son, 06 Nov 1994 08:49:37 GMT", 0, REFUSED, "German" },
	{ "Sun, 06 Nov 94 08:49:37 GMT", 0, REFUSED, "RFC 822 with a short year" },
	{ "Sun, 06-Nov-94 08:49:37 GMT", 0, REFUSED, "RFC 850 with a short name" },
	{ "Sunday, 06 Nov 1994 08:49:37 GMT", 0, REFUSED, "fixdate with a long name" },
	{ "Sunday, 06-Nov-1994 08:49:37 GMT", 0, REFUSED, "RFC 850 with a long year" },
	{ "Sun Nov 6 08:49:37 1994", 0, REFUSED, "asctime without its blank" },
	{ "Sun Nov  6 08:49:37 1994 GMT", 0, REFUSED, "asctime with a zone" },
	{ "Sun Nov  0 08:49:37 1994", 0, REFUSED, "asctime, day 0" },
	{ "Sun, 06 Nov 1994 08:49:3", 0, REFUSED, "cut" },
	{ "Sun, 06 Nov 1994 -8:49:37 GMT", 0, REFUSED, "a sign" },
	{ "1994-11-06T08:49:37Z", 0, REFUSED, "RFC 3339" },
	{ "0", 0, REFUSED, "a number" },
	{ "", 0, REFUSED, "nothing" },
	{ "\x1b[31mSun", 0, REFUSED, "control characters" },
};

START_TEST(parse)
{
	struct error err = ERROR_INIT;
	int64_t t = 7;
	int rc = http_date_parse(rows[_i].text, strlen(rows[_i].text), rows[_i].about, &t, &err);

	if (rows[_i].t != REFUSED) {
		ck_assert_msg(rc == 0 && t == rows[_i].t, "%s: %lld, %s", rows[_i].why,
			      (long long)t, err.text);
		return;
	}
	ck_assert_msg(rc == -1 && err.kind == ERROR_INPUT && t == 7, "%s", rows[_i].why);
	ck_assert_msg(!strchr(err.text, '\x1b'), "%s", rows[_i].why);
}
END_TEST

START_TEST(parse_length)
{
	const char *text = "Sun, 06 Nov 1994 08:49:37 GMT\r\nAge: 0";
	struct error err = ERROR_INIT;
	int64_t t;

	ck_assert_int_eq(http_date_parse(text, 29, 0, &t, &err), 0);
	ck_assert_int_eq(t, IN_1994);
	/* A NUL is a character like others. */
	ck_assert_int_eq(http_date_parse("Sun, 06 Nov 1994 08:49:37 GMT\0", 30, 0, &t, &err), -1);
}
END_TEST

static size_t format(char *out, size_t size, int form, const struct tm *tm)
{
	switch (form) {
	case 0:
		return strftime(out, size, "%a, %d %b %Y %H:%M:%S GMT", tm);
	case 1:
		/* The parser is to tell the century. */
#pragma GCC diagnostic ignored "-Wformat-y2k"
		return strftime(out, size, "%A, %d-%b-%y %H:%M:%S GMT", tm);
	default:
		return strftime(out, size, "%a %b %e %H:%M:%S %Y", tm);
	}
}

/* Every second of a random sample, in each form, against the C library's own formatter. */
START_TEST(parse_any)
{
	struct random r = random_start();

	for (int i = 0; i < 20000; i++) {
		/* 1978 to 2076: what two digits can tell in 2026. */
		time_t seconds = (time_t)(252460800 + random_below(&r, 3092601600));
		struct error err = ERROR_INIT;
		char text[64];
		struct tm tm;
		int64_t t = 0;
		size_t len;

		ck_assert_ptr_nonnull(gmtime_r(&seconds, &tm));
		len = format(text, sizeof(text), i % 3, &tm);
		ck_assert_msg(
			http_date_parse(text, len, IN_2026, &t, &err) == 0 && t == seconds * S,
			"%s: %lld " RANDOM_SEED, text, (long long)t, (unsigned long long)r.seed);
	}
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("httpdate");
	TCase *tc = tcase_create("parse");

	tcase_add_loop_test(tc, parse, 0, (int)(sizeof(rows) / sizeof(rows[0])));
	tcase_add_test(tc, parse_length);
	tcase_add_test(tc, parse_any);
	suite_add_tcase(s, tc);
	return s;
}
