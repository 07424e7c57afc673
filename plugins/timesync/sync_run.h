/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a sync does, without its words: measure, decide, correct, measure again. Used by sync, which
 * runs it once, and by watch, which runs it after every wake-up, with a helper that it keeps.
 */
#ifndef PLUGINS_TIMESYNC_SYNC_RUN_H
#define PLUGINS_TIMESYNC_SYNC_RUN_H

#include "common/client/cancel.h"
#include "plugins/timesync/compare.h"
#include "plugins/timesync/decide.h"
#include "plugins/timesync/measure.h"
#include "plugins/timesync/reference.h"
#include "plugins/timesync/report.h"
#include "plugins/timesync/session.h"
#include "plugins/timesync/why.h"

#define SYNC_SETS_MAX 3 /* set requests; another one follows only if somebody else stepped */

struct sync_options {
	struct orders orders;
	const struct clock *clock;
	struct cancel *cancel;                /* NULL: cannot be cancelled */
	const char *(*env)(const char *name); /* proxies of an https reference */
	bool remote;                          /* endpoint_is_remote() */
	int64_t stood_still;                  /* see struct situation; 0: not known */
	const struct timeref *reference;
	const struct timeref *verify; /* NULL: the host's clock is not verified */
	int64_t deadline;             /* of the helper's start and each exchange; 0: 30 s */
	/* Told what is being done ("starting the helper"), for who waits; NULL: nobody. */
	void (*progress)(void *ctx, const char *what);
	void *progress_ctx;
};

/* How it ended; each has an exit status. */
#define SYNC_OUTCOMES(X)                                                                          \
	X(SAME_CLOCK, 0, "same-clock")                                                            \
	X(IN_STEP, 0, "in-step")     /* nothing to correct */                                     \
	X(UNCERTAIN, 1, "uncertain") /* too wide a bound to say so, before or after a set */      \
	X(CORRECTED, 0, "corrected") /* stepped, and in step since */                             \
	X(SLEWING, 0, "slewing")     /* the kernel is at it */                                    \
	X(WOULD, 3, "would-correct") /* dry run */                                                \
	X(REFUSED, 3, "refused")     /* on purpose: result.decision.reason */                     \
	X(CANNOT, 1, "cannot")       /* result.cannot; or not known whether the clock is ours */  \
	X(FAILED, 1, "failed")       /* set, but off again; or somebody else sets it all the time \
				      */
enum sync_outcome {
#define SYNC_OUTCOME_ENUM(outcome, status, name) SYNC_##outcome,
	SYNC_OUTCOMES(SYNC_OUTCOME_ENUM)
#undef SYNC_OUTCOME_ENUM
};
const char *sync_outcome_name(enum sync_outcome outcome);
int sync_outcome_status(enum sync_outcome outcome);

struct sync_result {
	enum sync_outcome outcome;
	struct reading before, after; /* after: measured again after a set request; see has_after */
	bool has_after;
	struct decision decision;
	struct session_hello hello; /* kernels are KERNELS_UNKNOWN where no helper ran */
	enum cannot cannot;
	char *mend;        /* why, and what helps: of CANNOT, SAME_CLOCK and a FAILED that set
			      nothing; NULL */
	unsigned attempts; /* set requests sent */
	int64_t took;      /* ns */
	/* Of --verify; wrong: by more than DECIDE_TOLERANCE, or the tolerance if that is larger. */
	struct host_verdict verify;
	struct strings notes; /* for the person, one line each */
	struct api_info info; /* zeroed where it was not asked for */
};
void sync_result_release(struct sync_result *result);
#define scoped_sync_result scoped(sync_result_release) struct sync_result

/*
 * Runs it. session: NULL, or the place of a helper that is kept: an open one is used and saves the
 * start (and /info), none is opened and left there; when it turns out dead it is closed and a new
 * one opened, once. It is closed whenever -1 is returned.
 *
 * Where a helper cannot run, the clock is measured by /info and nothing is set: outcome CANNOT, or
 * IN_STEP. Errors: those of engine and reference (also of verify: what cannot be verified is not
 * copied); ERROR_CANCELLED tells in its text whether the clock was set before.
 */
int sync_run(struct sync_result *out, struct engine *engine, const struct sync_options *options,
	     struct session **session, struct error *err) must_check;

#endif
