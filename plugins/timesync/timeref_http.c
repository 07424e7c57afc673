/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Date of an http server as a reference. It has whole seconds, cut: one answer says no more
 * than "within that second". So the next request is sent such that it arrives where the second is
 * expected to turn, which halves what is not known, until the round trip itself is all that is
 * left.
 */
#include <poll.h>
#include <time.h>

#include "common/client/date_client.h"
#include "plugins/timesync/measure.h"
#include "plugins/timesync/timeref_kinds.h"

#define REQUESTS      9
/* Front ends of one name may differ: their answers contradict each other, and it begins again. */
#define RESTARTS      1
/* What is left of the interval when another request would not tell more: the round trip, and a
 * little for its changes. */
#define ENOUGH(delay) ((delay) + (delay) / 4)
#define LEAST_WAIT    (2 * NSEC_PER_MSEC)

struct edge {
	const struct timeref_options *options;
	struct date_client *client;
	struct estimate estimate; /* server minus host */
	int64_t end;              /* MONOTONIC */
	unsigned restarts;
};

static int64_t now(const struct edge *e)
{
	return e->options->clock->monotonic(e->options->clock);
}

static int64_t width(struct interval i)
{
	return i.hi - i.lo;
}

/*
 * MONOTONIC at which to send so that the request arrives where the server's second turns if its
 * clock is in the middle of the interval: half a round trip before.
 */
static int64_t send_time(const struct edge *e, int64_t from)
{
	int64_t middle = interval_offset(estimate_at(&e->estimate, from));
	int64_t there = from + LEAST_WAIT + e->estimate.delay / 2 + e->estimate.anchor + middle;
	int64_t past = there % NSEC_PER_SEC;

	return from + LEAST_WAIT + (past ? NSEC_PER_SEC - past : 0);
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

static int contradiction(const struct timeref *ref, struct error *err)
{
	return error_set(err, ERROR_CONFLICT, 0,
			 "the answers of %s contradict each other: several machines answer, whose "
			 "clocks differ; ask another server",
			 ref->url);
}

static int ask_once(struct edge *e, const struct timeref *ref, struct error *err)
{
	struct date_sample sample;

	if (date_ask(e->client, &sample, err) < 0)
		return -1;
	const struct exchange x = {
		.sent = sample.sent,
		.answered = sample.answered,
		.received = sample.date,
		.replied = sample.date,
		.resolution = NSEC_PER_SEC,
	};

	if (estimate_add(&e->estimate, &x) == ESTIMATE_OK)
		return 0;
	if (e->restarts++ >= RESTARTS)
		return contradiction(ref, err);
	estimate_init(&e->estimate, e->estimate.anchor, e->estimate.resolution);
	return 0;
}

/* Whether one more request would tell more, and there is time for it. */
static bool goes_on(const struct edge *e, int64_t at)
{
	if (e->estimate.samples == 0)
		return true;
	return width(e->estimate.offset) > ENOUGH(e->estimate.delay) &&
	       at + 2 * e->estimate.delay < e->end;
}

static int ask_all(struct edge *e, const struct timeref *ref, struct error *err)
{
	unsigned most = e->options->requests ? e->options->requests : REQUESTS;

	for (unsigned i = 0; i < most + e->restarts; i++) {
		int64_t at = e->estimate.samples ? send_time(e, now(e)) : now(e);

		if (!goes_on(e, at))
			break;
		if (wait_until(e, at, err) < 0 || ask_once(e, ref, err) < 0)
			return -1;
	}
	return 0;
}

int timeref_read_http(struct timeref_reading *out, const struct timeref *ref,
		      const struct timeref_options *options, struct error *err)
{
	const struct date_options how = {
		.clock = options->clock,
		.cancel = options->cancel,
		.env = options->env,
		.deadline = options->deadline,
	};
	scoped_date_client *client = NULL;
	struct edge e = { .options = options };
	int64_t resolution;

	host_anchor(options->clock, &resolution);
	estimate_init(&e.estimate, out->anchor, resolution);
	e.end = now(&e) + options->deadline;
	if (date_open(&client, ref->url, &how, err) < 0)
		return -1;
	e.client = client;
	if (ask_all(&e, ref, err) < 0)
		return -1;
	if (e.estimate.samples == 0)
		return contradiction(ref, err);
	out->when = now(&e);
	out->offset = interval_negate(estimate_at(&e.estimate, out->when));
	out->samples = e.estimate.samples;
	return 0;
}
