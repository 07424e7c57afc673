/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What --verify has found out about this machine's clock, and when it may ask again: a server is
 * asked at most once an hour, since watch runs for months. In between, the answer is carried along:
 * steps of this machine's clock are known, drift is bounded. Pure.
 */
#ifndef PLUGINS_TIMESYNC_WATCH_VERIFY_H
#define PLUGINS_TIMESYNC_WATCH_VERIFY_H

#include <stdbool.h>

#include "common/base/clock.h"
#include "common/base/error.h"
#include "plugins/timesync/estimate.h"

#define WATCH_VERIFY_EVERY NSEC_PER_HOUR
#define WATCH_VERIFY_AGAIN (15 * NSEC_PER_SEC) /* where nobody answered: no network yet */

/* Zeroed: nothing is known, and it may ask. Times count sleep. */
struct watch_verify {
	bool known;
	struct interval offset; /* host minus reference */
	int64_t at;             /* when */
	int64_t due;            /* no question before */
};

bool watch_verify_due(const struct watch_verify *v, int64_t now);
void watch_verify_answer(struct watch_verify *v, struct interval offset, int64_t now);
/* No answer. One that says no (a kiss of death) is left alone for an hour. */
void watch_verify_failed(struct watch_verify *v, enum error_kind kind, int64_t now);
/* This machine's clock was set forward by ns, known to within WAKE_STEPPED. */
void watch_verify_stepped(struct watch_verify *v, int64_t ns);
/* What is known of the offset now; false: nothing. */
bool watch_verify_offset(const struct watch_verify *v, int64_t now, struct interval *out);

#endif
