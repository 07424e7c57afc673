/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/suite.h"

#include "common/os/wake.h"
#include "plugins/timesync/watch_verify.h"

#define S    NSEC_PER_SEC
#define HOUR NSEC_PER_HOUR
#define T0   (1000 * S)

/* When it may ask again after what. */
static const struct {
	enum error_kind failed; /* ERROR_NONE: answered */
	int64_t least;          /* ns until the next question */
	const char *why;
} asks[] = {
	{ ERROR_NONE, HOUR, "once an hour" },
	{ ERROR_UNREACHABLE, 15 * S, "no network yet, after a wake-up" },
	{ ERROR_TIMEOUT, 15 * S, "no network that answers" },
	{ ERROR_REMOTE, HOUR, "a kiss of death is obeyed" },
	{ ERROR_PROTOCOL, HOUR, "nonsense does not get better" },
	{ ERROR_CONFLICT, HOUR, "servers that disagree" },
};

START_TEST(politeness)
{
	struct watch_verify v = { 0 };
	struct interval offset = { 1, 2 }, out = { 7, 8 };

	ck_assert_msg(watch_verify_due(&v, T0), "the first question is free");
	ck_assert(!watch_verify_offset(&v, T0, &out));
	if (asks[_i].failed == ERROR_NONE)
		watch_verify_answer(&v, offset, T0);
	else
		watch_verify_failed(&v, asks[_i].failed, T0);
	ck_assert_msg(!watch_verify_due(&v, T0 + asks[_i].least - 1), "%s", asks[_i].why);
	ck_assert_msg(watch_verify_due(&v, T0 + asks[_i].least), "%s", asks[_i].why);
	ck_assert_msg(watch_verify_offset(&v, T0, &out) == (asks[_i].failed == ERROR_NONE), "%s",
		      asks[_i].why);
	if (asks[_i].failed != ERROR_NONE)
		ck_assert_msg(out.lo == 7 && out.hi == 8, "untouched");
}
END_TEST

START_TEST(an_answer_ages)
{
	struct watch_verify v = { 0 };
	struct interval offset = { -5 * S, -4 * S }, now;

	watch_verify_answer(&v, offset, T0);
	ck_assert(watch_verify_offset(&v, T0, &now));
	ck_assert_int_eq(now.lo, offset.lo);
	ck_assert_int_eq(now.hi, offset.hi);
	ck_assert(watch_verify_offset(&v, T0 + HOUR, &now));
	/* 500 ppm of an hour */
	ck_assert_int_eq(now.lo, offset.lo - 1800 * NSEC_PER_MSEC);
	ck_assert_int_eq(now.hi, offset.hi + 1800 * NSEC_PER_MSEC);
}
END_TEST

/* Known to be wrong by 5 s; then somebody sets it right: there is no need to ask again. */
START_TEST(a_step_is_carried_along)
{
	struct watch_verify v = { 0 };
	struct interval offset = { -5 * S, -5 * S }, now;

	watch_verify_answer(&v, offset, T0);
	watch_verify_stepped(&v, 5 * S);
	ck_assert(watch_verify_offset(&v, T0, &now));
	ck_assert_int_eq(now.lo, -WAKE_STEPPED);
	ck_assert_int_eq(now.hi, WAKE_STEPPED);
	watch_verify_failed(&v, ERROR_TIMEOUT, T0 + 2 * HOUR);
	ck_assert_msg(!watch_verify_offset(&v, T0 + 2 * HOUR, &now),
		      "what is too old is forgotten");
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("watch_verify");
	TCase *tc = tcase_create("watch_verify");

	tcase_add_loop_test(tc, politeness, 0, array_len(asks));
	tcase_add_test(tc, an_answer_ages);
	tcase_add_test(tc, a_step_is_carried_along);
	suite_add_tcase(s, tc);
	return s;
}
