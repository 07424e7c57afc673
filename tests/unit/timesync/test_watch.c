/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/suite.h"

#include <inttypes.h>

#include "common/base/attr.h"
#include "plugins/timesync/watch.h"
#include "tests/unit/random.h"

#define MS(n) ((n)*NSEC_PER_MSEC)
#define S(n)  ((n)*NSEC_PER_SEC)

static struct watch_state watching(int64_t now)
{
	const struct watch_options options = { .interval = WATCH_INTERVAL };
	struct watch_state state;

	watch_init(&state, &options, now);
	return state;
}

/* --- Scripts --------------------------------------------------------------------------------- */

#define STEPS 12
enum { STOP = 100 };

/* An event at a time, what has to follow at once, and if it is to wait, until when. */
struct step {
	int64_t at;
	int event;
	enum watch_action action;
	int64_t due;
};

static const struct {
	struct step steps[STEPS];
	const char *why;
} scripts[] = {
	{ { { 0, WATCH_TICK, WATCH_LOOK, 0 },
	    { MS(30), WATCH_IN_STEP, WATCH_WAIT, MS(30) + S(10) },
	    { S(10), WATCH_TICK, WATCH_WAIT, MS(30) + S(10) },
	    { MS(30) + S(10), WATCH_TICK, WATCH_LOOK, 0 },
	    { MS(60) + S(10), WATCH_IN_STEP, WATCH_WAIT, MS(60) + S(20) },
	    { 0, STOP, 0, 0 } },
	  "looks every interval, not sooner" },
	{ { { 0, WATCH_TICK, WATCH_LOOK, 0 },
	    { MS(30), WATCH_OFF, WATCH_SYNC, 0 },
	    { MS(900), WATCH_CORRECTED, WATCH_WAIT, MS(900) + S(10) },
	    { 0, STOP, 0, 0 } },
	  "what is off is corrected at once" },
	{ { { 0, WATCH_TICK, WATCH_LOOK, 0 },
	    { MS(30), WATCH_IN_STEP, WATCH_WAIT, MS(30) + S(10) },
	    { S(3), WATCH_WOKE, WATCH_LOOK, 0 },
	    { S(3) + MS(20), WATCH_OFF, WATCH_SYNC, 0 },
	    { 0, STOP, 0, 0 } },
	  "a wake-up is looked at at once" },
	{ { { 0, WATCH_TICK, WATCH_LOOK, 0 },
	    { MS(30), WATCH_FAILED, WATCH_WAIT, MS(280) },
	    { MS(280), WATCH_TICK, WATCH_LOOK, 0 },
	    { MS(300), WATCH_FAILED, WATCH_WAIT, MS(800) },
	    { MS(800), WATCH_TICK, WATCH_LOOK, 0 },
	    { MS(900), WATCH_FAILED, WATCH_WAIT, MS(1900) },
	    { MS(1900), WATCH_TICK, WATCH_LOOK, 0 },
	    { MS(2000), WATCH_IN_STEP, WATCH_WAIT, MS(12000) },
	    { MS(12000), WATCH_TICK, WATCH_LOOK, 0 },
	    { MS(12500), WATCH_FAILED, WATCH_WAIT, MS(12750) },
	    { 0, STOP, 0, 0 } },
	  "failures back off, an answer ends the row" },
	{ { { 0, WATCH_TICK, WATCH_LOOK, 0 },
	    { MS(30), WATCH_OFF, WATCH_SYNC, 0 },
	    { MS(500), WATCH_FAILED, WATCH_WAIT, MS(750) },
	    { MS(750), WATCH_TICK, WATCH_LOOK, 0 },
	    { MS(780), WATCH_OFF, WATCH_SYNC, 0 },
	    { MS(1200), WATCH_FAILED, WATCH_WAIT, MS(1700) },
	    { 0, STOP, 0, 0 } },
	  "looks that work do not make syncs that fail begin again" },
	{ { { 0, WATCH_TICK, WATCH_LOOK, 0 },
	    { MS(30), WATCH_OFF, WATCH_SYNC, 0 },
	    { S(1), WATCH_REFUSED, WATCH_WAIT, S(61) },
	    { S(61), WATCH_TICK, WATCH_LOOK, 0 },
	    { S(61), WATCH_OFF, WATCH_SYNC, 0 },
	    { S(62), WATCH_REFUSED, WATCH_WAIT, S(182) },
	    { S(100), WATCH_WOKE, WATCH_LOOK, 0 },
	    { S(100), WATCH_OFF, WATCH_SYNC, 0 },
	    { S(101), WATCH_REFUSED, WATCH_WAIT, S(161) },
	    { 0, STOP, 0, 0 } },
	  "a refusal waits long, and longer, until the host wakes up" },
	{ { { 0, WATCH_TICK, WATCH_LOOK, 0 },
	    { 0, WATCH_OFF, WATCH_SYNC, 0 },
	    { S(1), WATCH_CORRECTED, WATCH_WAIT, S(11) },
	    { S(11), WATCH_TICK, WATCH_LOOK, 0 },
	    { S(11), WATCH_OFF, WATCH_SYNC, 0 },
	    { S(12), WATCH_CORRECTED, WATCH_WAIT, S(32) },
	    { S(32), WATCH_TICK, WATCH_LOOK, 0 },
	    { S(32), WATCH_IN_STEP, WATCH_WAIT, S(42) },
	    { S(42), WATCH_OFF, WATCH_SYNC, 0 },
	    { S(43), WATCH_CORRECTED, WATCH_WAIT, S(53) },
	    { 0, STOP, 0, 0 } },
	  "who sets it against us is not fought ever faster" },
	{ { { 0, WATCH_WOKE, WATCH_LOOK, 0 },
	    { MS(10), WATCH_WOKE, WATCH_WAIT, MS(250) },
	    { MS(20), WATCH_WOKE, WATCH_WAIT, MS(250) },
	    { MS(250), WATCH_TICK, WATCH_LOOK, 0 },
	    { 0, STOP, 0, 0 } },
	  "wake-ups one upon the other" },
	{ { { 0, WATCH_TICK, WATCH_LOOK, 0 },
	    { MS(1), WATCH_OFF, WATCH_SYNC, 0 },
	    { MS(2), WATCH_OFF, WATCH_WAIT, MS(251) },
	    { MS(251), WATCH_TICK, WATCH_SYNC, 0 },
	    { 0, STOP, 0, 0 } },
	  "told off again while at it: the sync that follows is kept" },
	{ { { 0, WATCH_TICK, WATCH_LOOK, 0 },
	    { MS(1), WATCH_TICK, WATCH_WAIT, S(10) },
	    { S(10), WATCH_TICK, WATCH_LOOK, 0 },
	    { 0, STOP, 0, 0 } },
	  "a result that never came" },
};

START_TEST(script_runs)
{
	struct watch_state state = watching(0);

	for (const struct step *s = scripts[_i].steps; s->event != STOP; s++) {
		int n = (int)(s - scripts[_i].steps);
		enum watch_action action = watch_next(&state, (enum watch_event)s->event, s->at, 0);

		ck_assert_msg(action == s->action, "%s: step %d: %d", scripts[_i].why, n,
			      (int)action);
		ck_assert_msg(action != WATCH_WAIT || state.due == s->due,
			      "%s: step %d: due %" PRId64, scripts[_i].why, n, state.due);
	}
}
END_TEST

static void fail_until(struct watch_state *state, int64_t until, int64_t *longest)
{
	int64_t now = state->due;

	*longest = 0;
	while (now < until) {
		ck_assert_int_eq(watch_next(state, WATCH_TICK, now, 0), WATCH_LOOK);
		ck_assert_int_eq(watch_next(state, WATCH_FAILED, now, 0), WATCH_WAIT);
		*longest = time_max(*longest, state->due - now);
		now = state->due;
	}
}

START_TEST(back_off_is_short_after_a_wake_up)
{
	struct watch_state state = watching(0);
	int64_t longest;

	fail_until(&state, S(3600), &longest);
	ck_assert_int_eq(longest, WATCH_BACKOFF_MOST);
	ck_assert(state.unreachable);
	ck_assert_int_eq(watch_next(&state, WATCH_WOKE, S(3600), 0), WATCH_LOOK);
	ck_assert_int_eq(watch_next(&state, WATCH_FAILED, S(3600), 0), WATCH_WAIT);
	fail_until(&state, S(3659), &longest);
	ck_assert_int_eq(longest, WATCH_BACKOFF_AWAKE);
	fail_until(&state, S(7200), &longest);
	ck_assert_int_eq(longest, WATCH_BACKOFF_MOST);
}
END_TEST

START_TEST(unreachable_until_it_answers)
{
	static const enum watch_event answers[] = { WATCH_IN_STEP, WATCH_OFF, WATCH_CORRECTED,
						    WATCH_REFUSED };
	struct watch_state state = watching(0);

	ck_assert(!state.unreachable);
	watch_next(&state, WATCH_FAILED, 0, 0);
	ck_assert(state.unreachable);
	watch_next(&state, WATCH_TICK, S(100), 0);
	watch_next(&state, WATCH_WOKE, S(100), 0);
	ck_assert(state.unreachable);
	watch_next(&state, answers[_i], S(100), 0);
	ck_assert(!state.unreachable);
}
END_TEST

START_TEST(jitter_takes_a_quarter_at_most)
{
	for (unsigned jitter = 0; jitter < 1000; jitter++) {
		struct watch_state state = watching(0);

		watch_next(&state, WATCH_TICK, 0, 0);
		watch_next(&state, WATCH_REFUSED, S(5), jitter);
		ck_assert_int_le(state.due, S(5) + WATCH_REFUSED_FIRST);
		ck_assert_int_ge(state.due, S(5) + WATCH_REFUSED_FIRST * 3 / 4);
	}
}
END_TEST

/* --- Properties ------------------------------------------------------------------------------ */

#define HISTORY 400

/* A random event after a random while; now moves on by 0 to minutes. */
static enum watch_action random_event(struct random *r, struct watch_state *state, int64_t *now,
				      bool may_refuse)
{
	enum watch_event event = (enum watch_event)random_below(r, WATCH_FAILED + 1);

	if (event == WATCH_REFUSED && !may_refuse)
		event = WATCH_FAILED;
	switch (random_below(r, 4)) {
	case 0:
		break;
	case 1:
		*now += (int64_t)random_below(r, MS(1));
		break;
	case 2:
		*now += (int64_t)random_below(r, MS(400));
		break;
	default:
		*now = random_below(r, 3) ? time_max(*now, state->due)
					  : *now + (int64_t)random_below(r, S(100));
	}
	return watch_next(state, event, *now, (unsigned)random_below(r, 1000));
}

/*
 * Looks never come closer than WATCH_BACKOFF_FIRST, nor do syncs: in any window of T there are at
 * most 2 * (T / WATCH_BACKOFF_FIRST + 1) actions. And who waits has something to wait for.
 */
START_TEST(never_a_tight_loop)
{
	struct random r = random_start();
	unsigned long long seed = (unsigned long long)r.seed;

	for (int run = 0; run < 2000; run++) {
		struct watch_options options = { .interval = random_magnitude(&r) % S(100) };
		int64_t now = random_magnitude(&r) % S(1000000), looked = TIME_NONE,
			synced = TIME_NONE;
		struct watch_state state;

		watch_init(&state, &options, now);
		for (int i = 0; i < HISTORY; i++) {
			enum watch_action action = random_event(&r, &state, &now, true);
			int64_t *last = action == WATCH_SYNC ? &synced : &looked;

			if (action == WATCH_WAIT) {
				ck_assert_msg(state.due > now, RANDOM_SEED, seed);
				ck_assert_msg(state.due - now <= WATCH_REFUSED_MOST, RANDOM_SEED,
					      seed);
				continue;
			}
			ck_assert_msg(*last == TIME_NONE || now - *last >= WATCH_BACKOFF_FIRST,
				      "%s after %" PRId64 " ns, " RANDOM_SEED,
				      action == WATCH_SYNC ? "sync" : "look", now - *last, seed);
			*last = now;
		}
	}
}
END_TEST

/* The engine answers, its clock is off, and a sync corrects it. How long until that sync? */
static int64_t until_corrected(struct watch_state *state, enum watch_event first, int64_t now,
			       unsigned jitter)
{
	int64_t began = now;
	enum watch_action action = watch_next(state, first, now, jitter);

	while (action != WATCH_SYNC) {
		if (action == WATCH_LOOK) {
			action = watch_next(state, WATCH_OFF, now, jitter);
			continue;
		}
		now = state->due;
		action = watch_next(state, WATCH_TICK, now, jitter);
	}
	return now - began;
}

static const struct {
	bool refuse, wake;
	int64_t most;
	const char *why;
} waits[] = {
	{ false, true, 2 * WATCH_BACKOFF_FIRST, "after a wake-up: at once" },
	{ false, false, WATCH_INTERVAL + WATCH_BACKOFF_MOST, "an interval and a back-off" },
	{ true, false, WATCH_REFUSED_MOST, "after refusals" },
	{ true, true, 2 * WATCH_BACKOFF_FIRST, "after refusals and a wake-up" },
};

START_TEST(what_is_off_is_corrected)
{
	struct random r = random_start();

	for (int run = 0; run < 3000; run++) {
		int64_t now = random_magnitude(&r) % S(1000000), took;
		struct watch_state state = watching(now);

		for (uint64_t i = random_below(&r, HISTORY); i > 0; i--)
			random_event(&r, &state, &now, waits[_i].refuse);
		took = until_corrected(&state, waits[_i].wake ? WATCH_WOKE : WATCH_TICK, now,
				       (unsigned)random_below(&r, 1000));
		ck_assert_msg(took <= waits[_i].most, "%s: %" PRId64 " ns, " RANDOM_SEED,
			      waits[_i].why, took, (unsigned long long)r.seed);
	}
}
END_TEST

/* What a person pays for an engine whose syncs fail for a day: about one try a minute. */
START_TEST(a_day_of_failing_syncs)
{
	struct watch_state state = watching(0);
	unsigned syncs = 0, looks = 0;
	int64_t now = 0;

	while (now < NSEC_PER_DAY) {
		enum watch_action action = watch_next(&state, WATCH_TICK, now, 0);

		if (action == WATCH_LOOK) {
			looks++;
			action = watch_next(&state, WATCH_OFF, now, 0);
		}
		if (action == WATCH_SYNC) {
			syncs++;
			watch_next(&state, WATCH_FAILED, now, 0);
		}
		now = state.due;
	}
	ck_assert_uint_le(syncs, 24 * 60 + 10);
	ck_assert_uint_le(looks, 24 * 60 + 10);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("watch");
	TCase *t = tcase_create("scripts");

	tcase_add_loop_test(t, script_runs, 0, (int)array_len(scripts));
	tcase_add_test(t, back_off_is_short_after_a_wake_up);
	tcase_add_loop_test(t, unreachable_until_it_answers, 0, 4);
	tcase_add_test(t, jitter_takes_a_quarter_at_most);
	suite_add_tcase(s, t);
	t = tcase_create("properties");
	tcase_add_test(t, never_a_tight_loop);
	tcase_add_loop_test(t, what_is_off_is_corrected, 0, (int)array_len(waits));
	tcase_add_test(t, a_day_of_failing_syncs);
	suite_add_tcase(s, t);
	return s;
}
