/* SPDX-License-Identifier: Apache-2.0 */
#include "plugins/timesync/estimate.h"

/* Exact where it fits, the nearest number where it does not. */
static int64_t add(int64_t a, int64_t b)
{
	int64_t sum;

	if (__builtin_add_overflow(a, b, &sum))
		return a < 0 ? INT64_MIN : INT64_MAX;
	return sum;
}

static int64_t sub(int64_t a, int64_t b)
{
	int64_t difference;

	if (__builtin_sub_overflow(a, b, &difference))
		return a < 0 ? INT64_MIN : INT64_MAX;
	return difference;
}

static int64_t clamp(int64_t ns)
{
	if (ns > INTERVAL_LIMIT)
		return INTERVAL_LIMIT;
	return ns < -INTERVAL_LIMIT ? -INTERVAL_LIMIT : ns;
}

static int64_t not_negative(int64_t ns)
{
	return ns > 0 ? ns : 0;
}

/* Unsigned: the limits lie 2^63 apart. */
static uint64_t width(struct interval i)
{
	return (uint64_t)clamp(i.hi) - (uint64_t)clamp(i.lo);
}

int64_t interval_offset(struct interval i)
{
	return clamp(i.lo) + (int64_t)(width(i) / 2);
}

int64_t interval_bound(struct interval i)
{
	return (int64_t)(width(i) / 2 + width(i) % 2);
}

int64_t interval_least(struct interval i)
{
	if (i.lo > 0)
		return clamp(i.lo);
	return i.hi < 0 ? -clamp(i.hi) : 0;
}

int64_t interval_most(struct interval i)
{
	int64_t below = -clamp(i.lo);
	int64_t above = clamp(i.hi);

	return below > above ? below : above;
}

struct interval interval_add(struct interval a, struct interval b)
{
	return (struct interval){ .lo = clamp(add(a.lo, b.lo)), .hi = clamp(add(a.hi, b.hi)) };
}

struct interval interval_negate(struct interval i)
{
	return (struct interval){ .lo = -clamp(i.hi), .hi = -clamp(i.lo) };
}

struct interval interval_widen(struct interval i, int64_t ns)
{
	return (struct interval){ .lo = clamp(sub(i.lo, ns)), .hi = clamp(add(i.hi, ns)) };
}

bool interval_intersect(struct interval a, struct interval b, struct interval *out)
{
	struct interval both = {
		.lo = a.lo > b.lo ? a.lo : b.lo,
		.hi = a.hi < b.hi ? a.hi : b.hi,
	};

	if (both.lo > both.hi)
		return false;
	*out = both;
	return true;
}

/* In two parts, since ns * ppm may not fit. */
static int64_t drift_of(int64_t ns, int64_t ppm)
{
	const int64_t million = 1000000;
	int64_t whole;

	ns = not_negative(ns);
	if (__builtin_mul_overflow(ns / million, ppm, &whole))
		return INT64_MAX;
	return add(whole, (ns % million * ppm + million - 1) / million);
}

int64_t estimate_drift(int64_t ns)
{
	return drift_of(ns, ESTIMATE_DRIFT_PPM);
}

void estimate_init(struct estimate *e, int64_t anchor, int64_t resolution)
{
	*e = (struct estimate){
		.anchor = anchor,
		.resolution = resolution > 0 ? resolution : 1,
		.drift_ppm = ESTIMATE_DRIFT_PPM,
	};
}

/* The most that can truly have passed here, from the one reading to the other. */
static int64_t passed_here(const struct estimate *e, int64_t from, int64_t to)
{
	return add(sub(to, from), e->resolution);
}

static bool absurd(const struct estimate *e, const struct exchange *x, int64_t resolution)
{
	int64_t here, there;

	if (x->answered < x->sent || x->replied < x->received)
		return true;
	here = passed_here(e, x->sent, x->answered);
	there = sub(x->replied, x->received);
	return there > add(here, add(resolution, drift_of(here, e->drift_ppm)));
}

/*
 * What one exchange says about the moments at which this clock reads `when`. Readings are cut: a
 * clock that reads r stands between r and r + resolution. Hence
 *     that clock on arrival <= T2 + its resolution, while this clock is >= t1, and
 *     that clock at the answer >= T3, while this clock is <= t4 + its resolution,
 * both at moments after t1, and the two clocks drifted apart since.
 */
static struct interval exchange_offset(const struct estimate *e, const struct exchange *x,
				       int64_t resolution, int64_t when)
{
	int64_t sent = add(e->anchor, x->sent);
	int64_t answered = add(e->anchor, x->answered);
	struct interval then = {
		.lo = clamp(sub(sub(x->replied, answered), e->resolution)),
		.hi = clamp(add(sub(x->received, sent), resolution)),
	};

	return interval_widen(then, drift_of(passed_here(e, x->sent, when), e->drift_ppm));
}

enum estimate_result estimate_add(struct estimate *e, const struct exchange *x)
{
	int64_t resolution = x->resolution > 0 ? x->resolution : 1;
	int64_t when = x->answered;
	struct interval offset;
	int64_t delay;

	if (absurd(e, x, resolution))
		return ESTIMATE_ABSURD;
	if (e->samples > 0 && e->when > when)
		when = e->when;
	offset = exchange_offset(e, x, resolution, when);
	/* Times beyond all limits, cut to them. */
	if (offset.lo > offset.hi)
		return ESTIMATE_ABSURD;
	if (e->samples > 0 && !interval_intersect(offset, estimate_at(e, when), &offset))
		return ESTIMATE_STEPPED;
	delay = not_negative(sub(sub(x->answered, x->sent), sub(x->replied, x->received)));
	e->delay = e->samples == 0 || delay < e->delay ? delay : e->delay;
	e->offset = offset;
	e->when = when;
	e->samples++;
	return ESTIMATE_OK;
}

void estimate_end(struct estimate *e, int64_t anchor, int64_t resolution)
{
	int64_t later = sub(add(anchor, resolution), add(e->anchor, e->resolution));
	int64_t sooner = sub(e->anchor, anchor);

	e->offset.lo = clamp(sub(e->offset.lo, not_negative(later)));
	e->offset.hi = clamp(add(e->offset.hi, not_negative(sooner)));
}

struct interval estimate_at(const struct estimate *e, int64_t monotonic)
{
	return interval_widen(e->offset, drift_of(sub(monotonic, e->when), e->drift_ppm));
}
