/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/suite.h"

#include <string.h>

#include "common/base/alloc.h"
#include "common/codec/retry_after.h"

#define S   NSEC_PER_SEC
#define NOW (1795482123 * S) /* 2026-11-24T01:02:03Z */

static const struct {
	const char *value;
	int64_t date; /* s after NOW; TIME_NONE: the reply has none */
	int64_t wait; /* s */
	const char *why;
} good[] = {
	{ "120", TIME_NONE, 120, "RFC 9110: seconds" },
	{ "0", TIME_NONE, 0, "at once" },
	{ " 5\t", TIME_NONE, 5, "blanks" },
	{ "007", TIME_NONE, 7, "zeros in front" },
	{ "1.5", TIME_NONE, 2, "a fraction, rounded up" },
	{ "2.000", TIME_NONE, 2, "a fraction that is none" },
	{ "0.001", TIME_NONE, 1, "a short one" },
	{ "31536000", TIME_NONE, 31536000, "a year" },
	{ "31536001", TIME_NONE, 31536000, "more than a year" },
	{ "99999999999999999999999", TIME_NONE, 31536000, "beyond all numbers" },
	{ "120", 50, 120, "the date says nothing of seconds" },
	{ "Tue, 24 Nov 2026 01:03:03 GMT", TIME_NONE, 60, "a date, from now on" },
	{ "Tue, 24 Nov 2026 01:03:03 GMT", -3600, 3660, "from the reply's own date on" },
	{ "Tue, 24 Nov 2026 01:03:03 GMT", 50, 10, "whose clock is ahead" },
	{ "Tue, 24 Nov 2026 01:03:03 GMT", 61, 0, "past by the reply's own date" },
	{ "Tue, 24 Nov 2026 01:02:02 GMT", TIME_NONE, 0, "past" },
	{ "Thu, 01 Jan 1970 00:00:00 GMT", TIME_NONE, 0, "long past" },
	{ "Fri, 31 Dec 2261 23:59:59 GMT", TIME_NONE, 31536000, "the far future" },
	{ "Tuesday, 24-Nov-26 01:03:03 GMT", TIME_NONE, 60, "RFC 850" },
	{ "Tue Nov 24 01:03:03 2026", TIME_NONE, 60, "asctime" },
};

START_TEST(reads)
{
	struct error err = ERROR_INIT;
	int64_t date = good[_i].date == TIME_NONE ? TIME_NONE : NOW + good[_i].date * S;
	int64_t wait = -42;

	ck_assert_msg(retry_after_parse(good[_i].value, strlen(good[_i].value), NOW, date, &wait,
					&err) == 0,
		      "%s: %s", good[_i].why, err.text);
	ck_assert_msg(wait == good[_i].wait * S, "%s: %lld", good[_i].why, (long long)wait);
}
END_TEST

static const struct {
	const char *value;
	size_t len;
} bad[] = {
#define TEXT(t)                  \
	{                        \
		t, sizeof(t) - 1 \
	}
	TEXT(""),
	TEXT("   "),
	TEXT("-1"),
	TEXT("+1"),
	TEXT("1s"),
	TEXT("1 2"),
	TEXT("0x10"),
	TEXT("1e3"),
	TEXT("."),
	TEXT("soon"),
	TEXT("880.092us, allowed: 44000/minute"),
	TEXT("Tue, 24 Nov 2026 01:03:03"),
	TEXT("2026-11-24T01:03:03Z"),
	TEXT("120\0"),
	TEXT("\0"
	     "120"),
	TEXT("1\0"
	     "20"),
#undef TEXT
};

START_TEST(refuses)
{
	struct error err = ERROR_INIT;
	int64_t wait = -42;

	ck_assert_msg(retry_after_parse(bad[_i].value, bad[_i].len, NOW, TIME_NONE, &wait, &err) ==
			      -1,
		      "%s", bad[_i].value);
	ck_assert(err.kind == ERROR_INPUT && wait == -42);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("retry_after");
	TCase *t = tcase_create("retry_after");

	tcase_add_loop_test(t, reads, 0, (int)array_len(good));
	tcase_add_loop_test(t, refuses, 0, (int)array_len(bad));
	suite_add_tcase(s, t);
	return s;
}
