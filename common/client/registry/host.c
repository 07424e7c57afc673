/* SPDX-License-Identifier: Apache-2.0 */
#include "common/client/registry/host.h"

/* So many of those that a host answered are the budget of its retries, beside limits.retries. */
#define ANSWERS_PER_RETRY 10

void host_init(struct host *h, const struct host_limits *limits, uint64_t seed, int64_t now)
{
	*h = (struct host){ .limits = *limits,
			    .closed_until = TIME_NONE,
			    .told_at = TIME_NONE,
			    .tokens = limits->burst,
			    .filled = now,
			    .random = seed };
}

/* splitmix64: good enough to be apart from others. */
static uint64_t next_random(struct host *h)
{
	uint64_t z = h->random += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

/* Between nothing and the exponential's step: full jitter. */
static int64_t jitter(struct host *h)
{
	int64_t most = HOST_WAIT_FIRST;

	for (unsigned i = 1; i < h->failures && most < HOST_WAIT_MOST; i++)
		most *= 2;
	if (most > HOST_WAIT_MOST)
		most = HOST_WAIT_MOST;
	return (int64_t)(next_random(h) % (uint64_t)most) + 1;
}

/* --- starting */

static void refill(struct host *h, int64_t now)
{
	double more = (double)time_diff(now, h->filled) / (double)NSEC_PER_SEC * h->limits.rate;

	h->filled = now;
	h->tokens += more;
	if (h->tokens > h->limits.burst)
		h->tokens = h->limits.burst;
}

/* When there is one token; now if there is. */
static int64_t next_token(struct host *h, int64_t now)
{
	if (h->limits.rate <= 0)
		return now;
	refill(h, now);
	if (h->tokens >= 1)
		return now;
	return now + (int64_t)((1 - h->tokens) / h->limits.rate * (double)NSEC_PER_SEC) + 1;
}

static bool is_full(const struct host *h, bool light)
{
	if (light && h->flying_heavy == 0)
		return h->flying >= h->limits.parallel_light;
	return h->flying >= h->limits.parallel;
}

enum host_word host_may_start(struct host *h, bool light, int64_t now, int64_t *at)
{
	if (h->given_up)
		return HOST_GIVEN_UP;
	*at = INT64_MAX;
	if (h->closed_until != TIME_NONE && now < h->closed_until) {
		*at = h->closed_until;
		return HOST_LATER;
	}
	/* After a failure one goes ahead, and the others wait for what it meets. */
	if (is_full(h, light) || h->probing || (h->failures > 0 && h->flying > 0))
		return HOST_LATER;
	int64_t token = next_token(h, now);

	if (token > now) {
		*at = token;
		return HOST_LATER;
	}
	return HOST_START;
}

void host_started(struct host *h, bool light)
{
	h->flying++;
	h->flying_heavy += !light;
	h->probing = h->failures > 0;
	if (h->limits.rate > 0)
		h->tokens -= 1;
}

/* --- ending */

static void give_up(struct host *h, enum registry_outcome why)
{
	h->given_up = true;
	h->why = why;
}

static enum registry_outcome outcome_of(enum host_event event)
{
	switch (event) {
	case HOST_BUSY:
		return REGISTRY_RATE_LIMITED;
	case HOST_FAILED:
		return REGISTRY_FAILED;
	default:
		return REGISTRY_UNREACHABLE;
	}
}

static bool budget_left(const struct host *h)
{
	return h->retried < h->limits.retries + h->answered / ANSWERS_PER_RETRY;
}

/* How long all wait. -1: longer than anybody will. */
static int64_t wait_of(struct host *h, const struct host_try *attempt)
{
	if (attempt->retry_after < 0)
		return h->limits.max_wait < 0 ? -1 : jitter(h);
	return attempt->retry_after > h->limits.max_wait ? -1 : attempt->retry_after;
}

static void close_for(struct host *h, int64_t wait, int64_t now)
{
	int64_t until = now > INT64_MAX - wait ? INT64_MAX : now + wait;

	if (h->closed_until == TIME_NONE || until > h->closed_until)
		h->closed_until = until;
}

/*
 * Whoever came back well after a failure opens the host to all. A wait that the host asked for
 * holds all the same: what is answered meanwhile was on its way before.
 */
static void note_answer(struct host *h, int64_t now)
{
	bool told = h->told_at != TIME_NONE && h->told_at > now;

	h->answered++;
	h->failures = told ? 1 : 0;
	h->closed_until = told ? h->told_at : TIME_NONE;
}

static void note_told(struct host *h, int64_t wait, int64_t now)
{
	int64_t at = now > INT64_MAX - wait ? INT64_MAX : now + wait;

	if (h->told_at == TIME_NONE || at > h->told_at)
		h->told_at = at;
}

/* A host that was never there, or lets everybody wait to the end, is not waited for again and
 * again. */
static bool is_hopeless(const struct host *h, enum host_event event)
{
	if (h->failures < 2)
		return false;
	return h->failures >= h->limits.tries || event == HOST_SLOW ||
	       (event == HOST_SILENT && h->answered == 0);
}

void host_cut_off(struct host *h, bool light)
{
	h->flying--;
	h->flying_heavy -= !light;
	h->probing = false;
}

bool host_ended(struct host *h, bool light, const struct host_try *attempt, int64_t now)
{
	host_cut_off(h, light);
	if (attempt->event == HOST_ANSWERED) {
		note_answer(h, now);
		return false;
	}
	h->failures++;
	if (attempt->retry_after >= 0)
		note_told(h, attempt->retry_after, now);
	if (is_hopeless(h, attempt->event)) {
		give_up(h, outcome_of(attempt->event));
		return false;
	}
	int64_t wait = wait_of(h, attempt);

	if (wait < 0) {
		give_up(h, outcome_of(attempt->event));
		return false;
	}
	close_for(h, wait, now);
	if (!attempt->repeatable || attempt->tries >= h->limits.tries)
		return false;
	if (!budget_left(h)) {
		give_up(h, outcome_of(attempt->event));
		return false;
	}
	h->retried++;
	return true;
}

enum host_event host_event_of_status(int status, bool has_retry_after)
{
	switch (status) {
	case 429:
		return HOST_BUSY;
	case 503:
		return has_retry_after ? HOST_BUSY : HOST_FAILED;
	case 408:
	case 425:
	case 500:
	case 502:
	case 504:
	case 522:
		return HOST_FAILED;
	default:
		return HOST_ANSWERED;
	}
}
