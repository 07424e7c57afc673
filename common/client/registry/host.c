/* SPDX-License-Identifier: Apache-2.0 */
#include "common/client/registry/host.h"

/* So many of those that a host answered are the budget of its retries, beside limits.retries. */
#define ANSWERS_PER_RETRY 10

void host_init(struct host *h, const struct host_limits *limits, uint64_t seed, int64_t now)
{
	*h = (struct host){ .limits = *limits,
			    .closed_until = TIME_NONE,
			    .failed_at = TIME_NONE,
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
	int64_t ceiling = h->limits.max_wait < HOST_WAIT_MOST ? h->limits.max_wait : HOST_WAIT_MOST;
	int64_t most = HOST_WAIT_FIRST;

	for (unsigned i = 1; i < h->failures && most < ceiling; i++)
		most *= 2;
	if (most > ceiling)
		most = ceiling;
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
	if (is_full(h, light) || (h->failures > 0 && h->flying > 0))
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
	if (h->limits.max_wait <= 0 || attempt->retry_after > h->limits.max_wait)
		return -1;
	int64_t wait = jitter(h);

	return wait < attempt->retry_after ? attempt->retry_after : wait;
}

static void close_for(struct host *h, int64_t wait, int64_t now)
{
	int64_t until = now > INT64_MAX - wait ? INT64_MAX : now + wait;

	if (h->closed_until == TIME_NONE || until > h->closed_until)
		h->closed_until = until;
}

/* It was sent before the host was seen to fail: it tells nothing about the time after. */
static bool is_of_old(const struct host *h, const struct host_try *attempt)
{
	return h->failures > 0 && attempt->started <= h->failed_at;
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

static void note_answer(struct host *h, bool of_old)
{
	h->answered++;
	if (of_old)
		return;
	h->failures = 0;
	h->closed_until = TIME_NONE;
}

/* Closes the host for all, or gives it up. */
static void note_failure(struct host *h, const struct host_try *attempt, bool of_old, int64_t now)
{
	int64_t wait;

	if (!of_old) {
		h->failures++;
		h->failed_at = now;
	} else if (attempt->retry_after < 0) {
		return;
	}
	wait = is_hopeless(h, attempt->event) ? -1 : wait_of(h, attempt);
	if (wait < 0)
		give_up(h, outcome_of(attempt->event));
	else
		close_for(h, wait, now);
}

void host_cut_off(struct host *h, bool light)
{
	h->flying--;
	h->flying_heavy -= !light;
}

bool host_ended(struct host *h, bool light, const struct host_try *attempt, int64_t now)
{
	bool of_old = is_of_old(h, attempt);

	host_cut_off(h, light);
	if (attempt->event == HOST_ANSWERED) {
		note_answer(h, of_old);
		return false;
	}
	note_failure(h, attempt, of_old, now);
	if (h->given_up || !attempt->repeatable || attempt->tries >= h->limits.tries ||
	    !budget_left(h))
		return false;
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
