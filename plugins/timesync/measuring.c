/* SPDX-License-Identifier: Apache-2.0 */
#include "plugins/timesync/measuring.h"

#include "plugins/timesync/rounds.h"

#define RESTARTS_MOST 3

static int restless(struct error *err)
{
	return error_set(err, ERROR_CONFLICT, 0,
			 "the engine's clock or this machine's is stepped all the time, and cannot "
			 "be measured");
}

/* --- By /info. */

/* An engine that is so slow is not asked again: more samples take less off than people wait for. */
#define INFO_PATIENCE (2 * NSEC_PER_SEC)

/* By less than HOST_STEP is not worth a new beginning: it is given way to. */
static bool host_stepped(const struct clock *clock, struct estimate *e)
{
	int64_t resolution;
	int64_t anchor = host_anchor(clock, &resolution);
	int64_t moved = time_diff(anchor, e->anchor);

	if (moved > HOST_STEP || moved < -HOST_STEP)
		return true;
	estimate_end(e, anchor, resolution);
	return false;
}

/*
 * *stepped: a clock did meanwhile, and e is of no use. *when is the moment for which the result
 * stands, as the last request went out: the answer to it would contradict a change before, and one
 * after it is not claimed to be known.
 */
static int info_once(struct estimate *e, int64_t *when, const struct measuring *by,
		     unsigned samples, bool *stepped, struct error *err)
{
	int64_t resolution, began = 0;
	int64_t anchor = host_anchor(by->clock, &resolution);

	estimate_init(e, anchor, resolution);
	*stepped = false;
	for (unsigned i = 0; i < samples && !*stepped; i++) {
		struct exchange x;

		if (by->ask(by->ctx, &x, NULL, err) < 0)
			return -1;
		*stepped = estimate_add(e, &x) == ESTIMATE_STEPPED;
		*when = x.sent;
		if (i == 0)
			began = x.sent;
		if (time_diff(x.answered, began) > INFO_PATIENCE)
			break;
	}
	*stepped = *stepped || !e->samples || host_stepped(by->clock, e);
	return 0;
}

int measuring_by_info(struct measurement *out, const struct measuring *by, unsigned samples,
		      struct error *err)
{
	for (unsigned restarts = 0; restarts <= RESTARTS_MOST; restarts++) {
		struct estimate e;
		int64_t when = 0;
		bool stepped;

		if (info_once(&e, &when, by, samples, &stepped, err) < 0)
			return -1;
		if (stepped)
			continue;
		*out = (struct measurement){
			.method = METHOD_INFO,
			.offset = e.offset,
			.when = when,
			.anchor = e.anchor,
			.samples = e.samples,
			.delay = e.delay,
			.restarts = restarts,
		};
		return 0;
	}
	return restless(err);
}

/* --- By the helper. */

/* One measurement from its begin; *stepped: a clock did meanwhile, and *r is of no use. */
static int helper_once(struct rounds *r, const struct measuring *by, bool slewing, bool *stepped,
		       struct error *err)
{
	int64_t resolution, anchor = host_anchor(by->clock, &resolution);
	enum rounds_result result = ROUNDS_MORE;

	rounds_begin(r, anchor, resolution, slewing);
	while (result == ROUNDS_MORE) {
		struct wire_reply reply;
		struct exchange x;

		if (by->ask(by->ctx, &x, &reply, err) < 0)
			return -1;
		result = rounds_add(r, &x, &reply, by->clock->monotonic(by->clock));
	}
	anchor = host_anchor(by->clock, &resolution);
	*stepped = result == ROUNDS_STEPPED || !rounds_end(r, anchor, resolution);
	return 0;
}

int measuring_by_helper(struct measurement *out, const struct measuring *by, bool slewing,
			struct error *err)
{
	for (unsigned restarts = 0; restarts <= RESTARTS_MOST; restarts++) {
		struct rounds r;
		bool stepped;

		if (helper_once(&r, by, slewing, &stepped, err) < 0)
			return -1;
		if (stepped)
			continue;
		*out = (struct measurement){
			.method = METHOD_HELPER,
			.offset = r.estimate.offset,
			.when = r.estimate.when,
			.anchor = r.estimate.anchor,
			.samples = r.estimate.samples,
			.delay = r.estimate.delay,
			.restarts = restarts,
			.engine_anchor = interval_offset(r.engine_anchor),
			.engine_anchor_width = interval_bound(r.engine_anchor),
		};
		return 0;
	}
	return restless(err);
}
