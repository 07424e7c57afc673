/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two who correct one clock at the same time: two of ours, each with a helper of its own, or one of
 * ours and an agent in the guest that sets the clock to the right time. They take turns at every
 * request and every call of the guest's kernel, so that each may come between any two steps of the
 * other: each agent is a coroutine, which hands over wherever the world is entered.
 */
#include "tests/unit/suite.h"

#include <inttypes.h>
#include <stdlib.h>
#include <ucontext.h>

#include "plugins/timesync/decide.h"
#include "plugins/timesync/session.h"
#include "tests/unit/timesync/sim_clocks.h"

#if defined(__SANITIZE_ADDRESS__)
#define SLOWER 10
#else
#define SLOWER 1
#endif

#define SETS_MAX 3 /* SYNC_SETS_MAX */
#define STACK    (256 * 1024)

enum ended { RUNNING, IN_STEP, CORRECTED, SLEWING, CONTESTED, OFF_AGAIN, UNMEASURED, REFUSED };
static const char *const endings[] = { "runs",      "in step",   "corrected",  "slewing",
				       "contested", "off again", "unmeasured", "refused" };

struct agent {
	struct sim_world *world;
	struct sim_helper helper;
	struct orders orders;
	bool slewing;
	enum ended ended;
	struct measurement last; /* the last one made */
	unsigned moved, raced;
	/* Foreign: sets the clock to the host's so many times, as lima's and VMware's do. */
	unsigned sets;
	int64_t offset_left; /* of its last set */
	ucontext_t context;
	char stack[STACK];
};

/* Who runs. Chance, or the bits of a number, say who is next. */
static struct {
	ucontext_t main;
	struct agent *agents[2];
	struct agent *now;
	struct random *random;
	bool by_number;
	uint64_t number;
	unsigned bits;
	unsigned stride; /* by chance: how long one stays, on average */
} turns;

static void hand_over(void *ctx)
{
	(void)ctx;
	struct agent *self = turns.now;

	if (self)
		swapcontext(&self->context, &turns.main);
}

static unsigned next_turn(void)
{
	unsigned who;

	if (!turns.by_number)
		return random_below(turns.random, turns.stride) == 0;
	who = turns.bits > 0 ? (unsigned)(turns.number & 1) : 0;
	turns.number >>= turns.bits > 0;
	turns.bits -= turns.bits > 0;
	return who;
}

/* Until both have ended. */
static void take_turns(void)
{
	unsigned who = 0;

	while (turns.agents[0]->ended == RUNNING || turns.agents[1]->ended == RUNNING) {
		who = turns.by_number ? next_turn() : who ^ next_turn();
		if (turns.agents[who]->ended != RUNNING)
			who ^= 1;
		turns.now = turns.agents[who];
		swapcontext(&turns.main, &turns.now->context);
		turns.now = NULL;
	}
}

/* --- Ours: what sync_run.c does, on the product's own loop, decision, request and helper. */

static int ask(void *ctx, struct exchange *x, struct wire_reply *reply, struct error *err)
{
	struct agent *a = ctx;

	(void)err;
	hand_over(NULL);
	*reply = sim_request(&a->helper, (struct wire_request){ .op = WIRE_PING }, x);
	return 0;
}

static bool measure(struct agent *a)
{
	const struct measuring by = { .clock = &a->world->clock, .ask = ask, .ctx = a };
	struct error err = ERROR_INIT;

	return measuring_by_helper(&a->last, &by, a->slewing, &err) == 0;
}

static struct decision decide(const struct agent *a)
{
	const struct situation situation = { .offset = a->last.offset, .kernels = KERNELS_DIFFER };

	return decide_clock(&situation, &a->orders);
}

static enum ended correct(struct agent *a)
{
	for (unsigned attempt = 0; measure(a); attempt++) {
		struct decision d = decide(a);
		enum wire_mode mode = d.action == ACTION_SLEW ? WIRE_SLEW : WIRE_STEP;
		struct exchange x;

		if (d.action == ACTION_NONE)
			return IN_STEP;
		if (attempt == SETS_MAX)
			return CONTESTED;
		hand_over(NULL);
		struct wire_reply reply = sim_request(
			&a->helper, session_set_request(&a->last, mode, d.delta), &x);

		a->moved += reply.status == WIRE_MOVED;
		a->raced += reply.status == WIRE_RACED;
		if (reply.status == WIRE_MOVED || reply.status == WIRE_RACED)
			continue;
		if (reply.status != WIRE_OK)
			return REFUSED;
		a->slewing = mode == WIRE_SLEW;
		if (!measure(a))
			return UNMEASURED;
		if (a->slewing)
			return SLEWING;
		return decide(a).action == ACTION_NONE ? CORRECTED : OFF_AGAIN;
	}
	return UNMEASURED;
}

static void ours(void)
{
	struct agent *a = turns.now;
	struct wire_request hello = { .op = WIRE_HELLO, .boot_id = { SIM_BOOT_ID + 1 } };
	struct exchange x;

	(void)sim_request(&a->helper, hello, &x);
	a->ended = correct(a);
	hand_over(NULL);
}

/* --- Theirs. */

/* Sets it to what the host's clock shows, absolutely, whatever it showed. */
static void theirs(void)
{
	struct agent *a = turns.now;

	while (a->sets-- > 0) {
		for (uint64_t pause = random_below(a->world->random, 60); pause > 0; pause--)
			hand_over(NULL);
		a->offset_left = (int64_t)random_below(a->world->random, 2000) - 1000;
		sim_guest_step(a->world, a->offset_left - sim_offset(a->world));
		hand_over(NULL);
	}
	a->ended = IN_STEP;
	hand_over(NULL);
}

/* --- What must hold in the end. */

static void begin(struct agent *a, struct sim_world *w, void (*run)(void))
{
	*a = (struct agent){ .world = w, .orders.tolerance = DECIDE_LEAST };
	sim_helper_start(&a->helper, w);
	getcontext(&a->context);
	a->context.uc_stack.ss_sp = a->stack;
	a->context.uc_stack.ss_size = sizeof(a->stack);
	a->context.uc_link = NULL;
	makecontext(&a->context, run, 0);
}

static bool has_told(const struct agent *a)
{
	return a->ended == CONTESTED || a->ended == OFF_AGAIN || a->ended == UNMEASURED;
}

/*
 * In the end the clock is right, as exactly as is claimed, unless an agent tells that it is not.
 * Wrong by the correction once more, or by it the other way, is what twice or none would be.
 * slewed: what a slew has done before the other's took its place.
 */
static void check_end(const struct sim_world *w, const struct agent *a, const struct agent *b,
		      int64_t began_with, int64_t slewed, uint64_t seed)
{
	int64_t left = sim_offset(w);
	int64_t most = 4 * NSEC_PER_USEC;

	if (has_told(a) || has_told(b))
		return;
	for (int i = 0; i < 2; i++) {
		const struct agent *it = i ? b : a;

		ck_assert_msg(it->ended != REFUSED && it->ended != RUNNING, RANDOM_SEED,
			      (unsigned long long)seed);
		if (it->last.samples && it->ended == SLEWING)
			most = time_max(most, 3 * interval_bound(it->last.offset) + slewed);
		else if (it->last.samples)
			most = time_max(most, interval_most(it->last.offset));
	}
	left = left < 0 ? -left : left;
	ck_assert_msg(left <= most,
		      "%" PRId64 " is left of %" PRId64 ", claimed are %" PRId64
		      ": %s and %s, " RANDOM_SEED,
		      left, began_with, most, endings[a->ended], endings[b->ended],
		      (unsigned long long)seed);
}

/* A guest that is off by enough to be corrected, and a way on which that can be measured. */
static int64_t draw_world(struct sim_world *w, struct random *r)
{
	int64_t off;

	sim_begin(w, r);
	w->guest.tick = w->host.tick = 1;
	w->cost = 100;
	w->channel = (struct sim_channel){ .way = SIM_JITTER, .out = 20000, .back = 20000 };
	off = 12 * NSEC_PER_MSEC + (random_magnitude(r) >> 13);
	off = random_below(r, 2) ? off : -off;
	w->guest.ppb = w->host.ppb;
	w->guest.realtime = w->host.realtime + off;
	w->between = hand_over;
	return off;
}

static struct {
	unsigned moved, raced;
} seen;

static void count(const struct agent *a, const struct agent *b)
{
	seen.moved += a->moved + b->moved;
	seen.raced += a->raced + b->raced;
}

static void meet(struct random *r, struct sim_world *w, void (*other)(void))
{
	static struct agent a, b;
	int64_t off = draw_world(w, r);

	begin(&a, w, ours);
	begin(&b, w, other);
	b.sets = 1 + (unsigned)random_below(r, 3);
	a.orders.slew = b.orders.slew = random_below(r, 8) == 0;
	if (random_below(r, 4) == 0) {
		/* Corrections hardly larger than their bounds. */
		a.orders.tolerance = b.orders.tolerance = 0;
		off = 25000 + (int64_t)random_below(r, 100000);
		w->guest.realtime = w->host.realtime + off;
	}
	turns.agents[0] = &a;
	turns.agents[1] = &b;
	turns.random = r;
	turns.by_number = false;
	turns.stride = 1 + (unsigned)random_below(r, 12);
	if (other == theirs)
		b.last.samples = 0;
	take_turns();
	int64_t slewed = estimate_drift(w->t);

	/* What is slewed is left to the kernel. */
	sim_pass(w, a.slewing || b.slewing ? 1200 * NSEC_PER_SEC : 0);
	check_end(w, &a, &b, off, slewed, r->seed);
	count(&a, &b);
}

START_TEST(two_of_ours)
{
	struct random r = random_start();
	static struct sim_world w;

	seen.moved = seen.raced = 0;
	for (int run = 0; run < 20000 / SLOWER; run++)
		meet(&r, &w, ours);
	/* They do meet. */
	ck_assert(seen.moved > 0 && seen.raced > 0);
}
END_TEST

START_TEST(ours_and_one_that_sets_absolutely)
{
	struct random r = random_start();
	static struct sim_world w;

	seen.moved = seen.raced = 0;
	for (int run = 0; run < 20000 / SLOWER; run++)
		meet(&r, &w, theirs);
	ck_assert(seen.moved > 0 && seen.raced > 0);
}
END_TEST

/* --- Every way in which two requests to set can meet in the guest's kernel. */

#define TURNS 16
#define OFF   (20 * NSEC_PER_MIN)

static enum wire_status answers[2];

static void set_once(void)
{
	struct agent *a = turns.now;
	struct exchange x;

	a->world->between = hand_over;
	answers[a == turns.agents[1]] =
		sim_request(&a->helper, session_set_request(&a->last, WIRE_STEP, -OFF), &x).status;
	a->ended = CORRECTED;
	hand_over(NULL);
}

static void greet(struct agent *a)
{
	struct exchange x;

	(void)sim_request(&a->helper,
			  (struct wire_request){ .op = WIRE_HELLO, .boot_id = { SIM_BOOT_ID + 1 } },
			  &x);
}

START_TEST(two_requests_in_every_order)
{
	struct random r = random_start();
	static struct agent a, b;
	static struct sim_world w;
	unsigned counts[3] = { 0 }; /* by how many of the two were done */

	turns.agents[0] = &a;
	turns.agents[1] = &b;
	for (uint64_t order = 0; order < 1U << TURNS; order += SLOWER) {
		(void)draw_world(&w, &r);
		w.between = NULL;
		w.guest.realtime = w.host.realtime + OFF;
		begin(&a, &w, set_once);
		begin(&b, &w, set_once);
		greet(&a);
		greet(&b);
		ck_assert(measure(&a) && measure(&b));
		turns.by_number = true;
		turns.number = order;
		turns.bits = TURNS;
		take_turns();
		int64_t left = sim_offset(&w);
		unsigned done = (answers[0] == WIRE_OK ? 1U : 0) + (answers[1] == WIRE_OK ? 1U : 0);

		left -= done ? 0 : OFF;
		counts[done]++;
		ck_assert_msg(left < NSEC_PER_USEC && left > -NSEC_PER_USEC && done < 2,
			      "order %" PRIx64 ": %u done, %" PRId64 " left, " RANDOM_SEED, order,
			      done, left, (unsigned long long)r.seed);
	}
	ck_assert_msg(counts[0] > 0 && counts[1] > 0, "%u taken back by both", counts[0]);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("two agents");
	TCase *t = tcase_create("two agents");

	tcase_add_test(t, two_of_ours);
	tcase_add_test(t, ours_and_one_that_sets_absolutely);
	tcase_add_test(t, two_requests_in_every_order);
	suite_add_tcase(s, t);
	return s;
}
