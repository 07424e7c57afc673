/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The loops of a measurement, apart from who is asked: which exchanges count, when it is enough,
 * and to begin again when a clock stepped. The engine answers through /info (measure.c), the helper
 * over its stream (session_measure.c), and in the tests a machine made of numbers.
 */
#ifndef PLUGINS_TIMESYNC_MEASURING_H
#define PLUGINS_TIMESYNC_MEASURING_H

#include "plugins/timesync/helper/wire.h"
#include "plugins/timesync/measure.h"

struct measuring {
	const struct clock *clock; /* the host's */
	/* One exchange. reply: the helper's to a ping; not looked at by measuring_by_info(). */
	int (*ask)(void *ctx, struct exchange *x, struct wire_reply *reply, struct error *err);
	void *ctx;
};

/*
 * Both begin again after a step, up to 3 times. *out is set on success only. Errors: those of ask;
 * ERROR_CONFLICT (clocks keep stepping).
 */
/* samples: at least 1; fewer if the engine takes seconds to answer. */
int measuring_by_info(struct measurement *out, const struct measuring *by, unsigned samples,
		      struct error *err) must_check;
/* As rounds.h has it. slewing: as rounds_begin(). */
int measuring_by_helper(struct measurement *out, const struct measuring *by, bool slewing,
			struct error *err) must_check;

#endif
