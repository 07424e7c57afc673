/* SPDX-License-Identifier: Apache-2.0 */
/* Exchanges with the helper until they tell nothing new. */
#include <string.h>

#include "plugins/timesync/session_internal.h"

#define EXCHANGES_LEAST 8
#define EXCHANGES_MOST  64
#define EXCHANGES_TIME  (250 * NSEC_PER_MSEC) /* beyond the least */
/* So many without taking a sixteenth off the interval: the next ones will not either. */
#define EXCHANGES_IDLE  8
#define RESTARTS_MOST   3

struct measuring {
	struct session *session;
	struct estimate estimate;
	unsigned exchanges, idle;
	int64_t first;              /* host MONOTONIC after the least of them */
	int64_t width;              /* when it last shrank by enough */
	struct wire_reply tightest; /* the reply whose anchor is known best */
};

static void begin(struct measuring *m)
{
	const struct clock *clock = m->session->options.clock;
	int64_t resolution;
	int64_t anchor = host_anchor(clock, &resolution);

	m->exchanges = m->idle = 0;
	m->width = INT64_MAX;
	estimate_init(&m->estimate, anchor, resolution);
	/* What the kernel is told to gain comes on top of what its clock does by itself. */
	if (m->session->slewing)
		m->estimate.drift_ppm += DECIDE_SLEW_PPM;
}

/* Did the engine's clock step between two replies? Slewing moves both of its clocks alike. */
static bool engine_stepped(const struct wire_reply *a, const struct wire_reply *b)
{
	int64_t moved = time_diff(a->anchor, b->anchor);
	int64_t room = (int64_t)a->anchor_width + b->anchor_width + HOST_STEP;

	return moved > room || moved < -room;
}

static bool host_stepped(const struct measuring *m)
{
	int64_t resolution;
	int64_t moved = time_diff(host_anchor(m->session->options.clock, &resolution),
				  m->estimate.anchor);

	return moved > HOST_STEP || moved < -HOST_STEP;
}

/* *stepped: a clock did, and what was measured so far is of no use. */
static int exchange_once(struct measuring *m, bool *stepped, struct error *err)
{
	struct wire_request request = { .op = WIRE_PING };
	struct wire_reply reply;
	int64_t sent, got;

	if (session_exchange(m->session, &request, &reply, &sent, &got, err) < 0)
		return -1;
	const struct exchange x = session_exchange_of(&reply, sent, got);

	m->exchanges++;
	if (m->exchanges > 1 && engine_stepped(&reply, &m->tightest)) {
		*stepped = true;
		return 0;
	}
	if (m->exchanges == 1 || reply.anchor_width < m->tightest.anchor_width)
		m->tightest = reply;
	*stepped = estimate_add(&m->estimate, &x) == ESTIMATE_STEPPED;
	return 0;
}

static bool is_enough(struct measuring *m)
{
	const struct clock *clock = m->session->options.clock;
	int64_t now = clock->monotonic(clock);
	int64_t width = m->estimate.samples
				? time_diff(m->estimate.offset.hi, m->estimate.offset.lo)
				: INT64_MAX;

	if (width < m->width - m->width / 16) {
		m->width = width;
		m->idle = 0;
	} else {
		m->idle++;
	}
	if (m->exchanges < EXCHANGES_LEAST)
		return false;
	if (m->exchanges == EXCHANGES_LEAST)
		m->first = now;
	return m->idle >= EXCHANGES_IDLE || m->exchanges >= EXCHANGES_MOST ||
	       now - m->first >= EXCHANGES_TIME;
}

/* *stepped as above. */
static int measure_once(struct measuring *m, bool *stepped, struct error *err)
{
	*stepped = false;
	begin(m);
	do {
		if (exchange_once(m, stepped, err) < 0)
			return -1;
	} while (!*stepped && !is_enough(m));
	*stepped = *stepped || !m->estimate.samples || host_stepped(m);
	return 0;
}

int session_measure(struct session *session, struct measurement *out, struct error *err)
{
	struct measuring m = { .session = session };
	unsigned restarts = 0;
	bool stepped;

	for (;;) {
		if (measure_once(&m, &stepped, err) < 0)
			return error_wrap(err, "measuring through the helper");
		if (!stepped)
			break;
		if (restarts++ == RESTARTS_MOST)
			return error_set(err, ERROR_CONFLICT, 0,
					 "the engine's clock or this machine's is stepped all the "
					 "time, and cannot be measured");
	}
	*out = (struct measurement){
		.method = METHOD_HELPER,
		.offset = m.estimate.offset,
		.when = m.estimate.when,
		.anchor = m.estimate.anchor,
		.samples = m.estimate.samples,
		.delay = m.estimate.delay,
		.restarts = restarts,
		.engine_anchor = m.tightest.anchor,
		.engine_anchor_width = m.tightest.anchor_width,
	};
	return 0;
}
