/* SPDX-License-Identifier: Apache-2.0 */
#include "plugins/timesync/decide.h"

static const struct {
	int status;
	const char *name;
} verdicts[] = {
#define VERDICT_ROW(verdict, status, name) { status, name },
	VERDICTS(VERDICT_ROW)
#undef VERDICT_ROW
};

static const struct {
	const char *name, *text;
} reasons[] = {
#define REASON_ROW(reason, name, text) { name, text },
	REASONS(REASON_ROW)
#undef REASON_ROW
};

static const char *const actions[] = {
	[ACTION_NONE] = "none",
	[ACTION_STEP] = "step",
	[ACTION_SLEW] = "slew",
	[ACTION_REFUSE] = "refuse",
};

const char *verdict_name(enum verdict verdict)
{
	return verdicts[verdict].name;
}

int verdict_status(enum verdict verdict)
{
	return verdicts[verdict].status;
}

const char *action_name(enum action action)
{
	return actions[action];
}

const char *reason_name(enum reason reason)
{
	return reasons[reason].name;
}

const char *reason_text(enum reason reason)
{
	return reasons[reason].text;
}

enum verdict decide_verdict(struct interval offset, int64_t tolerance, bool same_kernel)
{
	/* A reference that is not the host may show that the clock which both have is wrong. */
	if (same_kernel && interval_least(offset) == 0)
		return VERDICT_SAME_CLOCK;
	if (interval_most(offset) <= tolerance)
		return VERDICT_IN_STEP;
	return interval_least(offset) > tolerance ? VERDICT_OUT_OF_STEP : VERDICT_UNKNOWN;
}

/* What the decision looks at, once. */
struct correction {
	int64_t delta; /* to add to the engine's clock */
	int64_t size;  /* its magnitude */
	int64_t bound;
	bool slew;
};

static struct correction correction_of(const struct situation *s, const struct orders *orders)
{
	struct correction c = {
		.delta = -interval_offset(s->offset),
		.bound = interval_bound(s->offset),
	};

	c.size = c.delta < 0 ? -c.delta : c.delta;
	c.slew = orders->slew && c.size <= DECIDE_SLEW_MOST;
	return c;
}

/* A kernel that stood still goes on believing that it is in step. */
static bool slept(const struct situation *s, const struct correction *c)
{
	return s->stood_still > 0 && c->delta > 0 && c->size - DECIDE_STILL <= s->stood_still;
}

/* The first of REASONS that holds. */
static enum reason reason_of(const struct situation *s, const struct orders *orders,
			     const struct correction *c)
{
	if (s->kernels == KERNELS_SAME)
		return REASON_SAME_CLOCK;
	if (s->kernels != KERNELS_DIFFER)
		return REASON_KERNELS_UNKNOWN;
	if (c->size <= orders->tolerance && c->bound <= orders->tolerance)
		return REASON_IN_STEP;
	if (c->size <= c->bound)
		return REASON_UNCERTAIN;
	if (s->host_wrong)
		return REASON_HOST_WRONG;
	if (s->denied)
		return REASON_DENIED;
	if (s->remote && !orders->override)
		return REASON_REMOTE;
	if (s->synchronised && s->kernel_error < c->size && !orders->override && !slept(s, c))
		return REASON_SYNCHRONISED;
	if (orders->max_step > 0 && c->size > orders->max_step)
		return REASON_MAX_STEP;
	if (orders->no_backward && c->delta < 0 && !c->slew)
		return REASON_BACKWARD;
	return c->delta > 0 ? REASON_BEHIND : REASON_AHEAD;
}

struct decision decide_clock(const struct situation *s, const struct orders *orders)
{
	struct correction c = correction_of(s, orders);
	struct decision d = { .action = ACTION_REFUSE, .reason = reason_of(s, orders, &c) };

	switch (d.reason) {
	case REASON_SAME_CLOCK:
		if (interval_least(s->offset) == 0)
			d.action = ACTION_NONE;
		break;
	case REASON_IN_STEP:
	case REASON_UNCERTAIN:
		d.action = ACTION_NONE;
		break;
	case REASON_REMOTE:
	case REASON_SYNCHRONISED:
		d.overridable = true;
		break;
	case REASON_BEHIND:
	case REASON_AHEAD:
		d.action = c.slew ? ACTION_SLEW : ACTION_STEP;
		d.delta = c.delta;
		break;
	case REASON_KERNELS_UNKNOWN:
	case REASON_HOST_WRONG:
	case REASON_DENIED:
	case REASON_MAX_STEP:
	case REASON_BACKWARD:
		break;
	}
	return d;
}
