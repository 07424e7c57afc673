/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A kernel made of numbers for serve(): clocks that advance with every reading, somebody else who
 * steps at a chosen moment, failures on demand, and counts of the calls that change something.
 */
#ifndef TESTS_UNIT_TIMESYNC_NUMBERS_H
#define TESTS_UNIT_TIMESYNC_NUMBERS_H

#include "plugins/timesync/helper/serve.h"

struct numbers {
	int64_t monotonic, anchor; /* REALTIME is their sum */
	int64_t cost;              /* ns that each reading of a clock takes */
	/* The first `spikes` readings take that much longer. */
	int64_t spike;
	unsigned spikes;
	/* What somebody else steps by, once: as our step or slew begins, and as it ends. */
	int64_t before_step, after_step;
	/* What the calls return; back_rc is for the second step, which takes back. */
	int step_rc, back_rc, slew_rc, timex_rc;
	unsigned steps, slews, reads;
	int64_t slew_left; /* ns */
};

static inline int64_t numbers_wrap(int64_t a, int64_t b)
{
	return (int64_t)((uint64_t)a + (uint64_t)b);
}

/* A reading is of the moment in the middle of the call. */
static inline int64_t numbers_read(struct numbers *n)
{
	int64_t cost = n->cost + (n->reads++ < n->spikes ? n->spike : 0);
	int64_t at = numbers_wrap(n->monotonic, cost / 2);

	n->monotonic = numbers_wrap(n->monotonic, cost);
	return at;
}

static inline int64_t numbers_monotonic(void *ctx)
{
	return numbers_read(ctx);
}

static inline int64_t numbers_realtime(void *ctx)
{
	struct numbers *n = ctx;

	return numbers_wrap(numbers_read(n), n->anchor);
}

static inline int numbers_timex(void *ctx, struct serve_timex *out)
{
	const struct numbers *n = ctx;

	if (n->timex_rc < 0)
		return n->timex_rc;
	*out = (struct serve_timex){ n->steps ? 5 : 0, n->steps ? 0x40 : 0, 16000000, 7000,
				     n->slew_left };
	return 0;
}

static inline int numbers_step(void *ctx, int64_t microseconds)
{
	struct numbers *n = ctx;
	int rc = n->steps++ ? n->back_rc : n->step_rc;

	if (rc < 0)
		return rc;
	n->anchor = numbers_wrap(n->anchor, n->before_step);
	n->anchor = numbers_wrap(n->anchor, (int64_t)((uint64_t)microseconds * 1000));
	n->anchor = numbers_wrap(n->anchor, n->after_step);
	n->before_step = n->after_step = 0;
	return rc;
}

static inline int numbers_slew(void *ctx, int64_t microseconds)
{
	struct numbers *n = ctx;

	n->slews++;
	if (n->slew_rc < 0)
		return n->slew_rc;
	n->slew_left = n->after_step ? 0 : (int64_t)((uint64_t)microseconds * 1000);
	n->anchor = numbers_wrap(n->anchor, n->before_step);
	n->anchor = numbers_wrap(n->anchor, n->after_step);
	n->before_step = n->after_step = 0;
	return n->slew_rc;
}

static inline struct serve_kernel numbers_kernel(struct numbers *n, uint8_t boot_id)
{
	struct serve_kernel kernel = { numbers_realtime, numbers_monotonic, numbers_timex,
				       numbers_step,     numbers_slew,      n,
				       { boot_id },      WIRE_CAN_SET,      1 };

	return kernel;
}

#endif
