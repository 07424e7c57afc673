/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/suite.h"

#include <inttypes.h>

#include "common/base/attr.h"
#include "common/base/clock.h"
#include "plugins/timesync/estimate.h"
#include "tests/unit/random.h"

#define L INTERVAL_LIMIT

/* --- Intervals ------------------------------------------------------------------------------- */

static const struct {
	struct interval i;
	int64_t offset, bound, least, most;
	const char *why;
} readings[] = {
	{ { 0, 0 }, 0, 0, 0, 0, "certain" },
	{ { -3, 5 }, 1, 4, 0, 5, "around zero" },
	{ { -5, 3 }, -1, 4, 0, 5, "around zero, mostly behind" },
	{ { 3, 6 }, 4, 2, 3, 6, "odd width: middle towards lo, bound rounded up" },
	{ { -6, -3 }, -5, 2, 3, 6, "towards lo below zero too" },
	{ { 0, 7 }, 3, 4, 0, 7, "zero is one of its ends" },
	{ { -L, L }, 0, L, 0, L, "nothing known" },
	{ { L, L }, L, 0, L, L, "beyond the upper limit" },
	{ { -L, -L }, -L, 0, L, L, "beyond the lower limit" },
	{ { INT64_MIN, INT64_MAX }, 0, L, 0, L, "ends that no function here makes" },
};

START_TEST(interval_says)
{
	struct interval i = readings[_i].i;
	const char *why = readings[_i].why;

	ck_assert_msg(interval_offset(i) == readings[_i].offset, "%s: offset %" PRId64, why,
		      interval_offset(i));
	ck_assert_msg(interval_bound(i) == readings[_i].bound, "%s: bound %" PRId64, why,
		      interval_bound(i));
	ck_assert_msg(interval_least(i) == readings[_i].least, "%s: least %" PRId64, why,
		      interval_least(i));
	ck_assert_msg(interval_most(i) == readings[_i].most, "%s: most %" PRId64, why,
		      interval_most(i));
}
END_TEST

static const struct {
	struct interval a, b, sum;
	bool meet;
	struct interval both;
	const char *why;
} pairs[] = {
	{ { 1, 2 }, { 10, 20 }, { 11, 22 }, false, { 0, 0 }, "apart" },
	{ { 10, 20 }, { 1, 2 }, { 11, 22 }, false, { 0, 0 }, "apart, the other way round" },
	{ { 1, 5 }, { 5, 9 }, { 6, 14 }, true, { 5, 5 }, "ends belong to it" },
	{ { -9, 9 }, { 2, 3 }, { -7, 12 }, true, { 2, 3 }, "one inside the other" },
	{ { L, L }, { L, L }, { L, L }, true, { L, L }, "the sum is cut" },
	{ { -L, -L }, { -L, L }, { -L, 0 }, true, { -L, -L }, "cut at one end" },
	{ { INT64_MIN, 0 }, { INT64_MIN, 1 }, { -L, 1 }, true, { INT64_MIN, 0 }, "no overflow" },
};

START_TEST(intervals_combine)
{
	struct interval sum = interval_add(pairs[_i].a, pairs[_i].b);
	struct interval both = { 77, 78 };
	bool meet = interval_intersect(pairs[_i].a, pairs[_i].b, &both);
	const char *why = pairs[_i].why;

	ck_assert_msg(sum.lo == pairs[_i].sum.lo && sum.hi == pairs[_i].sum.hi,
		      "%s: sum [%" PRId64 ", %" PRId64 "]", why, sum.lo, sum.hi);
	ck_assert_msg(meet == pairs[_i].meet, "%s", why);
	if (!meet)
		ck_assert_msg(both.lo == 77 && both.hi == 78, "%s: not left alone", why);
	else
		ck_assert_msg(both.lo == pairs[_i].both.lo && both.hi == pairs[_i].both.hi,
			      "%s: both [%" PRId64 ", %" PRId64 "]", why, both.lo, both.hi);
}
END_TEST

START_TEST(intervals_turn_and_widen)
{
	struct interval i = interval_negate((struct interval){ -3, 8 });

	ck_assert(i.lo == -8 && i.hi == 3);
	i = interval_negate((struct interval){ INT64_MIN, INT64_MIN });
	ck_assert(i.lo == L && i.hi == L);
	i = interval_widen((struct interval){ -3, 8 }, 10);
	ck_assert(i.lo == -13 && i.hi == 18);
	i = interval_widen((struct interval){ L - 1, L }, INT64_MAX);
	ck_assert(i.lo == -L && i.hi == L);
}
END_TEST

static const struct {
	int64_t span, drift;
} drifts[] = {
	{ 0, 0 },
	{ -5, 0 },
	{ 1, 1 }, /* rounded up */
	{ 2000, 1 },
	{ 2001, 2 },
	{ NSEC_PER_SEC, 500 * NSEC_PER_USEC },
	{ 3 * NSEC_PER_DAY + 1, 129600 * NSEC_PER_MSEC + 1 },
	{ INT64_MAX, INT64_MAX / 2000 + 1 },
};

START_TEST(drift_of_a_span)
{
	ck_assert_int_eq(estimate_drift(drifts[_i].span), drifts[_i].drift);
}
END_TEST

/* --- Exchanges ------------------------------------------------------------------------------- */

#define ANCHOR (1000 * NSEC_PER_SEC)
#define AT(ns) (ANCHOR + (ns))

/* One or two exchanges; resolution 1 on both sides, times far below 1 s, so that the drift of an
 * exchange is 1 ns for each 2000 begun (the resolution counts too). */
static const struct {
	struct exchange x[2];
	enum estimate_result result; /* of the last */
	struct interval offset;
	int64_t delay;
	const char *why;
} exchanges[] = {
	{ { { 0, 1000, AT(500), AT(600), 1 } },
	  ESTIMATE_OK,
	  { -400 - 1 - 1, 500 + 1 + 1 },
	  900,
	  "in step, a symmetric way" },
	{ { { 0, 1000, AT(700), AT(700), 1 } },
	  ESTIMATE_OK,
	  { -300 - 2, 700 + 2 },
	  1000,
	  "a slow way out moves the middle, and stays inside" },
	{ { { 0, 1000, AT(5500), AT(5600), 1 } },
	  ESTIMATE_OK,
	  { 4600 - 2, 5500 + 2 },
	  900,
	  "ahead is positive" },
	{ { { 0, 1000, AT(-5500), AT(-5400), 1 } },
	  ESTIMATE_OK,
	  { -6400 - 2, -5500 + 2 },
	  900,
	  "behind is negative" },
	{ { { 0, 1000, AT(0), AT(0), 400 } },
	  ESTIMATE_OK,
	  { -1000 - 2, 400 + 1 },
	  1000,
	  "that clock's resolution: upwards only" },
	{ { { 0, 1000, AT(0), AT(0), 0 } },
	  ESTIMATE_OK,
	  { -1000 - 2, 2 },
	  1000,
	  "no clock is finer than a nanosecond" },
	{ { { 0, 9999, AT(5000), AT(5000), 1 } },
	  ESTIMATE_OK,
	  { -4999 - 1 - 5, 5000 + 1 + 5 },
	  9999,
	  "the drift of a whole exchange: which moment is meant is not known" },
	{ { { 0, 1000, AT(100), AT(100), 1 }, { 2000, 3000, AT(2900), AT(2900), 1 } },
	  ESTIMATE_OK,
	  { -100 - 1 - 1, 100 + 1 + 1 + 1 },
	  1000,
	  "a quick way out and a quick way back together; the older one gives way by its age" },
	{ { { 0, 1000, AT(100), AT(100), 1 }, { 2000, 3000, AT(2500), AT(2800), 1 } },
	  ESTIMATE_OK,
	  { -200 - 1 - 1, 100 + 1 + 1 + 1 },
	  700,
	  "the smallest delay is kept" },
	{ { { 2000, 3000, AT(2500), AT(2800), 1 }, { 0, 1000, AT(100), AT(100), 1 } },
	  ESTIMATE_OK,
	  { -200 - 1 - 1, 100 + 1 + 2 },
	  700,
	  "an answer that was handed on late" },
	{ { { 0, 1000, AT(100), AT(100), 1 }, { 2000, 3000, AT(9900), AT(9900), 1 } },
	  ESTIMATE_STEPPED,
	  { -900 - 2, 100 + 2 },
	  1000,
	  "stepped forward in between" },
	{ { { 0, 1000, AT(100), AT(100), 1 }, { 2000, 3000, AT(1000), AT(1000), 1 } },
	  ESTIMATE_STEPPED,
	  { -900 - 2, 100 + 2 },
	  1000,
	  "stepped back in between" },
	{ { { 0, 1000, AT(100), AT(100), 1 }, { 2000, 1999, AT(2000), AT(2000), 1 } },
	  ESTIMATE_ABSURD,
	  { -900 - 2, 100 + 2 },
	  1000,
	  "answered before it was asked" },
	{ { { 0, 1000, AT(100), AT(100), 1 }, { 2000, 3000, AT(2500), AT(2499), 1 } },
	  ESTIMATE_ABSURD,
	  { -900 - 2, 100 + 2 },
	  1000,
	  "stepped back while it answered" },
	{ { { 0, 1000, AT(100), AT(100), 1 }, { 2000, 3000, AT(1000), AT(2004), 1 } },
	  ESTIMATE_ABSURD,
	  { -900 - 2, 100 + 2 },
	  1000,
	  "stepped forward while it answered: more time passed there than here" },
	{ { { 2000, 3000, AT(2000), AT(3003), 1 } },
	  ESTIMATE_OK,
	  { 3 - 1 - 1, 0 + 1 + 1 },
	  0,
	  "as much more as drift and resolutions explain" },
};

START_TEST(exchange_tells)
{
	const char *why = exchanges[_i].why;
	enum estimate_result result = ESTIMATE_OK;
	struct estimate e;

	estimate_init(&e, ANCHOR, 1);
	for (size_t i = 0; i < 2; i++) {
		if (exchanges[_i].x[i].answered == 0)
			continue;
		ck_assert_msg(result == ESTIMATE_OK, "%s: the first", why);
		result = estimate_add(&e, &exchanges[_i].x[i]);
	}
	ck_assert_msg(result == exchanges[_i].result, "%s: result %d", why, (int)result);
	ck_assert_msg(e.offset.lo == exchanges[_i].offset.lo &&
			      e.offset.hi == exchanges[_i].offset.hi,
		      "%s: [%" PRId64 ", %" PRId64 "]", why, e.offset.lo, e.offset.hi);
	ck_assert_msg(e.delay == exchanges[_i].delay, "%s: delay %" PRId64, why, e.delay);
}
END_TEST

START_TEST(old_news_are_wider)
{
	const struct exchange x = { 0, 1000, AT(500), AT(500), 1 };
	struct interval later;
	struct estimate e;

	estimate_init(&e, ANCHOR, 1);
	ck_assert_int_eq(estimate_add(&e, &x), ESTIMATE_OK);
	ck_assert_int_eq(e.when, 1000);
	ck_assert_uint_eq(e.samples, 1);
	later = estimate_at(&e, 1000 + NSEC_PER_SEC);
	ck_assert_int_eq(later.lo, e.offset.lo - 500 * NSEC_PER_USEC);
	ck_assert_int_eq(later.hi, e.offset.hi + 500 * NSEC_PER_USEC);
	later = estimate_at(&e, 10);
	ck_assert_int_eq(later.lo, e.offset.lo);
	ck_assert_int_eq(later.hi, e.offset.hi);
	e.drift_ppm += 500;
	later = estimate_at(&e, 1000 + NSEC_PER_SEC);
	ck_assert_int_eq(later.lo, e.offset.lo - NSEC_PER_MSEC);
}
END_TEST

static const struct {
	int64_t anchor, resolution;
	struct interval offset;
	const char *why;
} again[] = {
	{ ANCHOR, 10, { -502, 502 }, "nothing moved" },
	{ ANCHOR, 30, { -522, 502 }, "known less well now: behind is possible" },
	{ ANCHOR - 7, 10, { -502, 509 }, "this clock fell back: that one is further ahead" },
	{ ANCHOR + 7, 10, { -509, 502 }, "this clock went forward" },
	{ ANCHOR - 7, 100, { -585, 509 }, "both" },
	{ INT64_MIN, INT64_MAX, { -502, L }, "no overflow" },
};

START_TEST(host_looks_again)
{
	struct estimate e;

	estimate_init(&e, ANCHOR, 10);
	e.offset = (struct interval){ -502, 502 };
	estimate_end(&e, again[_i].anchor, again[_i].resolution);
	ck_assert_msg(e.offset.lo == again[_i].offset.lo && e.offset.hi == again[_i].offset.hi,
		      "%s: [%" PRId64 ", %" PRId64 "]", again[_i].why, e.offset.lo, e.offset.hi);
}
END_TEST

/* --- Properties ------------------------------------------------------------------------------ */

/* Any 64 bits, and often the ends of their range. */
static int64_t any(struct random *r)
{
	static const int64_t ends[] = { INT64_MIN, INT64_MIN + 1, INT64_MAX, -L, L, 0, -1 };

	switch (random_below(r, 4)) {
	case 0:
		return ends[random_below(r, array_len(ends))];
	case 1:
		return random_magnitude(r);
	case 2:
		return -random_magnitude(r);
	default:
		return (int64_t)random_next(r);
	}
}

/* UBSan watches; the asserts say that what comes out is an interval. */
START_TEST(any_times_at_all)
{
	struct random r = random_start();

	for (int run = 0; run < 200000; run++) {
		struct estimate e;

		estimate_init(&e, any(&r), any(&r));
		for (int i = 0; i < 3; i++) {
			struct exchange x = { any(&r), any(&r), any(&r), any(&r), any(&r) };
			size_t before = e.samples;
			enum estimate_result result = estimate_add(&e, &x);
			struct interval at = estimate_at(&e, any(&r));

			ck_assert_msg(e.samples == before + (result == ESTIMATE_OK), RANDOM_SEED,
				      (unsigned long long)r.seed);
			ck_assert_msg(e.delay >= 0 && at.lo <= at.hi && at.lo >= -L && at.hi <= L,
				      RANDOM_SEED, (unsigned long long)r.seed);
			at = interval_add(interval_negate(at), e.offset);
			ck_assert_msg(at.lo <= at.hi && interval_bound(at) >= 0 &&
					      interval_least(at) <= interval_most(at),
				      RANDOM_SEED, (unsigned long long)r.seed);
		}
	}
}
END_TEST

/*
 * Two true clocks. This machine's REALTIME is the time that passes, t; that machine's shows
 * t + offset + t * ppm / 10^6. Everything is exact but for the drift, which is rounded by less than
 * a nanosecond: hence the 1 that is given way to below.
 */
struct clocks {
	int64_t offset, ppm;
	int64_t here, there; /* resolutions */
};

static int64_t true_offset(const struct clocks *c, int64_t t)
{
	return c->offset + t * c->ppm / 1000000;
}

static int64_t cut(int64_t reading, int64_t resolution)
{
	int64_t rest = reading % resolution;

	return reading - (rest < 0 ? rest + resolution : rest);
}

static int64_t random_resolution(struct random *r)
{
	static const int64_t resolutions[] = { 1,
					       1,
					       100,
					       NSEC_PER_USEC,
					       NSEC_PER_MSEC,
					       4 * NSEC_PER_MSEC,
					       15625 * NSEC_PER_USEC,
					       NSEC_PER_SEC };

	return resolutions[random_below(r, array_len(resolutions))];
}

/* Mostly some 100 us, with a tail to seconds. */
static int64_t random_delay(struct random *r)
{
	int64_t delay = (int64_t)random_below(r, 200000);

	for (int64_t tail = 100000; random_below(r, 5) == 0 && tail < NSEC_PER_SEC; tail *= 10)
		delay += (int64_t)random_below(r, (uint64_t)tail * 10);
	return delay;
}

/* Asks at *t, and leaves *t at the moment of the answer. */
static struct exchange ask(struct random *r, const struct clocks *c, int64_t anchor, int64_t *t)
{
	struct exchange x = { .resolution = c->there };

	x.sent = cut(*t - anchor, c->here);
	*t += random_delay(r);
	x.received = cut(*t + true_offset(c, *t), c->there);
	*t += random_delay(r) / 10;
	x.replied = cut(*t + true_offset(c, *t), c->there);
	*t += random_delay(r);
	x.answered = cut(*t - anchor, c->here);
	return x;
}

static void check_truth(const struct clocks *c, const struct estimate *e, int64_t t, uint64_t seed)
{
	struct interval i = estimate_at(e, cut(t - e->anchor, c->here));
	int64_t truth = true_offset(c, t);

	ck_assert_msg(i.lo - 1 <= truth && truth <= i.hi + 1,
		      "offset %" PRId64 " not in [%" PRId64 ", %" PRId64 "], %" PRId64
		      " ppm, " RANDOM_SEED,
		      truth, i.lo, i.hi, c->ppm, (unsigned long long)seed);
}

static struct clocks random_clocks(struct random *r)
{
	struct clocks c = {
		.ppm = (int64_t)random_below(r, 2 * ESTIMATE_DRIFT_PPM + 1) - ESTIMATE_DRIFT_PPM,
		.here = random_resolution(r),
		.there = random_resolution(r),
	};

	c.offset = (int64_t)random_below(r, (uint64_t)NSEC_PER_DAY) - NSEC_PER_DAY / 2;
	return c;
}

START_TEST(truth_is_inside)
{
	struct random r = random_start();

	for (int run = 0; run < 20000; run++) {
		struct clocks c = random_clocks(&r);
		int64_t t = (int64_t)random_below(&r, (uint64_t)NSEC_PER_HOUR);
		int64_t anchor = -c.here * (int64_t)random_below(&r, 1000);
		struct estimate e;
		unsigned asked = 1 + (unsigned)random_below(&r, 20);
		/* What the header promises of the width: no exchange alone does better. */
		int64_t narrowest = INT64_MAX;

		estimate_init(&e, anchor, c.here);
		for (unsigned i = 0; i < asked; i++) {
			int64_t began = t;
			struct exchange x = ask(&r, &c, anchor, &t);
			int64_t alone = x.answered - x.sent - (x.replied - x.received);

			ck_assert_msg(estimate_add(&e, &x) == ESTIMATE_OK, "run %d, " RANDOM_SEED,
				      run, (unsigned long long)r.seed);
			check_truth(&c, &e, t, r.seed);
			alone += c.here + c.there + 2 * estimate_drift(t - began + 2 * c.here) + 2;
			narrowest += i ? 2 * estimate_drift(t - began + 2 * c.here) + 2 : 0;
			narrowest = alone < narrowest || i == 0 ? alone : narrowest;
			ck_assert_msg(e.offset.hi - e.offset.lo <= narrowest,
				      "%" PRId64 " > %" PRId64 ", " RANDOM_SEED,
				      e.offset.hi - e.offset.lo, narrowest,
				      (unsigned long long)r.seed);
			t += (int64_t)random_below(&r, 20 * NSEC_PER_MSEC);
			narrowest += 2 * estimate_drift(20 * NSEC_PER_MSEC);
		}
		ck_assert_uint_eq(e.samples, asked);
		t += random_magnitude(&r) % (NSEC_PER_DAY / 24);
		check_truth(&c, &e, t, r.seed);
	}
}
END_TEST

/* Beyond what both intervals are wide, a step between two exchanges is always noticed. */
START_TEST(steps_are_noticed)
{
	struct random r = random_start();

	for (int run = 0; run < 20000; run++) {
		struct clocks c = random_clocks(&r);
		int64_t t = 0;
		struct exchange x = ask(&r, &c, 0, &t);
		struct interval known;
		struct estimate e, before;
		int64_t step;

		estimate_init(&e, 0, c.here);
		ck_assert_int_eq(estimate_add(&e, &x), ESTIMATE_OK);
		before = e;
		known = e.offset;
		x = ask(&r, &c, 0, &t);
		step = known.hi - known.lo + 2 * (x.answered - x.sent) + 4 * (c.here + c.there) +
		       4 * estimate_drift(x.answered) + 10;
		step = random_below(&r, 2) ? step : -step;
		x.received += step;
		x.replied += step;
		ck_assert_msg(estimate_add(&e, &x) == ESTIMATE_STEPPED, RANDOM_SEED,
			      (unsigned long long)r.seed);
		ck_assert_mem_eq(&e, &before, sizeof(e));
	}
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("estimate");
	TCase *t = tcase_create("intervals");

	tcase_add_loop_test(t, interval_says, 0, (int)array_len(readings));
	tcase_add_loop_test(t, intervals_combine, 0, (int)array_len(pairs));
	tcase_add_test(t, intervals_turn_and_widen);
	tcase_add_loop_test(t, drift_of_a_span, 0, (int)array_len(drifts));
	suite_add_tcase(s, t);
	t = tcase_create("exchanges");
	tcase_add_loop_test(t, exchange_tells, 0, (int)array_len(exchanges));
	tcase_add_test(t, old_news_are_wider);
	tcase_add_loop_test(t, host_looks_again, 0, (int)array_len(again));
	suite_add_tcase(s, t);
	t = tcase_create("properties");
	tcase_add_test(t, any_times_at_all);
	tcase_add_test(t, truth_is_inside);
	tcase_add_test(t, steps_are_noticed);
	suite_add_tcase(s, t);
	return s;
}
