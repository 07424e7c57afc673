/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When a host may be asked: tables for single steps, and a simulator in which clients keep asking a
 * host that says no in every way, on a clock of its own.
 */
#include "tests/unit/suite.h"

#include <stdio.h>
#include <string.h>

#include "common/client/registry/host.h"
#include "tests/unit/random.h"

#define S  NSEC_PER_SEC
#define MS NSEC_PER_MSEC

static const struct host_limits limits = {
	.parallel = 4, .parallel_light = 8, .max_wait = 60 * S, .tries = 5, .retries = 10
};

static const struct {
	int status;
	bool told;
	enum host_event event;
	const char *why;
} statuses[] = {
	{ 200, false, HOST_ANSWERED, "an answer" },
	{ 401, false, HOST_ANSWERED, "an answer: with credentials then" },
	{ 404, false, HOST_ANSWERED, "an answer" },
	{ 307, false, HOST_ANSWERED, "an answer: elsewhere" },
	{ 429, false, HOST_BUSY, "too many" },
	{ 429, true, HOST_BUSY, "too many, and until when" },
	{ 503, true, HOST_BUSY, "until when" },
	{ 503, false, HOST_FAILED, "regclient drops the host, we wait" },
	{ 500, false, HOST_FAILED, "S3's SlowDown comes as 500" },
	{ 502, false, HOST_FAILED, "a proxy's" },
	{ 504, false, HOST_FAILED, "a proxy's" },
	{ 522, false, HOST_FAILED, "a CDN's" },
	{ 408, false, HOST_FAILED, "it waited for us" },
	{ 425, false, HOST_FAILED, "too early" },
	{ 501, false, HOST_ANSWERED, "it never will" },
	{ 505, false, HOST_ANSWERED, "it never will" },
};

START_TEST(reads_statuses)
{
	ck_assert_msg(host_event_of_status(statuses[_i].status, statuses[_i].told) ==
			      statuses[_i].event,
		      "%d: %s", statuses[_i].status, statuses[_i].why);
}
END_TEST

/* One failed try of a host that had answered `answered` requests before. */
static const struct {
	enum host_event event;
	int64_t told; /* ns; -1 */
	bool repeatable;
	unsigned tries;
	size_t answered;
	bool again, given_up;
	int64_t least, most; /* of the wait; most 0: no wait */
	const char *why;
} tries[] = {
	{ HOST_ANSWERED, -1, true, 1, 1, false, false, 0, 0, "all is well" },
	{ HOST_BUSY, 3 * S, true, 1, 1, true, false, 3 * S, 3 * S, "as long as it says" },
	{ HOST_BUSY, 0, true, 1, 1, true, false, 1, HOST_WAIT_FIRST,
	  "at once, or in the past: not all at one time" },
	{ HOST_BUSY, 60 * S, true, 1, 1, true, false, 60 * S, 60 * S, "just within" },
	{ HOST_BUSY, 60 * S + 1, true, 1, 1, false, true, 0, 0, "longer than we wait" },
	{ HOST_FAILED, 5 * S, true, 1, 1, true, false, 5 * S, 5 * S, "told with a 500 too" },
	{ HOST_FAILED, -1, true, 1, 1, true, false, 1, HOST_WAIT_FIRST, "at random" },
	{ HOST_BROKEN, -1, true, 1, 1, true, false, 1, HOST_WAIT_FIRST, "cut off" },
	{ HOST_FAILED, -1, true, 5, 1, false, false, 1, HOST_WAIT_FIRST, "tried often enough" },
	{ HOST_FAILED, -1, false, 1, 1, false, false, 1, HOST_WAIT_FIRST,
	  "what changes something is not done twice; the host rests all the same" },
	{ HOST_SILENT, -1, true, 1, 0, true, false, 1, HOST_WAIT_FIRST, "perhaps it starts" },
	{ HOST_SILENT, -1, true, 1, 9, true, false, 1, HOST_WAIT_FIRST, "it was there before" },
};

START_TEST(ends_a_try)
{
	const struct host_try attempt = { tries[_i].event, tries[_i].told, tries[_i].repeatable,
					  tries[_i].tries, 100 * S };
	int64_t at = 0;
	struct host h;

	host_init(&h, &limits, 7, 100 * S);
	h.answered = tries[_i].answered;
	host_started(&h, true);
	ck_assert_msg(host_ended(&h, true, &attempt, 100 * S) == tries[_i].again, "%s",
		      tries[_i].why);
	enum host_word word = host_may_start(&h, true, 100 * S, &at);

	if (tries[_i].given_up) {
		ck_assert_msg(word == HOST_GIVEN_UP, "%s", tries[_i].why);
		return;
	}
	if (tries[_i].most == 0) {
		ck_assert_msg(word == HOST_START, "%s", tries[_i].why);
		return;
	}
	ck_assert_msg(word == HOST_LATER && at >= 100 * S + tries[_i].least &&
			      at <= 100 * S + tries[_i].most,
		      "%s: %lld", tries[_i].why, (long long)(at - 100 * S));
	ck_assert_int_eq(host_may_start(&h, true, at, &at), HOST_START);
}
END_TEST

/* A negative max_wait never waits. */
START_TEST(need_not_wait)
{
	struct host_limits impatient = limits;
	const struct host_try attempt = { HOST_FAILED, -1, true, 1, 0 };
	int64_t at;
	struct host h;

	impatient.max_wait = -1;
	host_init(&h, &impatient, 7, 0);
	host_started(&h, true);
	ck_assert(!host_ended(&h, true, &attempt, 0));
	ck_assert_int_eq(host_may_start(&h, true, 0, &at), HOST_GIVEN_UP);
}
END_TEST

START_TEST(gives_up_who_was_never_there)
{
	struct host_try attempt = { HOST_SILENT, -1, true, 1, 0 };
	int64_t at = 0;
	struct host h;

	host_init(&h, &limits, 7, 0);
	host_started(&h, true);
	ck_assert(host_ended(&h, true, &attempt, 0));
	(void)host_may_start(&h, true, 0, &at);
	host_started(&h, true);
	attempt.started = at;
	ck_assert(!host_ended(&h, true, &attempt, at));
	ck_assert_int_eq(host_may_start(&h, true, at, &at), HOST_GIVEN_UP);
	ck_assert_int_eq(h.why, REGISTRY_UNREACHABLE);
}
END_TEST

START_TEST(gives_up_who_lets_everybody_wait)
{
	struct host_try attempt = { HOST_SLOW, -1, true, 1, 0 };
	int64_t at = 0;
	struct host h;

	host_init(&h, &limits, 7, 0);
	h.answered = 5;
	host_started(&h, true);
	ck_assert(host_ended(&h, true, &attempt, 0));
	(void)host_may_start(&h, true, 0, &at);
	host_started(&h, true);
	attempt.started = at;
	ck_assert(!host_ended(&h, true, &attempt, at));
	ck_assert_int_eq(host_may_start(&h, true, at, &at), HOST_GIVEN_UP);
}
END_TEST

/* Whichever requests they were: five failures, one after another, and nothing between. */
START_TEST(gives_up_who_fails_and_fails)
{
	struct host_try attempt = { HOST_FAILED, -1, true, 1, 0 };
	int64_t now = 0;
	int64_t at;
	struct host h;

	host_init(&h, &limits, 7, 0);
	h.answered = 5;
	for (unsigned i = 0; i < limits.tries; i++) {
		ck_assert_int_eq(host_may_start(&h, true, now, &at), HOST_START);
		host_started(&h, true);
		attempt.started = now;
		ck_assert_int_eq(host_ended(&h, true, &attempt, now), i + 1 < limits.tries);
		(void)host_may_start(&h, true, now, &at);
		now = at;
	}
	ck_assert_int_eq(host_may_start(&h, true, now, &at), HOST_GIVEN_UP);
	ck_assert_int_eq(h.why, REGISTRY_FAILED);
}
END_TEST

START_TEST(counts_what_flies)
{
	int64_t at;
	struct host h;

	host_init(&h, &limits, 7, 0);
	for (unsigned i = 0; i < limits.parallel_light; i++) {
		ck_assert_int_eq(host_may_start(&h, true, 0, &at), HOST_START);
		host_started(&h, true);
	}
	ck_assert_int_eq(host_may_start(&h, true, 0, &at), HOST_LATER);
	ck_assert_int_eq(at, INT64_MAX);
	/* More than parallel already: nothing heavy may join. */
	ck_assert_int_eq(host_may_start(&h, false, 0, &at), HOST_LATER);
}
END_TEST

START_TEST(lets_one_go_ahead)
{
	const struct host_try busy = { HOST_BUSY, 2 * S, true, 1, 0 };
	const struct host_try fine = { HOST_ANSWERED, -1, true, 2, 2 * S };
	int64_t at = 0;
	struct host h;

	host_init(&h, &limits, 7, 0);
	host_started(&h, true);
	ck_assert(host_ended(&h, true, &busy, 0));
	ck_assert_int_eq(host_may_start(&h, true, 2 * S - 1, &at), HOST_LATER);
	ck_assert_int_eq(at, 2 * S);
	ck_assert_int_eq(host_may_start(&h, true, 2 * S, &at), HOST_START);
	host_started(&h, true);
	ck_assert_int_eq(host_may_start(&h, true, 2 * S, &at), HOST_LATER);
	host_ended(&h, true, &fine, 3 * S);
	ck_assert_int_eq(host_may_start(&h, true, 3 * S, &at), HOST_START);
}
END_TEST

/* Eight were on their way when the host broke: one failure, whatever each of them met. */
START_TEST(counts_what_flew_together_once)
{
	const struct host_try broken = { HOST_BROKEN, -1, true, 1, 0 };
	const struct host_try fine = { HOST_ANSWERED, -1, true, 1, 0 };
	int64_t first = 0, at = 0;
	struct host h;

	host_init(&h, &limits, 7, 0);
	for (unsigned i = 0; i < limits.parallel_light; i++)
		host_started(&h, true);
	for (unsigned i = 0; i < limits.parallel_light - 1; i++) {
		ck_assert(host_ended(&h, true, &broken, i));
		(void)host_may_start(&h, true, i, &at);
		ck_assert(i == 0 || at == first);
		first = at;
	}
	ck_assert(at <= HOST_WAIT_FIRST);
	/* Nor does it open the host that one of them was still served. */
	ck_assert(!host_ended(&h, true, &fine, at - 1));
	ck_assert_int_eq(host_may_start(&h, true, at - 1, &at), HOST_LATER);
	ck_assert_int_eq(host_may_start(&h, true, at, &at), HOST_START);
}
END_TEST

/* But the longest wait that any of them was told holds. */
START_TEST(waits_for_the_longest)
{
	static const int64_t told[] = { 2 * S, -1, 5 * S, 1 * S };
	int64_t at = 0;
	struct host h;

	host_init(&h, &limits, 7, 0);
	for (size_t i = 0; i < array_len(told); i++)
		host_started(&h, true);
	for (size_t i = 0; i < array_len(told); i++) {
		const struct host_try busy = { HOST_BUSY, told[i], true, 1, 0 };

		ck_assert(host_ended(&h, true, &busy, 0));
	}
	ck_assert_int_eq(host_may_start(&h, true, 5 * S - 1, &at), HOST_LATER);
	ck_assert_int_eq(at, 5 * S);
	ck_assert_int_eq(host_may_start(&h, true, 5 * S, &at), HOST_START);
}
END_TEST

/* Without retries left each request has its one try, and the host its chance. */
START_TEST(has_a_budget)
{
	struct host_try attempt = { HOST_BROKEN, -1, true, 1, 0 };
	int64_t now = 0, at = 0;
	struct host h;

	host_init(&h, &limits, 7, 0);
	for (unsigned i = 0; i < 2 * limits.retries; i++) {
		ck_assert_int_eq(host_may_start(&h, true, now, &at), HOST_START);
		host_started(&h, true);
		attempt.event = HOST_BROKEN;
		attempt.started = now;
		ck_assert_int_eq(host_ended(&h, true, &attempt, now), i < limits.retries);
		ck_assert_int_eq(host_may_start(&h, true, now, &at), HOST_LATER);
		now = at;
		host_started(&h, true);
		attempt.event = HOST_ANSWERED;
		attempt.started = now;
		ck_assert(!host_ended(&h, true, &attempt, now));
		h.answered = 0;
	}
	ck_assert_uint_eq(h.retried, limits.retries);
}
END_TEST

/* No wait of our own is longer than the longest that we would be told. */
START_TEST(waits_no_longer_than_it_may)
{
	struct host_limits impatient = limits;
	struct host_try attempt = { HOST_FAILED, -1, true, 1, 0 };
	int64_t now = 0, at = 0;
	struct host h;

	impatient.max_wait = 100 * MS;
	for (uint64_t seed = 0; seed < 100; seed++) {
		host_init(&h, &impatient, seed, 0);
		for (unsigned i = 1; i < limits.tries; i++) {
			host_started(&h, true);
			attempt.started = now;
			ck_assert(host_ended(&h, true, &attempt, now));
			(void)host_may_start(&h, true, now, &at);
			ck_assert(at > now && at <= now + impatient.max_wait);
			now = at;
		}
	}
}
END_TEST

START_TEST(keeps_to_a_rate)
{
	struct host_limits slow = limits;
	const struct host_try fine = { HOST_ANSWERED, -1, true, 1, 0 };
	int64_t now = 0;
	int64_t at;
	struct host h;

	slow.rate = 10;
	slow.burst = 5;
	host_init(&h, &slow, 7, 0);
	for (int i = 0; i < 105; i++) {
		while (host_may_start(&h, true, now, &at) == HOST_LATER)
			now = at;
		host_started(&h, true);
		host_ended(&h, true, &fine, now);
	}
	/* Five at once, and then ten a second. */
	ck_assert_msg(now >= 10 * S - 2 * MS && now <= 10 * S + 200 * MS, "%lld", (long long)now);
}
END_TEST

/* --- the simulator: one host, many requests, answers at random */

#define REQUESTS 200

struct flight {
	bool flying, waits, over;
	unsigned tries;
	int64_t started, lands;
};
struct simulator {
	struct random random;
	struct host host;
	struct flight flights[REQUESTS];
	int64_t now, silent_until; /* what the host asked for */
	size_t sent, failed, over;
};

static void check(struct simulator *s, bool good, const char *what)
{
	ck_assert_msg(good, RANDOM_SEED ": %s", (unsigned long long)s->random.seed, what);
}

static struct host_try answer(struct simulator *s, const struct flight *f, unsigned trouble)
{
	struct host_try attempt = { HOST_ANSWERED, -1, true, f->tries, f->started };

	if (random_below(&s->random, 100) >= trouble)
		return attempt;
	attempt.event = (enum host_event)(1 + random_below(&s->random, 5));
	if (attempt.event == HOST_BUSY && random_below(&s->random, 2))
		attempt.retry_after = (int64_t)random_below(&s->random, 20 * S);
	return attempt;
}

static void land(struct simulator *s, struct flight *f, unsigned trouble)
{
	struct host_try attempt = answer(s, f, trouble);
	size_t budget = s->host.limits.retries + s->host.answered / 10;

	/* Whatever those answer that were on their way. */
	if (attempt.retry_after >= 0 && s->now + attempt.retry_after > s->silent_until)
		s->silent_until = s->now + attempt.retry_after;
	f->flying = false;
	bool again = host_ended(&s->host, true, &attempt, s->now);

	check(s, s->host.retried <= budget + 1, "the budget is exceeded");
	check(s, !again || f->tries < s->host.limits.tries, "one try too many");
	f->waits = again;
	f->over = !again;
	s->over += f->over;
	s->failed += attempt.event != HOST_ANSWERED;
}

/* The earliest thing that happens; all that wait are ended once the host is given up. */
static int64_t next_event(struct simulator *s, int64_t at)
{
	for (size_t i = 0; i < REQUESTS; i++)
		if (s->flights[i].flying && s->flights[i].lands < at)
			at = s->flights[i].lands;
	return at;
}

static bool start_some(struct simulator *s, int64_t *at)
{
	for (size_t i = 0; i < REQUESTS; i++) {
		struct flight *f = &s->flights[i];

		if (!f->waits)
			continue;
		enum host_word word = host_may_start(&s->host, true, s->now, at);

		if (word == HOST_GIVEN_UP) {
			f->waits = false;
			f->over = true;
			s->over++;
			continue;
		}
		if (word == HOST_LATER)
			return false;
		check(s, s->now >= s->silent_until, "asked while it wants no questions");
		host_started(&s->host, true);
		f->tries++;
		f->waits = false;
		f->flying = true;
		f->started = s->now;
		f->lands = s->now + 1 + (int64_t)random_below(&s->random, 100 * MS);
		s->sent++;
		check(s, s->host.flying <= limits.parallel_light, "too many fly");
	}
	*at = INT64_MAX;
	return true;
}

static void simulate(struct simulator *s, unsigned trouble)
{
	for (size_t i = 0; i < REQUESTS; i++)
		s->flights[i] = (struct flight){ .waits = true };
	while (s->over < REQUESTS) {
		int64_t at = INT64_MAX;

		start_some(s, &at);
		if (s->over == REQUESTS)
			break;
		int64_t then = next_event(s, at);

		check(s, then != INT64_MAX && then >= s->now, "nothing would ever happen");
		s->now = then;
		for (size_t i = 0; i < REQUESTS; i++)
			if (s->flights[i].flying && s->flights[i].lands <= s->now)
				land(s, &s->flights[i], trouble);
	}
}

START_TEST(never_makes_a_storm_worse)
{
	static const unsigned troubles[] = { 0, 1, 10, 50, 90, 100 };

	for (int round = 0; round < 300; round++) {
		struct simulator s = { .random = random_start(), .now = S };
		unsigned trouble = troubles[round % (int)array_len(troubles)];

		s.random.state += (uint64_t)round;
		host_init(&s.host, &limits, random_next(&s.random), s.now);
		simulate(&s, trouble);
		check(&s, s.sent <= REQUESTS + limits.retries + REQUESTS / 10,
		      "more sent than requests and budget");
		check(&s, trouble > 0 || (s.sent == REQUESTS && s.failed == 0),
		      "without trouble each is sent once");
		check(&s, s.host.flying == 0 && s.host.flying_heavy == 0, "something still flies");
	}
}
END_TEST

/* Clients that were refused at one moment do not come back at one. */
START_TEST(comes_back_apart)
{
	const struct host_try failed = { HOST_FAILED, -1, true, 1, 0 };
	unsigned slots[10] = { 0 };

	for (uint64_t seed = 0; seed < 1000; seed++) {
		int64_t at = 0;
		struct host h;

		host_init(&h, &limits, seed, 0);
		h.answered = 1;
		host_started(&h, true);
		host_ended(&h, true, &failed, 0);
		(void)host_may_start(&h, true, 0, &at);
		slots[(at - 1) * 10 / HOST_WAIT_FIRST]++;
	}
	for (size_t i = 0; i < array_len(slots); i++)
		ck_assert_msg(slots[i] > 60 && slots[i] < 140, "slot %zu: %u", i, slots[i]);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("registry host");
	TCase *tc = tcase_create("host");

	tcase_add_loop_test(tc, reads_statuses, 0, (int)array_len(statuses));
	tcase_add_loop_test(tc, ends_a_try, 0, (int)array_len(tries));
	tcase_add_test(tc, need_not_wait);
	tcase_add_test(tc, gives_up_who_was_never_there);
	tcase_add_test(tc, gives_up_who_lets_everybody_wait);
	tcase_add_test(tc, gives_up_who_fails_and_fails);
	tcase_add_test(tc, counts_what_flies);
	tcase_add_test(tc, lets_one_go_ahead);
	tcase_add_test(tc, counts_what_flew_together_once);
	tcase_add_test(tc, waits_for_the_longest);
	tcase_add_test(tc, has_a_budget);
	tcase_add_test(tc, waits_no_longer_than_it_may);
	tcase_add_test(tc, keeps_to_a_rate);
	tcase_add_test(tc, never_makes_a_storm_worse);
	tcase_add_test(tc, comes_back_apart);
	suite_add_tcase(s, tc);
	return s;
}
