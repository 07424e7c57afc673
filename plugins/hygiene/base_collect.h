/* SPDX-License-Identifier: Apache-2.0 */
/* The images of an engine as `base status` needs them: the list, and an inspect of each. */
#ifndef PLUGINS_HYGIENE_BASE_COLLECT_H
#define PLUGINS_HYGIENE_BASE_COLLECT_H

#include "common/base/clock.h"
#include "common/client/engine.h"
#include "plugins/hygiene/base_list.h"

struct base_collect_options {
	const struct clock *clock;
	/* Gets progress: done of total. NULL: quiet. */
	void (*progress)(void *ctx, size_t done, size_t total);
	void *progress_ctx;
};
/*
 * Images that vanish meanwhile are left out; those that the engine cannot inspect stay, without
 * layers, and a note says so.
 */
int base_collect(struct base_snapshot *out, struct engine *engine,
		 const struct base_collect_options *options, struct strings *notes,
		 struct error *err) must_check;

/* What there is without an engine: this machine's clock and platform. */
void base_collect_nothing(struct base_snapshot *out, const struct clock *clock);

#endif
