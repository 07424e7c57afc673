/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A measurement of the engine's clock against this machine's, and the host's clocks that it is
 * made with.
 */
#ifndef PLUGINS_TIMESYNC_MEASURE_H
#define PLUGINS_TIMESYNC_MEASURE_H

#include "common/base/clock.h"
#include "common/client/engine.h"
#include "common/codec/api.h"
#include "plugins/timesync/estimate.h"

enum method { METHOD_INFO, METHOD_HELPER };
const char *method_name(enum method method); /* "info", "helper" */

struct measurement {
	enum method method;
	/* Engine minus host, at `when`. Of a single exchange: at some moment of it, which matters
	 * only where a clock stepped just then. */
	struct interval offset;
	int64_t when;   /* host MONOTONIC */
	int64_t anchor; /* host REALTIME - MONOTONIC during it */
	size_t samples;
	int64_t delay;     /* smallest round trip, less the time spent there */
	unsigned restarts; /* how often a clock stepped while it was measured */
	/* METHOD_HELPER only: */
	int64_t engine_anchor; /* REALTIME - MONOTONIC there, within +-engine_anchor_width */
	int64_t engine_anchor_width;
};

/* m->offset widened to that host MONOTONIC time. */
struct interval measurement_at(const struct measurement *m, int64_t monotonic);

/*
 * The host's REALTIME - MONOTONIC, from the tightest of a few readings, and the resolution of both
 * clocks (ns). Compared before and after, it tells whether the host's clock stepped: it moved by
 * more than HOST_STEP.
 */
#define HOST_STEP (1 * NSEC_PER_MSEC)
int64_t host_anchor(const struct clock *clock, int64_t *resolution);

/*
 * By SystemTime of GET /info, no container: the width is the round trip of /info (some ms natively,
 * 100 ms and more in a virtual machine), less what several samples take off. The smallest unit of
 * the text's fraction is the clock's resolution. Asks `samples` times, and again from the start
 * (up to 3 times) when a clock stepped. info gets the last answer (may be NULL). Errors: those of
 * engine_get(), ERROR_PROTOCOL (no SystemTime, or no time), ERROR_CONFLICT (clocks keep stepping).
 */
int measure_info(struct measurement *out, struct engine *engine, const struct clock *clock,
		 unsigned samples, struct api_info *info, struct error *err) must_check;

#endif
