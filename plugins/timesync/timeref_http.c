/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Date of an http server as a reference. It has whole seconds, cut: one answer says no more
 * than "within that second". So the next request is sent such that it arrives where the second is
 * expected to turn, which halves what is not known, until the round trip itself is all that is
 * left.
 *
 * That every answer agrees with the interval proves nothing where several machines answer whose
 * clocks are whole seconds apart: each of them only ever moves one end. So in the end some more
 * requests are sent right before and right after the edge that was found, where the answer is known
 * if there is one clock: one of another second says that there are two.
 */
#include <poll.h>
#include <time.h>

#include "common/client/date_client.h"
#include "plugins/timesync/timeref_kinds.h"

#define REQUESTS      9
/* On each side of the edge: machines that answer in turn are both asked on the same side. */
#define CHECKS        2
#define CHECK_TRIES   3
/* What is left of the interval when another request would not tell more: the round trip, and a
 * little for its changes. */
#define ENOUGH(delay) ((delay) + (delay) / 4)
#define LEAST_WAIT    (2 * NSEC_PER_MSEC)

struct edge {
	const struct timeref_options *options;
	struct date_client *client;
	const struct timeref *ref;
	struct estimate estimate; /* server minus host */
	int64_t end;              /* MONOTONIC */
};

static int64_t now(const struct edge *e)
{
	return e->options->clock->monotonic(e->options->clock);
}

static int64_t width(struct interval i)
{
	return i.hi - i.lo;
}

/* MONOTONIC at which the second turns of a clock with that offset, first after `from`. */
static int64_t next_turn(const struct edge *e, int64_t from, int64_t offset)
{
	int64_t past = (from + e->estimate.anchor + offset) % NSEC_PER_SEC;

	return from + (past ? NSEC_PER_SEC - past : 0);
}

/*
 * MONOTONIC at which to send so that the request arrives where the server's second turns if its
 * clock is in the middle of the interval: half a round trip before.
 */
static int64_t send_time(const struct edge *e)
{
	int64_t from = now(e) + LEAST_WAIT;
	int64_t there = e->estimate.delay / 2;
	int64_t middle = interval_offset(estimate_at(&e->estimate, from));

	return next_turn(e, from + there, middle) - there;
}

/* What one request takes, with some room. */
static int64_t one_takes(const struct edge *e)
{
	return ENOUGH(e->estimate.delay) + LEAST_WAIT;
}

/* Whole milliseconds by poll(), which Ctrl-C ends, and the rest by sleeping. */
static int wait_until(const struct edge *e, int64_t until, struct error *err)
{
	struct cancel *cancel = e->options->cancel;
	struct pollfd one = { .fd = cancel ? cancel_fd(cancel) : -1, .events = POLLIN };
	int64_t left;

	while ((left = until - now(e)) > NSEC_PER_MSEC)
		if (poll(&one, 1, (int)(left / NSEC_PER_MSEC)) > 0)
			return cancel_error(cancel, err);
	if (left > 0)
		nanosleep(&(struct timespec){ .tv_nsec = left }, NULL);
	return 0;
}

static int contradiction(const struct edge *e, struct error *err)
{
	return error_set(err, ERROR_CONFLICT, 0,
			 "the answers of %s contradict each other: several machines answer, whose "
			 "clocks differ, or its clock was stepped; ask again, or another server",
			 e->ref->url);
}

static int ask_at(struct edge *e, int64_t at, struct error *err)
{
	struct date_sample sample;

	if (wait_until(e, at, err) < 0 || date_ask(e->client, &sample, err) < 0)
		return -1;
	const struct exchange x = {
		.sent = sample.sent,
		.answered = sample.answered,
		.received = sample.date,
		.replied = sample.date,
		.resolution = NSEC_PER_SEC,
	};

	return estimate_add(&e->estimate, &x) == ESTIMATE_OK ? 0 : contradiction(e, err);
}

/* Whether one more request would tell more, and there is time for it and for the checks. */
static bool goes_on(const struct edge *e, int64_t at)
{
	return width(e->estimate.offset) > ENOUGH(e->estimate.delay) &&
	       at + NSEC_PER_SEC + (1 + 2 * CHECKS) * one_takes(e) < e->end;
}

static int find_edge(struct edge *e, struct error *err)
{
	unsigned most = e->options->requests ? e->options->requests : REQUESTS;

	if (ask_at(e, now(e), err) < 0)
		return -1;
	for (unsigned i = 1; i < most; i++) {
		int64_t at = send_time(e);

		if (!goes_on(e, at))
			break;
		if (ask_at(e, at, err) < 0)
			return -1;
	}
	return 0;
}

/* Where the interval is nearly a second there is nothing beside it. */
#define TOO_WIDE (NSEC_PER_SEC * 3 / 4)

/*
 * Right before the edge: there and back again, all of them, before the second turns for the clock
 * that is furthest ahead. *known is false if one came back too late: its answer may have been given
 * on either side. Right after: when it has turned for the clock that is furthest behind.
 */
static int ask_before(struct edge *e, bool *known, struct error *err)
{
	int64_t from = now(e) + LEAST_WAIT;
	int64_t ahead = one_takes(e) * CHECKS;
	int64_t turn = next_turn(e, from + ahead, estimate_at(&e->estimate, from).hi);

	for (unsigned i = 0; i < CHECKS; i++)
		if (ask_at(e, turn - one_takes(e) * (CHECKS - i), err) < 0)
			return -1;
	*known = e->estimate.when <= turn;
	return 0;
}

static int ask_after(struct edge *e, struct error *err)
{
	int64_t from = now(e) + LEAST_WAIT;
	int64_t at = next_turn(e, from, estimate_at(&e->estimate, from).lo);

	for (unsigned i = 0; i < CHECKS; i++)
		if (ask_at(e, i == 0 ? at : now(e), err) < 0)
			return -1;
	return 0;
}

/* Whether there is time for both sides of an edge that is a second away at most. */
static bool may_check(const struct edge *e)
{
	return width(e->estimate.offset) <= TOO_WIDE &&
	       now(e) + NSEC_PER_SEC + 2 * CHECKS * one_takes(e) < e->end;
}

static int check_edge(struct edge *e, struct timeref_reading *out, struct error *err)
{
	bool known = false;

	for (unsigned i = 0; i < CHECK_TRIES && !known && may_check(e); i++)
		if (ask_before(e, &known, err) < 0)
			return -1;
	if (known)
		return ask_after(e, err);
	strings_take(&out->notes, xasprintf("%s: there was no time to find out whether several "
					    "machines with different clocks answer",
					    e->ref->url));
	return 0;
}

int timeref_read_http(struct timeref_reading *out, const struct timeref *ref,
		      const struct timeref_options *options, struct error *err)
{
	struct edge e = { .options = options, .ref = ref };
	scoped_date_client *client = NULL;

	e.end = now(&e) + options->deadline;
	estimate_init(&e.estimate, out->anchor, out->resolution);
	const struct date_options how = {
		.clock = options->clock,
		.cancel = options->cancel,
		.env = options->env,
		.deadline = options->deadline,
		.end = e.end,
	};

	if (date_open(&client, ref->url, &how, err) < 0)
		return -1;
	e.client = client;
	if (find_edge(&e, err) < 0 || check_edge(&e, out, err) < 0)
		return -1;
	out->when = now(&e);
	out->offset = interval_negate(estimate_at(&e.estimate, out->when));
	out->samples = e.estimate.samples;
	return 0;
}
