/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/suite.h"

#include <inttypes.h>
#include <string.h>

#include "common/base/attr.h"
#include "common/base/clock.h"
#include "plugins/timesync/decide.h"
#include "tests/unit/random.h"

#define MS(n) ((n)*NSEC_PER_MSEC)

/* offset +- bound, in ms. */
#define AROUND(offset, bound)                                  \
	{                                                      \
		MS((offset) - (bound)), MS((offset) + (bound)) \
	}

static const struct {
	struct interval offset;
	int64_t tolerance;
	bool same_kernel;
	enum verdict verdict;
	const char *why;
} verdicts[] = {
	{ AROUND(1, 4), MS(500), false, VERDICT_IN_STEP, "certainly within" },
	{ { MS(-500), MS(500) }, MS(500), false, VERDICT_IN_STEP, "the tolerance is within it" },
	{ { MS(-500) - 1, MS(500) }, MS(500), false, VERDICT_UNKNOWN, "one ns beyond" },
	{ AROUND(501, 0), MS(500), false, VERDICT_OUT_OF_STEP, "beyond" },
	{ AROUND(-1023000, 4), MS(500), false, VERDICT_OUT_OF_STEP, "17 min behind" },
	{ { MS(500), MS(502) }, MS(500), false, VERDICT_UNKNOWN, "perhaps just within" },
	{ AROUND(-500, 1), MS(500), false, VERDICT_UNKNOWN, "straddles behind" },
	{ AROUND(0, 1000), MS(500), false, VERDICT_UNKNOWN, "too wide for such a tolerance" },
	{ { -INTERVAL_LIMIT, INTERVAL_LIMIT }, MS(500), false, VERDICT_UNKNOWN, "nothing known" },
	{ AROUND(0, 0), 0, false, VERDICT_IN_STEP, "no tolerance, and none needed" },
	{ AROUND(0, 1000), MS(500), true, VERDICT_SAME_CLOCK, "no bound matters on one kernel" },
	{ AROUND(3000, 20), MS(500), true, VERDICT_OUT_OF_STEP, "both are off by NTP's word" },
	{ AROUND(30, 20), MS(500), true, VERDICT_IN_STEP, "both are off, within the tolerance" },
};

START_TEST(verdict_of)
{
	enum verdict verdict = decide_verdict(verdicts[_i].offset, verdicts[_i].tolerance,
					      verdicts[_i].same_kernel);

	ck_assert_msg(verdict == verdicts[_i].verdict, "%s: %s", verdicts[_i].why,
		      verdict_name(verdict));
}
END_TEST

START_TEST(names)
{
	ck_assert_str_eq(verdict_name(VERDICT_SAME_CLOCK), "same-clock");
	ck_assert_int_eq(verdict_status(VERDICT_IN_STEP), 0);
	ck_assert_int_eq(verdict_status(VERDICT_SAME_CLOCK), 0);
	ck_assert_int_eq(verdict_status(VERDICT_OUT_OF_STEP), 3);
	ck_assert_int_eq(verdict_status(VERDICT_UNKNOWN), 1);
	ck_assert_str_eq(action_name(ACTION_NONE), "none");
	ck_assert_str_eq(action_name(ACTION_STEP), "step");
	ck_assert_str_eq(action_name(ACTION_SLEW), "slew");
	ck_assert_str_eq(action_name(ACTION_REFUSE), "refuse");
	ck_assert_str_eq(reason_name(REASON_MAX_STEP), "max-step");
	ck_assert_ptr_nonnull(strstr(reason_text(REASON_BACKWARD), "--no-backward"));
}
END_TEST

#define DIFFER .kernels = KERNELS_DIFFER
#define SAME   .kernels = KERNELS_SAME
#define BEHIND .offset = AROUND(-1200, 4) /* 1.2 s */
#define AHEAD  .offset = AROUND(1200, 4)
#define DAYS   .offset = AROUND(-3 * 86400000ll, 4)
#define SMALL  .offset = AROUND(-300, 4)
#define LEAST  .tolerance = DECIDE_LEAST

static const struct {
	struct situation s;
	struct orders orders;
	enum action action;
	enum reason reason;
	int64_t delta;
	bool overridable;
	const char *why;
} decisions[] = {
	/* What is done. */
	{ { BEHIND, DIFFER }, { LEAST }, ACTION_STEP, REASON_BEHIND, MS(1200), 0, "forward" },
	{ { AHEAD, DIFFER }, { LEAST }, ACTION_STEP, REASON_AHEAD, MS(-1200), 0, "backward" },
	{ { DAYS, DIFFER },
	  { LEAST },
	  ACTION_STEP,
	  REASON_BEHIND,
	  3 * NSEC_PER_DAY,
	  0,
	  "three days of sleep" },
	{ { .offset = { -INTERVAL_LIMIT, -INTERVAL_LIMIT }, DIFFER },
	  { LEAST },
	  ACTION_STEP,
	  REASON_BEHIND,
	  INTERVAL_LIMIT,
	  0,
	  "more than can be said: as far as it goes" },
	{ { BEHIND, DIFFER },
	  { LEAST, .dry_run = true },
	  ACTION_STEP,
	  REASON_BEHIND,
	  MS(1200),
	  0,
	  "a dry run decides alike" },
	/* In step. */
	{ { .offset = AROUND(9, 4), DIFFER },
	  { LEAST },
	  ACTION_NONE,
	  REASON_IN_STEP,
	  0,
	  0,
	  "9 ms" },
	{ { .offset = AROUND(10, 10), DIFFER },
	  { LEAST },
	  ACTION_NONE,
	  REASON_IN_STEP,
	  0,
	  0,
	  "just at the tolerance" },
	{ { .offset = AROUND(11, 4), DIFFER },
	  { LEAST },
	  ACTION_STEP,
	  REASON_AHEAD,
	  MS(-11),
	  0,
	  "just beyond it" },
	{ { .offset = AROUND(400, 4), DIFFER },
	  { .tolerance = MS(500) },
	  ACTION_NONE,
	  REASON_IN_STEP,
	  0,
	  0,
	  "--tolerance 500ms" },
	{ { .offset = { -7, -7 }, DIFFER },
	  { .tolerance = 0 },
	  ACTION_STEP,
	  REASON_BEHIND,
	  7,
	  0,
	  "no tolerance" },
	{ { .offset = { 0, 0 }, DIFFER },
	  { .tolerance = 0 },
	  ACTION_NONE,
	  REASON_IN_STEP,
	  0,
	  0,
	  "nothing at all to correct" },
	/* Bound against offset. */
	{ { .offset = AROUND(40, 40), DIFFER },
	  { LEAST },
	  ACTION_NONE,
	  REASON_UNCERTAIN,
	  0,
	  0,
	  "as large as its bound" },
	{ { .offset = AROUND(41, 40), DIFFER },
	  { LEAST },
	  ACTION_STEP,
	  REASON_AHEAD,
	  MS(-41),
	  0,
	  "larger than its bound" },
	{ { .offset = AROUND(-1, 40), DIFFER },
	  { LEAST },
	  ACTION_NONE,
	  REASON_UNCERTAIN,
	  0,
	  0,
	  "small, but who knows: not called in step" },
	{ { .offset = AROUND(0, 700), DIFFER, .remote = true, .host_wrong = true },
	  { LEAST },
	  ACTION_NONE,
	  REASON_UNCERTAIN,
	  0,
	  0,
	  "nothing to do comes before why it could not be done" },
	/* Kernels: no order changes it. */
	{ { .offset = AROUND(0, 4), SAME },
	  { LEAST },
	  ACTION_NONE,
	  REASON_SAME_CLOCK,
	  0,
	  0,
	  "this kernel, in step with itself" },
	{ { .offset = AROUND(0, 4), SAME, .remote = true, .denied = true },
	  { LEAST },
	  ACTION_NONE,
	  REASON_SAME_CLOCK,
	  0,
	  0,
	  "this kernel comes first" },
	{ { AHEAD, SAME },
	  { LEAST, .override = true },
	  ACTION_REFUSE,
	  REASON_SAME_CLOCK,
	  0,
	  0,
	  "this kernel, off by NTP's word: refused, override or not" },
	{ { SMALL, SAME },
	  { LEAST, .override = true, .slew = true },
	  ACTION_REFUSE,
	  REASON_SAME_CLOCK,
	  0,
	  0,
	  "nor slewed" },
	{ { .offset = { 1, 3 }, SAME },
	  { LEAST },
	  ACTION_REFUSE,
	  REASON_SAME_CLOCK,
	  0,
	  0,
	  "off by whatever" },
	{ { AHEAD, .kernels = KERNELS_UNKNOWN },
	  { LEAST, .override = true },
	  ACTION_REFUSE,
	  REASON_KERNELS_UNKNOWN,
	  0,
	  0,
	  "not known to be another kernel" },
	{ { .offset = { 0, 0 }, .kernels = KERNELS_UNKNOWN },
	  { LEAST },
	  ACTION_REFUSE,
	  REASON_KERNELS_UNKNOWN,
	  0,
	  0,
	  "before it is asked whether it is in step" },
	{ { AHEAD, .kernels = (enum kernels)77 },
	  { LEAST, .override = true },
	  ACTION_REFUSE,
	  REASON_KERNELS_UNKNOWN,
	  0,
	  0,
	  "a value that there is not: not known either" },
	/* What is refused, in its order. */
	{ { BEHIND, DIFFER, .host_wrong = true, .denied = true, .remote = true },
	  { LEAST, .override = true },
	  ACTION_REFUSE,
	  REASON_HOST_WRONG,
	  0,
	  0,
	  "a wrong host is not copied, override or not" },
	{ { BEHIND, DIFFER, .denied = true, .remote = true },
	  { LEAST, .override = true },
	  ACTION_REFUSE,
	  REASON_DENIED,
	  0,
	  0,
	  "what cannot be done is not offered for override" },
	{ { BEHIND, DIFFER, .remote = true, .synchronised = true },
	  { LEAST },
	  ACTION_REFUSE,
	  REASON_REMOTE,
	  0,
	  1,
	  "somebody's server" },
	{ { BEHIND, DIFFER, .remote = true },
	  { LEAST, .override = true },
	  ACTION_STEP,
	  REASON_BEHIND,
	  MS(1200),
	  0,
	  "told to" },
	{ { BEHIND, DIFFER, .synchronised = true, .kernel_error = MS(20) },
	  { LEAST },
	  ACTION_REFUSE,
	  REASON_SYNCHRONISED,
	  0,
	  1,
	  "it believes itself right to 20 ms: one of the two is wrong" },
	{ { BEHIND, DIFFER, .synchronised = true, .kernel_error = MS(20) },
	  { LEAST, .override = true },
	  ACTION_STEP,
	  REASON_BEHIND,
	  MS(1200),
	  0,
	  "told to, again" },
	{ { BEHIND, DIFFER, .synchronised = true, .kernel_error = MS(1200) },
	  { LEAST },
	  ACTION_STEP,
	  REASON_BEHIND,
	  MS(1200),
	  0,
	  "its own error explains the offset" },
	{ { BEHIND, DIFFER, .synchronised = true, .kernel_error = MS(20), .stood_still = MS(1) },
	  { LEAST },
	  ACTION_STEP,
	  REASON_BEHIND,
	  MS(1200),
	  0,
	  "it stood still, and cannot know" },
	{ { DAYS, DIFFER, .synchronised = true, .kernel_error = MS(20),
	    .stood_still = NSEC_PER_DAY },
	  { LEAST },
	  ACTION_REFUSE,
	  REASON_SYNCHRONISED,
	  0,
	  1,
	  "but not for that long" },
	{ { AHEAD, DIFFER, .synchronised = true, .kernel_error = MS(20),
	    .stood_still = NSEC_PER_DAY },
	  { LEAST },
	  ACTION_REFUSE,
	  REASON_SYNCHRONISED,
	  0,
	  1,
	  "nobody is ahead for having stood still" },
	{ { BEHIND, DIFFER, .remote = true, .stood_still = NSEC_PER_DAY },
	  { LEAST },
	  ACTION_REFUSE,
	  REASON_REMOTE,
	  0,
	  1,
	  "nor is a server this machine's for that" },
	{ { BEHIND, DIFFER, .kernel_error = MS(20) },
	  { LEAST },
	  ACTION_STEP,
	  REASON_BEHIND,
	  MS(1200),
	  0,
	  "an error of a kernel that is not synchronised says nothing" },
	{ { BEHIND, DIFFER },
	  { LEAST, .max_step = MS(1200) - 1, .override = true },
	  ACTION_REFUSE,
	  REASON_MAX_STEP,
	  0,
	  0,
	  "a guard that --override does not lift" },
	{ { BEHIND, DIFFER },
	  { LEAST, .max_step = MS(1200) },
	  ACTION_STEP,
	  REASON_BEHIND,
	  MS(1200),
	  0,
	  "as large as allowed" },
	{ { AHEAD, DIFFER },
	  { LEAST, .max_step = MS(1000), .no_backward = true },
	  ACTION_REFUSE,
	  REASON_MAX_STEP,
	  0,
	  0,
	  "a guard backward too, and before the direction" },
	{ { AHEAD, DIFFER },
	  { LEAST, .no_backward = true, .override = true },
	  ACTION_REFUSE,
	  REASON_BACKWARD,
	  0,
	  0,
	  "--no-backward holds" },
	{ { BEHIND, DIFFER },
	  { LEAST, .no_backward = true },
	  ACTION_STEP,
	  REASON_BEHIND,
	  MS(1200),
	  0,
	  "forward is not backward" },
	/* Slewing. */
	{ { SMALL, DIFFER },
	  { LEAST, .slew = true },
	  ACTION_SLEW,
	  REASON_BEHIND,
	  MS(300),
	  0,
	  "small enough" },
	{ { .offset = AROUND(500, 4), DIFFER },
	  { LEAST, .slew = true, .no_backward = true },
	  ACTION_SLEW,
	  REASON_AHEAD,
	  MS(-500),
	  0,
	  "a slower clock does not go backward" },
	{ { .offset = AROUND(501, 4), DIFFER },
	  { LEAST, .slew = true },
	  ACTION_STEP,
	  REASON_AHEAD,
	  MS(-501),
	  0,
	  "too large: 1000 s of slewing" },
	{ { .offset = AROUND(501, 4), DIFFER },
	  { LEAST, .slew = true, .no_backward = true },
	  ACTION_REFUSE,
	  REASON_BACKWARD,
	  0,
	  0,
	  "too large to slew, so it would be a step" },
	{ { SMALL, DIFFER },
	  { LEAST, .slew = true, .max_step = MS(200) },
	  ACTION_REFUSE,
	  REASON_MAX_STEP,
	  0,
	  0,
	  "the guard holds for slewing" },
	{ { SMALL, DIFFER, .remote = true },
	  { LEAST, .slew = true },
	  ACTION_REFUSE,
	  REASON_REMOTE,
	  0,
	  1,
	  "a server is not slewed either" },
};

START_TEST(decision_of)
{
	struct decision d = decide_clock(&decisions[_i].s, &decisions[_i].orders);
	const char *why = decisions[_i].why;

	ck_assert_msg(d.action == decisions[_i].action, "%s: %s", why, action_name(d.action));
	ck_assert_msg(d.reason == decisions[_i].reason, "%s: %s", why, reason_name(d.reason));
	ck_assert_msg(d.delta == decisions[_i].delta, "%s: %" PRId64, why, d.delta);
	ck_assert_msg(d.overridable == decisions[_i].overridable, "%s", why);
}
END_TEST

/* --- Properties ------------------------------------------------------------------------------ */

static bool flip(struct random *r)
{
	return random_below(r, 2) != 0;
}

static int64_t sign(struct random *r, int64_t n)
{
	return flip(r) ? n : -n;
}

static struct situation random_situation(struct random *r)
{
	int64_t offset = sign(r, random_magnitude(r) % INTERVAL_LIMIT);
	struct interval point = { offset, offset };

	return (struct situation){
		.offset = interval_widen(point, random_magnitude(r)),
		.kernels = (enum kernels)random_below(r, 4),
		.remote = flip(r),
		.synchronised = flip(r),
		.kernel_error = random_magnitude(r),
		.stood_still = flip(r) ? random_magnitude(r) : 0,
		.host_wrong = flip(r),
		.denied = flip(r),
	};
}

static struct orders random_orders(struct random *r)
{
	return (struct orders){
		.tolerance = random_magnitude(r),
		.max_step = flip(r) ? random_magnitude(r) : 0,
		.dry_run = flip(r),
		.no_backward = flip(r),
		.slew = flip(r),
		.override = flip(r),
	};
}

START_TEST(no_order_sets_a_shared_clock)
{
	struct random r = random_start();
	unsigned long long seed = (unsigned long long)r.seed;
	unsigned set = 0;

	for (int run = 0; run < 300000; run++) {
		struct situation s = random_situation(&r);
		struct orders orders = random_orders(&r);
		struct decision d = decide_clock(&s, &orders);
		bool sets = d.action == ACTION_STEP || d.action == ACTION_SLEW;

		if (!sets) {
			ck_assert_msg(d.delta == 0, RANDOM_SEED, seed);
			continue;
		}
		set++;
		ck_assert_msg(s.kernels == KERNELS_DIFFER, RANDOM_SEED, seed);
		ck_assert_msg(!s.host_wrong && !s.denied, RANDOM_SEED, seed);
		ck_assert_msg(orders.override || !s.remote, RANDOM_SEED, seed);
		ck_assert_msg(orders.override || !s.synchronised ||
				      s.kernel_error >= (d.delta < 0 ? -d.delta : d.delta) ||
				      (s.stood_still && d.delta > 0),
			      RANDOM_SEED, seed);
		ck_assert_msg(d.delta == -interval_offset(s.offset), RANDOM_SEED, seed);
		ck_assert_msg(interval_bound(s.offset) < (d.delta < 0 ? -d.delta : d.delta),
			      RANDOM_SEED, seed);
		ck_assert_msg(d.action == ACTION_SLEW || !orders.no_backward || d.delta > 0,
			      RANDOM_SEED, seed);
	}
	/* It is not that nothing is ever set. */
	ck_assert_uint_gt(set, 1000);
}
END_TEST

/* Overridable means just that: with --override the reason is another one. */
START_TEST(override_lifts_what_it_may)
{
	struct random r = random_start();
	unsigned long long seed = (unsigned long long)r.seed;

	for (int run = 0; run < 100000; run++) {
		struct situation s = random_situation(&r);
		struct orders orders = random_orders(&r);
		struct decision without, with;

		orders.override = false;
		without = decide_clock(&s, &orders);
		orders.override = true;
		with = decide_clock(&s, &orders);
		ck_assert_msg(!with.overridable, RANDOM_SEED, seed);
		ck_assert_msg(without.overridable == (with.reason != without.reason), RANDOM_SEED,
			      seed);
	}
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("timesync_decide");
	TCase *t = tcase_create("verdict");

	tcase_add_loop_test(t, verdict_of, 0, (int)array_len(verdicts));
	tcase_add_test(t, names);
	suite_add_tcase(s, t);
	t = tcase_create("decide");
	tcase_add_loop_test(t, decision_of, 0, (int)array_len(decisions));
	suite_add_tcase(s, t);
	t = tcase_create("properties");
	tcase_add_test(t, no_order_sets_a_shared_clock);
	tcase_add_test(t, override_lifts_what_it_may);
	suite_add_tcase(s, t);
	return s;
}
