/* SPDX-License-Identifier: Apache-2.0 */
#include "plugins/timesync/rounds.h"

#include "plugins/timesync/decide.h"
#include "plugins/timesync/measure.h"

/* What the kernel is told to gain comes on top of what its clock does by itself. */
static void expect_slew(struct rounds *r)
{
	r->estimate.drift_ppm = ESTIMATE_DRIFT_PPM + DECIDE_SLEW_PPM;
}

void rounds_begin(struct rounds *r, int64_t anchor, int64_t resolution, bool slewing)
{
	*r = (struct rounds){ .width = INT64_MAX };
	estimate_init(&r->estimate, anchor, resolution);
	if (slewing)
		expect_slew(r);
}

/* False if the engine's clock stepped since the reply before. */
static bool same_anchor(struct rounds *r, const struct wire_reply *reply)
{
	struct interval told = interval_widen((struct interval){ reply->anchor, reply->anchor },
					      reply->anchor_width);

	if (r->exchanges == 0) {
		r->engine_anchor = told;
		return true;
	}
	return interval_intersect(r->engine_anchor, told, &r->engine_anchor);
}

static bool is_enough(struct rounds *r, int64_t now)
{
	int64_t width = r->estimate.samples ? interval_bound(r->estimate.offset) : INT64_MAX;

	if (width < r->width - r->width / 16) {
		r->width = width;
		r->idle = 0;
	} else {
		r->idle++;
	}
	if (r->exchanges < ROUNDS_LEAST)
		return false;
	if (r->exchanges == ROUNDS_LEAST)
		r->least_at = now;
	return r->idle >= ROUNDS_IDLE || r->exchanges >= ROUNDS_MOST ||
	       now - r->least_at >= ROUNDS_TIME;
}

/* A machine that stood still in the last exchange that counts contradicts it in the next. */
static bool contradicts(const struct rounds *r, const struct exchange *x)
{
	struct estimate e = r->estimate;

	return estimate_add(&e, x) == ESTIMATE_STEPPED;
}

enum rounds_result rounds_add(struct rounds *r, const struct exchange *x,
			      const struct wire_reply *reply, int64_t now)
{
	if (!same_anchor(r, reply))
		return ROUNDS_STEPPED;
	if (reply->slew_left)
		expect_slew(r);
	r->exchanges++;
	if (r->exchanges > 2 && estimate_add(&r->estimate, &r->last) == ESTIMATE_STEPPED)
		return ROUNDS_STEPPED;
	if (contradicts(r, x))
		return ROUNDS_STEPPED;
	r->last = *x;
	return is_enough(r, now) ? ROUNDS_ENOUGH : ROUNDS_MORE;
}

bool rounds_end(struct rounds *r, int64_t anchor, int64_t resolution)
{
	int64_t moved = time_diff(anchor, r->estimate.anchor);

	if (!r->estimate.samples || moved > HOST_STEP || moved < -HOST_STEP)
		return false;
	estimate_end(&r->estimate, anchor, resolution);
	return true;
}
