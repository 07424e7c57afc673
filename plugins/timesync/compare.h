/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A measurement of the engine against this machine, put together with a reading of a reference
 * against this machine: what both verbs and watch need of the outside world beside the engine.
 */
#ifndef PLUGINS_TIMESYNC_COMPARE_H
#define PLUGINS_TIMESYNC_COMPARE_H

#include "plugins/timesync/reference.h"
#include "plugins/timesync/report.h"

struct compare {
	const struct timeref *ref; /* borrowed */
	struct timeref_options options;
	struct timeref_reading reading;
	bool read; /* reading is there */
};
void compare_release(struct compare *c);
#define scoped_compare scoped(compare_release) struct compare

/* Asks the reference, if it was not asked yet. Notes of the reading are moved to notes. */
int compare_ask(struct compare *c, struct strings *notes, struct error *err) must_check;

/*
 * Engine minus reference at m->when. Asks the reference where it was not asked yet, and again where
 * the host's clock stepped between the two. Errors: timeref_read()'s; ERROR_CONFLICT (the host's
 * clock keeps stepping).
 */
int compare_with(struct compare *c, const struct measurement *m, struct reading *out,
		 struct strings *notes, struct error *err) must_check;

/* What a reference says of the host's own clock. */
struct host_verdict {
	bool done, wrong;       /* wrong: certainly off by more than the tolerance */
	struct interval offset; /* host minus that reference */
	const char *reference;  /* borrowed */
};
int host_verify(struct host_verdict *out, const struct timeref *ref,
		const struct timeref_options *options, int64_t tolerance, struct strings *notes,
		struct error *err) must_check;
/* "this machine's own clock is 3.2 s ahead of ntp:x (±4 ms)". */
void host_verdict_text(const struct host_verdict *verdict, struct buf *out);
/* reference, offset_ns (host minus reference), bound_ns, wrong. Owned by the caller. */
json_t *host_verdict_json(const struct host_verdict *verdict) must_check;

#endif
