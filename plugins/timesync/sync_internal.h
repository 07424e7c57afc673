/* SPDX-License-Identifier: Apache-2.0 */
/* Between the files of a sync; nobody else includes it. */
#ifndef PLUGINS_TIMESYNC_SYNC_INTERNAL_H
#define PLUGINS_TIMESYNC_SYNC_INTERNAL_H

#include "plugins/timesync/sync_run.h"

struct sync {
	const struct sync_options *options;
	struct engine *engine;
	struct session **session; /* the kept one's place, or own's */
	struct session *own;
	struct compare compare;
	struct measurement coarse; /* by /info */
	bool has_coarse;
	char *arch;                /* of the helper that was chosen; NULL: none runs there */
	struct sync_result result; /* as far as it is known */
};

static inline void sync_tell(const struct sync *s, const char *what)
{
	if (s->options->progress)
		s->options->progress(s->options->progress_ctx, what);
}

/* sync_measure.c: result.before, hello and cannot, through a helper where one runs (then
 * *s->session is open), else by /info. */
int sync_measure(struct sync *s, struct error *err) must_check;
/* Measures again through the open helper. */
int sync_measure_again(struct sync *s, struct reading *out, struct error *err) must_check;

#endif
