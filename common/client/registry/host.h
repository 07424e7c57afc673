/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When the next request may go to one host, and what a failed one means for those that wait. Pure:
 * time comes in, decisions come out; the tests run it on a clock of their own.
 *
 * What a host says or does to one request holds for all: there is one back-off per host, and while
 * it lasts nothing is sent there. One request is let through first when it is over; the others
 * follow once that was answered. What flew together and failed together is one failure, and what is
 * answered of it opens nothing. Waits are a random part of an exponential (full jitter), so that
 * many clients do not come back together, but never shorter than the host said (Retry-After).
 */
#ifndef COMMON_CLIENT_REGISTRY_HOST_H
#define COMMON_CLIENT_REGISTRY_HOST_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/clock.h"
#include "common/base/error.h"
#include "common/codec/registry_error.h"

#define HOST_WAIT_FIRST (250 * NSEC_PER_MSEC) /* the exponential begins here */
#define HOST_WAIT_MOST  (20 * NSEC_PER_SEC)   /* and ends here */

struct host_limits {
	unsigned parallel, parallel_light;
	double rate;      /* requests a second; 0: any */
	double burst;     /* requests that may go at once before the rate counts */
	int64_t max_wait; /* ns */
	unsigned tries;   /* of one request */
	unsigned retries; /* of the host, beside a tenth of what it answered */
};

/* Zeroed, then host_init(). Times are monotonic. */
struct host {
	struct host_limits limits;
	unsigned flying, flying_heavy; /* in flight; of those, what is no HEAD */
	unsigned failures;             /* in a row, of what did not fly together */
	int64_t failed_at;             /* when the last of these was */
	unsigned retried;
	size_t answered;
	int64_t closed_until; /* nothing before; TIME_NONE: open */
	bool given_up;        /* for this run: every request ends with `why` */
	enum registry_outcome why;
	double tokens; /* of the rate's bucket */
	int64_t filled;
	uint64_t random; /* state of the jitter */
};
void host_init(struct host *h, const struct host_limits *limits, uint64_t seed, int64_t now);

enum host_word { HOST_START, HOST_LATER, HOST_GIVEN_UP };
/* May a request start now? LATER: not before *at; INT64_MAX: after the next answer. */
enum host_word host_may_start(struct host *h, bool light, int64_t now, int64_t *at);
void host_started(struct host *h, bool light);

/* How a try ended, as far as the schedule goes. */
enum host_event {
	HOST_ANSWERED, /* anything that is no reason to wait, a 404 or 401 too */
	HOST_BUSY,     /* 429, 503 with Retry-After */
	HOST_FAILED,   /* 408, 425, 500, 502, 503, 504, 522: the host may do better */
	HOST_BROKEN,   /* reset, cut short */
	HOST_SLOW,     /* connected, and no whole answer in time */
	HOST_SILENT,   /* no connection: name, refused, no route, TLS */
};
struct host_try {
	enum host_event event;
	int64_t retry_after; /* ns from now; -1: not told */
	bool repeatable;     /* the method allows another try, and no byte was handed out */
	unsigned tries;      /* that this request has had, this one counted */
	int64_t started;
};
/*
 * Returns whether the request is to be tried again (after host_may_start()); not if the budget of
 * retries is used up. The host is given up by a wait that is told and longer than max_wait, by as
 * many failures in a row as a request has tries, by two if everybody waited to the end or if it
 * never answered anybody.
 */
bool host_ended(struct host *h, bool light, const struct host_try *attempt, int64_t now);

/* Its try was cut off from here, which says nothing about the host. */
void host_cut_off(struct host *h, bool light);

/* Pure: which event a status is; HOST_ANSWERED for those that are an answer. */
enum host_event host_event_of_status(int status, bool has_retry_after);

#endif
