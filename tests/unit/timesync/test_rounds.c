/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/suite.h"

#include "common/base/attr.h"
#include "common/base/clock.h"
#include "plugins/timesync/decide.h"
#include "plugins/timesync/measure.h"
#include "plugins/timesync/rounds.h"

#define HERE  (1000 * NSEC_PER_SEC) /* the host's anchor */
#define THERE (7 * NSEC_PER_SEC)    /* the engine's */
#define US(n) ((n)*NSEC_PER_USEC)
#define MS(n) ((n)*NSEC_PER_MSEC)

/* The engine is in step; exchange i begins at i ms and takes `way` in each direction. */
static enum rounds_result add(struct rounds *r, int i, int64_t way, int64_t anchor, uint32_t width)
{
	int64_t sent = MS((int64_t)i);
	const struct exchange x = {
		.sent = sent,
		.received = HERE + sent + way,
		.replied = HERE + sent + way,
		.answered = sent + 2 * way,
		.resolution = 1,
	};
	const struct wire_reply reply = { .anchor = anchor, .anchor_width = width };

	return rounds_add(r, &x, &reply, x.answered);
}

START_TEST(first_and_last_do_not_count)
{
	enum { LAST = 2 + ROUNDS_IDLE }; /* one that shrinks, the third, and then no other */
	struct rounds r;

	rounds_begin(&r, HERE, 1, false);
	/* The first and the last would be the best of all. */
	for (int i = 0; i < LAST; i++)
		ck_assert_int_eq(add(&r, i, i ? US(100) : US(1), THERE, 10), ROUNDS_MORE);
	ck_assert_int_eq(add(&r, LAST, US(1), THERE, 10), ROUNDS_ENOUGH);
	ck_assert_uint_eq(r.exchanges, LAST + 1);
	ck_assert_uint_eq(r.estimate.samples, LAST - 1);
	ck_assert_int_eq(r.estimate.delay, US(200));
	ck_assert_int_eq(r.estimate.when, MS(LAST - 1) + US(200));
	ck_assert(rounds_end(&r, HERE, 1));
}
END_TEST

START_TEST(ends_after_a_while)
{
	struct rounds r;
	int i = 0;

	/* Each is better than the one before: only the number, and the time, end that. */
	rounds_begin(&r, HERE, 1, false);
	while (add(&r, i, US(499) * 9 / (9 + i), THERE, 10) == ROUNDS_MORE)
		i++;
	ck_assert_uint_le(r.exchanges, ROUNDS_MOST);
	ck_assert_uint_gt(r.exchanges, ROUNDS_LEAST + 1);

	/* Slow ones: 40 ms each. */
	rounds_begin(&r, HERE, 1, false);
	for (i = 0; add(&r, 40 * i, MS(20) - US(900) * i, THERE, 10) == ROUNDS_MORE; i++)
		;
	ck_assert_uint_le(r.exchanges, ROUNDS_LEAST + ROUNDS_TIME / MS(40) + 1);
}
END_TEST

/* What the 4th reply says, after three that said THERE +- 10. */
static const struct {
	int64_t anchor;
	uint32_t width;
	enum rounds_result result;
	const char *why;
} steps[] = {
	{ THERE, 10, ROUNDS_MORE, "the same" },
	{ THERE + 20, 10, ROUNDS_MORE, "the same, as far as it can be told" },
	{ THERE + 21, 10, ROUNDS_STEPPED, "forward" },
	{ THERE - 21, 10, ROUNDS_STEPPED, "backward" },
	{ THERE - 90, 80, ROUNDS_MORE, "told less well" },
	{ THERE + 3 * NSEC_PER_DAY, 10, ROUNDS_STEPPED, "by days" },
	{ INT64_MIN, UINT32_MAX, ROUNDS_STEPPED, "nonsense" },
};

START_TEST(engine_steps_are_seen)
{
	struct rounds r;

	rounds_begin(&r, HERE, 1, false);
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(add(&r, i, US(100), THERE, 10), ROUNDS_MORE);
	ck_assert_msg(add(&r, 3, US(100), steps[_i].anchor, steps[_i].width) == steps[_i].result,
		      "%s", steps[_i].why);
}
END_TEST

/* A creeping anchor is a step too: all replies have to have one in common. */
START_TEST(creeping)
{
	struct rounds r;

	rounds_begin(&r, HERE, 1, false);
	ck_assert_int_eq(add(&r, 0, US(100), THERE, 10), ROUNDS_MORE);
	ck_assert_int_eq(add(&r, 1, US(100), THERE + 15, 10), ROUNDS_MORE);
	ck_assert_int_eq(add(&r, 2, US(100), THERE + 30, 10), ROUNDS_STEPPED);
}
END_TEST

/*
 * A machine that stood still shows in no anchor, since both its clocks did. Where that was in the
 * last exchange that counts, the one after it is the only one that knows.
 */
START_TEST(stood_still_in_the_last_that_counts)
{
	enum { STILL = 2 + ROUNDS_IDLE - 1 };
	const struct wire_reply reply = { .anchor = THERE, .anchor_width = 10 };
	struct rounds r;

	rounds_begin(&r, HERE, 1, false);
	for (int i = 0; i < STILL; i++)
		ck_assert_int_eq(add(&r, i, US(100), THERE, 10), ROUNDS_MORE);
	for (int i = STILL;; i++) {
		int64_t sent = MS((int64_t)i) + (i > STILL ? MS(200) : 0);
		const struct exchange x = {
			.sent = sent,
			.received = HERE + MS((int64_t)i) + US(100),
			.replied = HERE + MS((int64_t)i) + US(100),
			.answered = sent + US(200) + (i == STILL ? MS(200) : 0),
			.resolution = 1,
		};
		enum rounds_result result = rounds_add(&r, &x, &reply, x.answered);

		ck_assert_int_ne(result, ROUNDS_ENOUGH);
		if (result == ROUNDS_STEPPED)
			break;
	}
}
END_TEST

static const struct {
	int64_t anchor;
	bool ok;
	int64_t lo, hi; /* what is given way to */
} hosts[] = {
	{ HERE, true, 0, 0 },
	{ HERE + US(300), true, US(300), 0 },
	{ HERE - US(300), true, 0, US(300) },
	{ HERE + HOST_STEP + 1, false, 0, 0 },
	{ HERE - HOST_STEP - 1, false, 0, 0 },
};

START_TEST(host_steps_are_seen)
{
	struct interval before;
	struct rounds r;

	rounds_begin(&r, HERE, 1, false);
	for (int i = 0; i < 5; i++)
		ck_assert_int_eq(add(&r, i, US(100), THERE, 10), ROUNDS_MORE);
	before = r.estimate.offset;
	ck_assert(rounds_end(&r, hosts[_i].anchor, 1) == hosts[_i].ok);
	ck_assert_int_eq(r.estimate.offset.lo, before.lo - hosts[_i].lo);
	ck_assert_int_eq(r.estimate.offset.hi, before.hi + hosts[_i].hi);
}
END_TEST

START_TEST(nothing_counted)
{
	struct rounds r;

	rounds_begin(&r, HERE, 1, false);
	ck_assert(!rounds_end(&r, HERE, 1));
	ck_assert_int_eq(add(&r, 0, US(100), THERE, 10), ROUNDS_MORE);
	ck_assert_int_eq(add(&r, 1, US(100), THERE, 10), ROUNDS_MORE);
	ck_assert(!rounds_end(&r, HERE, 1));
}
END_TEST

START_TEST(slewing_drifts_more)
{
	struct rounds r;

	rounds_begin(&r, HERE, 1, true);
	ck_assert_int_eq(r.estimate.drift_ppm, ESTIMATE_DRIFT_PPM + DECIDE_SLEW_PPM);
}
END_TEST

/* Somebody else's slew, told by a reply in the middle. */
START_TEST(a_slew_that_begins)
{
	const struct exchange x = { .answered = 1000, .received = HERE, .replied = HERE };
	struct wire_reply reply = { .anchor = THERE, .anchor_width = 10 };
	struct rounds r;

	rounds_begin(&r, HERE, 1, false);
	ck_assert_int_eq(rounds_add(&r, &x, &reply, 1000), ROUNDS_MORE);
	ck_assert_int_eq(r.estimate.drift_ppm, ESTIMATE_DRIFT_PPM);
	reply.slew_left = -1000;
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(rounds_add(&r, &x, &reply, 1000), ROUNDS_MORE);
		ck_assert_int_eq(r.estimate.drift_ppm, ESTIMATE_DRIFT_PPM + DECIDE_SLEW_PPM);
	}
	reply.slew_left = 0;
	ck_assert_int_eq(rounds_add(&r, &x, &reply, 1000), ROUNDS_MORE);
	ck_assert_int_eq(r.estimate.drift_ppm, ESTIMATE_DRIFT_PPM + DECIDE_SLEW_PPM);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("rounds");
	TCase *t = tcase_create("rounds");

	tcase_add_test(t, first_and_last_do_not_count);
	tcase_add_test(t, ends_after_a_while);
	tcase_add_loop_test(t, engine_steps_are_seen, 0, (int)array_len(steps));
	tcase_add_test(t, creeping);
	tcase_add_test(t, stood_still_in_the_last_that_counts);
	tcase_add_loop_test(t, host_steps_are_seen, 0, (int)array_len(hosts));
	tcase_add_test(t, nothing_counted);
	tcase_add_test(t, slewing_drifts_more);
	tcase_add_test(t, a_slew_that_begins);
	suite_add_tcase(s, t);
	return s;
}
