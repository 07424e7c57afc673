/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/suite.h"

#include <poll.h>

#include "common/base/attr.h"
#include "common/os/wake.h"

#define S  NSEC_PER_SEC
#define MS NSEC_PER_MSEC

/* What passed on each clock between two readings, and what is to be told of it. */
static const struct {
	int64_t real, with_sleep, without_sleep;
	int64_t slept, stepped;
	const char *why;
} changes[] = {
	{ 0, 0, 0, 0, 0, "nothing passed" },
	{ 10 * S, 10 * S, 10 * S, 0, 0, "ten quiet seconds" },
	{ 50 * S, 50 * S, 10 * S, 40 * S, 0, "slept for 40 s" },
	{ 11 * S, 11 * S, 10 * S, 1 * S, 0, "the shortest sleep that is told" },
	{ 11 * S - 1, 11 * S - 1, 10 * S, 0, 0, "one shorter by a nanosecond" },
	{ 70 * 24 * 3600 * S, 70 * 24 * 3600 * S, 3 * S, 70 * 24 * 3600 * S - 3 * S, 0,
	  "closed for ten weeks" },
	{ 310 * S, 10 * S, 10 * S, 0, 300 * S, "set forward by 5 minutes" },
	{ -290 * S, 10 * S, 10 * S, 0, -300 * S, "set back by 5 minutes" },
	{ 10 * S + 5 * MS, 10 * S, 10 * S, 0, 5 * MS, "the smallest step that is told" },
	{ 10 * S - 5 * MS, 10 * S, 10 * S, 0, -5 * MS, "the same back" },
	{ 10 * S + 5 * MS - 1, 10 * S, 10 * S, 0, 0, "a smaller step" },
	{ 49 * S, 50 * S, 10 * S, 40 * S, -1 * S, "slept, and NTP corrected it on waking" },
	{ 10 * S, 10 * S, 10 * S + 20 * MS, 0, 0,
	  "the reader was scheduled away between two clocks: a sleep is never negative" },
	{ INT64_MAX, INT64_MIN, 0, 0, INT64_MAX, "nonsense saturates" },
};

START_TEST(compare)
{
	struct wake_clocks before = { 1700000000 * S, 5000 * S, 4000 * S }, after;

	if (changes[_i].real == INT64_MAX)
		before = (struct wake_clocks){ 0, 0, 0 };
	after = (struct wake_clocks){ before.real + changes[_i].real,
				      before.with_sleep + changes[_i].with_sleep,
				      before.without_sleep + changes[_i].without_sleep };
	struct wake_change change = wake_compare(&before, &after);
	ck_assert_msg(change.slept == changes[_i].slept, "%s: slept %lld", changes[_i].why,
		      (long long)change.slept);
	ck_assert_msg(change.stepped == changes[_i].stepped, "%s: stepped %lld", changes[_i].why,
		      (long long)change.stepped);
}
END_TEST

/* Nothing happens to the clocks of a machine that runs tests; looking must not claim otherwise. */
START_TEST(a_quiet_machine)
{
	struct error err = ERROR_INIT;
	struct wake_change change = { -1, -1 };
	scoped_wake *wake = NULL;

	ck_assert_int_eq(wake_open(&wake, &err), 0);
	for (int i = 0; i < 200; i++)
		ck_assert(!wake_look(wake, &change));
	ck_assert_int_eq(change.slept, -1);
	ck_assert_int_eq(change.stepped, -1);
#ifdef __linux__
	struct pollfd fd = { .fd = wake_fd(wake), .events = POLLIN };

	ck_assert_int_ge(fd.fd, 0);
	ck_assert_int_eq(poll(&fd, 1, 50), 0);
#else
	ck_assert_int_eq(wake_fd(wake), -1);
#endif
	wake_close(&wake);
	ck_assert_ptr_null(wake);
	wake_close(&wake);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("wake");
	TCase *tc = tcase_create("wake");

	tcase_add_loop_test(tc, compare, 0, array_len(changes));
	tcase_add_test(tc, a_quiet_machine);
	suite_add_tcase(s, tc);
	return s;
}
