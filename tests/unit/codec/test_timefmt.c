/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/suite.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "common/base/clock.h"
#include "common/codec/timefmt.h"
#include "tests/unit/random.h"

#define S       NSEC_PER_SEC
#define REFUSED INT64_C(-42)

static const struct {
	const char *text;
	int64_t t;
	const char *why;
} times[] = {
	{ "1970-01-01T00:00:00Z", 0, "the epoch" },
	{ "2026-11-24T01:02:03Z", 1795482123 * S, "seconds" },
	{ "2026-11-24T01:02:03.123456789Z", 1795482123 * S + 123456789, "as Go writes it" },
	{ "2026-11-24T01:02:03.5Z", 1795482123 * S + 500000000, "Go drops zeros at the end" },
	{ "2026-11-24T01:02:03.1234567891234Z", 1795482123 * S + 123456789, "past nine is cut" },
	{ "2026-11-24T03:02:03+02:00", 1795482123 * S, "east of UTC" },
	{ "2026-11-23T19:32:03-05:30", 1795482123 * S, "west of UTC, and half hours" },
	{ "2026-11-24T01:02:03+00:00", 1795482123 * S, "UTC as an offset" },
	{ "1969-12-31T23:59:59.5Z", -S / 2, "before the epoch" },
	{ "2024-02-29T00:00:00Z", 1709164800 * S, "leap day" },
	{ "2000-02-29T00:00:00Z", 951782400 * S, "leap day of a year divisible by 400" },
	{ "0001-01-01T00:00:00Z", TIME_NONE, "Go's zero: never" },
	{ "0000-01-01T00:00:00Z", TIME_NONE, "year 0" },
	{ "", TIME_NONE, "a driver that does not tell" },
	{ "1677-12-31T23:59:59Z", TIME_NONE, "the last year that does not fit" },
	{ "1678-01-01T00:00:00Z", -9214560000 * S, "the first year that fits" },
	{ "1677-12-31T23:59:59-01:00", -9214560000 * S + 3599 * S, "the year counts in UTC" },
	{ "2261-12-31T23:59:59.999999999Z", 9214646400 * S - 1, "the last that fits" },
	{ "2262-01-01T00:00:00Z", INT64_MAX, "the far future stays the far future" },
	{ "9999-12-31T23:59:59Z", INT64_MAX, "Go's farthest" },
	{ "2023-02-29T00:00:00Z", REFUSED, "no leap year" },
	{ "2100-02-29T00:00:00Z", REFUSED, "centuries are no leap years" },
	{ "2026-13-01T00:00:00Z", REFUSED, "month 13" },
	{ "2026-00-01T00:00:00Z", REFUSED, "month 0" },
	{ "2026-04-31T00:00:00Z", REFUSED, "April has 30" },
	{ "2026-04-00T00:00:00Z", REFUSED, "day 0" },
	{ "2026-11-24T24:00:00Z", REFUSED, "hour 24" },
	{ "2026-11-24T01:60:00Z", REFUSED, "minute 60" },
	{ "2026-11-24T01:02:60Z", REFUSED, "Go has no leap seconds" },
	{ "2026-11-24T01:02:03", REFUSED, "no zone" },
	{ "2026-11-24T01:02:03z", REFUSED, "a small z" },
	{ "2026-11-24 01:02:03Z", REFUSED, "a space for the T" },
	{ "2026-11-24T01:02:03.Z", REFUSED, "a point without digits" },
	{ "2026-11-24T01:02:03,5Z", REFUSED, "a comma" },
	{ "2026-11-24T01:02:03+0200", REFUSED, "offset without a colon" },
	{ "2026-11-24T01:02:03+24:00", REFUSED, "offset of a day" },
	{ "2026-11-24T01:02:03+01:60", REFUSED, "offset of 60 minutes" },
	{ "2026-11-24T01:02:03+1", REFUSED, "half an offset" },
	{ "2026-11-24T01:02:03Zx", REFUSED, "more behind it" },
	{ "2026-11-24T01:02", REFUSED, "cut" },
	{ "26-11-24T01:02:03Z", REFUSED, "a short year" },
	{ "12026-11-24T01:02:03Z", REFUSED, "a long year" },
	{ "yesterday", REFUSED, "a word" },
	{ "1795482123", REFUSED, "a number as text" },
};

START_TEST(parse_time)
{
	int64_t t = 7;
	struct error err = ERROR_INIT;
	int rc = time_parse_rfc3339(times[_i].text, &t, &err);

	if (times[_i].t != REFUSED) {
		ck_assert_msg(rc == 0 && t == times[_i].t, "%s: %lld, %s", times[_i].why,
			      (long long)t, err.text);
		return;
	}
	ck_assert_msg(rc == -1 && err.kind == ERROR_INPUT && t == 7, "%s", times[_i].why);
	ck_assert_msg(strstr(err.text, times[_i].text), "%s: %s", times[_i].why, err.text);
}
END_TEST

static const struct {
	int64_t t;
	const char *seconds, *nano, *minute;
	const char *why;
} shown[] = {
	{ 0, "1970-01-01T00:00:00Z", "1970-01-01T00:00:00Z", "1970-01-01 00:00", "the epoch" },
	{ 1795482123 * S + 120000000, "2026-11-24T01:02:03Z", "2026-11-24T01:02:03.12Z",
	  "2026-11-24 01:02", "no zeros at the end" },
	{ 1795482123 * S + 1, "2026-11-24T01:02:03Z", "2026-11-24T01:02:03.000000001Z",
	  "2026-11-24 01:02", "nanoseconds" },
	{ -1, "1969-12-31T23:59:59Z", "1969-12-31T23:59:59.999999999Z", "1969-12-31 23:59",
	  "before the epoch, down to the second" },
	{ -S, "1969-12-31T23:59:59Z", "1969-12-31T23:59:59Z", "1969-12-31 23:59",
	  "a whole second before" },
	{ TIME_NONE, "0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z", "never", "never" },
	{ INT64_MAX, "2262-04-11T23:47:16Z", "2262-04-11T23:47:16.854775807Z", "2262-04-11 23:47",
	  "the far future" },
	{ 951782400 * S, "2000-02-29T00:00:00Z", "2000-02-29T00:00:00Z", "2000-02-29 00:00",
	  "leap day" },
};

START_TEST(format_time)
{
	char text[TIME_TEXT];

	time_format_rfc3339(text, shown[_i].t, 0);
	ck_assert_msg(strcmp(text, shown[_i].seconds) == 0, "%s: %s", shown[_i].why, text);
	time_format_rfc3339(text, shown[_i].t, 1);
	ck_assert_msg(strcmp(text, shown[_i].nano) == 0, "%s: %s", shown[_i].why, text);
	time_format_minute(text, shown[_i].t);
	ck_assert_msg(strcmp(text, shown[_i].minute) == 0, "%s: %s", shown[_i].why, text);
}
END_TEST

START_TEST(time_round_trip)
{
	struct random r = random_start();

	for (int i = 0; i < 20000; i++) {
		/* Everything from 1678 to 2261. */
		int64_t t = (int64_t)random_next(&r) % (9214560000 * S);
		time_t seconds = (time_t)(t / S - (t % S < 0));
		char text[TIME_TEXT], theirs[TIME_TEXT];
		int64_t again = 7;
		struct tm tm;
		struct error err = ERROR_INIT;

		ck_assert_msg(time_parse_rfc3339(time_format_rfc3339(text, t, 1), &again, &err) ==
					      0 &&
				      again == t,
			      RANDOM_SEED ": %lld became %s became %lld",
			      (unsigned long long)r.seed, (long long)t, text, (long long)again);
		gmtime_r(&seconds, &tm);
		strftime(theirs, sizeof(theirs), "%Y-%m-%dT%H:%M:%SZ", &tm);
		time_format_rfc3339(text, t, 0);
		ck_assert_msg(strcmp(text, theirs) == 0, RANDOM_SEED ": %s, the C library says %s",
			      (unsigned long long)r.seed, text, theirs);
	}
}
END_TEST

START_TEST(seconds)
{
	ck_assert_int_eq(time_from_seconds(0), 0);
	ck_assert_int_eq(time_from_seconds(1795482123), 1795482123 * S);
	ck_assert_msg(time_from_seconds(-62135596800) == TIME_NONE, "Go's zero");
	ck_assert_msg(time_from_seconds(INT64_MAX) == INT64_MAX, "no overflow");
	ck_assert_msg(time_from_seconds(INT64_MIN) == TIME_NONE, "no overflow");
}
END_TEST

static const struct {
	const char *text;
	int64_t ns;
	const char *exact; /* NULL: as text */
	const char *why;
} durations[] = {
	{ "0", 0, "0s", "bare zero" },
	{ "0s", 0, NULL, "zero with a unit" },
	{ "0h0m", 0, "0s", "zero, at length" },
	{ "1h30m", 5400 * S, NULL, "Go's form" },
	{ "90s", 90 * S, "1m30s", "seconds" },
	{ "1.5h", 5400 * S, "1h30m", "decimals" },
	{ ".5h", 1800 * S, "30m", "no digit before the point" },
	{ "250ms", 250 * NSEC_PER_MSEC, NULL, "milliseconds are no minutes" },
	{ "10us", 10 * NSEC_PER_USEC, NULL, "microseconds" },
	{ "10\u00b5s", 10 * NSEC_PER_USEC, "10us", "as Go prints them" },
	{ "10\u03bcs", 10 * NSEC_PER_USEC, "10us", "with the Greek letter" },
	{ "5ns", 5, NULL, "nanoseconds" },
	{ "7d", 7 * NSEC_PER_DAY, NULL, "days" },
	{ "2w", 14 * NSEC_PER_DAY, "14d", "weeks" },
	{ "1d12h", 36 * NSEC_PER_HOUR, NULL, "mixed" },
	{ "12h1d", 36 * NSEC_PER_HOUR, "1d12h", "any order, as Go" },
	{ "1h1h", 7200 * S, "2h", "twice the same, as Go" },
	{ "36500d", 36500 * NSEC_PER_DAY, NULL, "the most" },
	{ "1d2h3m4s5ms6us7ns", 93784005006007, NULL, "every unit" },
	{ "36500d1ns", -1, NULL, "more than the most" },
	{ "36501d", -1, NULL, "more than the most" },
	{ "99999999999999999999h", -1, NULL, "overflow of the digits" },
	{ "9999999999999999h", -1, NULL, "overflow by the unit" },
	{ "", -1, NULL, "empty" },
	{ "10", -1, NULL, "a number needs a unit" },
	{ "h", -1, NULL, "no number" },
	{ ".h", -1, NULL, "no digit" },
	{ "-1h", -1, NULL, "negative" },
	{ "1h ", -1, NULL, "a space" },
	{ "1h30", -1, NULL, "the last unit is missing" },
	{ "1y", -1, NULL, "years are not all alike" },
	{ "1H", -1, NULL, "case matters: 1M could be a month" },
	{ "1 h", -1, NULL, "a space between" },
	{ "tomorrow", -1, NULL, "a word" },
};

START_TEST(duration)
{
	int64_t ns = -7;
	char text[TIME_TEXT];
	const char *exact = durations[_i].exact ? durations[_i].exact : durations[_i].text;
	struct error err = ERROR_INIT;
	int rc = duration_parse(durations[_i].text, &ns, &err);

	if (durations[_i].ns >= 0) {
		ck_assert_msg(rc == 0 && ns == durations[_i].ns, "%s: %lld, %s", durations[_i].why,
			      (long long)ns, err.text);
		duration_format(text, ns);
		ck_assert_msg(strcmp(text, exact) == 0, "%s: %s", durations[_i].why, text);
		return;
	}
	ck_assert_msg(rc == -1 && err.kind == ERROR_INPUT && ns == -7, "%s", durations[_i].why);
	ck_assert_msg(strstr(err.text, durations[_i].text) && strstr(err.text, "1h30m"),
		      "%s: shows what was wrong and what is right: %s", durations[_i].why,
		      err.text);
}
END_TEST

START_TEST(duration_round_trip)
{
	struct random r = random_start();

	for (int i = 0; i < 20000; i++) {
		int64_t ns = random_magnitude(&r) % (36500 * NSEC_PER_DAY + 1);
		int64_t again = -1;
		char text[TIME_TEXT];
		struct error err = ERROR_INIT;

		ck_assert_msg(duration_parse(duration_format(text, ns), &again, &err) == 0 &&
				      again == ns,
			      RANDOM_SEED ": %lld became %s became %lld",
			      (unsigned long long)r.seed, (long long)ns, text, (long long)again);
	}
}
END_TEST

static const struct {
	int64_t ns;
	const char *text;
	const char *why;
} humans[] = {
	{ 0, "0 s", "nothing" },
	{ 3 * NSEC_PER_DAY, "3 days", "no second unit that is zero" },
	{ 3 * NSEC_PER_DAY + 4 * NSEC_PER_HOUR, "3 days 4 h", "two units" },
	{ NSEC_PER_DAY + 90 * NSEC_PER_MIN, "1 day 1 h", "one day; the rest is cut" },
	{ NSEC_PER_DAY + 30 * NSEC_PER_MIN, "1 day", "the next unit is zero" },
	{ 10 * NSEC_PER_DAY + 4 * NSEC_PER_HOUR, "10 days", "two digits tell enough" },
	{ 2 * NSEC_PER_HOUR + 5 * NSEC_PER_MIN, "2 h 5 min", "hours" },
	{ 59 * NSEC_PER_MIN + 59 * S, "59 min", "minutes" },
	{ 40 * S, "40 s", "seconds" },
	{ -40 * S, "40 s", "the magnitude" },
	{ 1500 * NSEC_PER_MSEC, "1 s", "below a minute one unit is enough" },
	{ 250 * NSEC_PER_MSEC, "250 ms", "milliseconds" },
	{ 9 * NSEC_PER_USEC + 1, "9 us", "tiny" },
	{ 7, "7 ns", "the smallest unit has no second one" },
	{ INT64_MIN, "106751 days", "the magnitude of the least does not overflow" },
};

START_TEST(human)
{
	char text[TIME_TEXT];

	duration_human(text, humans[_i].ns);
	ck_assert_msg(strcmp(text, humans[_i].text) == 0, "%s: %s", humans[_i].why, text);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("timefmt");
	TCase *tc = tcase_create("timefmt");

	tcase_add_loop_test(tc, parse_time, 0, (int)array_len(times));
	tcase_add_loop_test(tc, format_time, 0, (int)array_len(shown));
	tcase_add_test(tc, time_round_trip);
	tcase_add_test(tc, seconds);
	tcase_add_loop_test(tc, duration, 0, (int)array_len(durations));
	tcase_add_test(tc, duration_round_trip);
	tcase_add_loop_test(tc, human, 0, (int)array_len(humans));
	suite_add_tcase(s, tc);
	return s;
}
