/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a measurement means and what to do about it. Pure: everything that counts is in the structs.
 */
#ifndef PLUGINS_TIMESYNC_DECIDE_H
#define PLUGINS_TIMESYNC_DECIDE_H

#include "plugins/timesync/estimate.h"

#define DECIDE_LEAST     (10 * INT64_C(1000000))  /* offsets up to 10 ms are left alone */
#define DECIDE_TOLERANCE (500 * INT64_C(1000000)) /* check: still in step */
#define DECIDE_SLEW_MOST (500 * INT64_C(1000000)) /* larger ones are stepped with --slew too */
#define DECIDE_SLEW_PPM  500                      /* what the kernel's adjtime(3) does */
/* What it takes to stand still and to go on, beyond what was seen of it. */
#define DECIDE_STILL     (2000 * INT64_C(1000000))

/* check's answer; each has an exit status. */
#define VERDICTS(X)                                                           \
	X(IN_STEP, 0, "in-step")         /* certainly within the tolerance */ \
	X(SAME_CLOCK, 0, "same-clock")   /* the engine runs on this kernel */ \
	X(OUT_OF_STEP, 3, "out-of-step") /* certainly beyond it */            \
	X(UNKNOWN, 1, "unknown")         /* the interval holds both: cannot tell */
enum verdict {
#define VERDICT_ENUM(verdict, status, name) VERDICT_##verdict,
	VERDICTS(VERDICT_ENUM)
#undef VERDICT_ENUM
};
const char *verdict_name(enum verdict verdict);
int verdict_status(enum verdict verdict);
/* same_kernel is no answer where the reference shows that the clock which both have is off. */
enum verdict decide_verdict(struct interval offset, int64_t tolerance, bool same_kernel);

enum kernels {
	KERNELS_DIFFER, /* the helper compared boot IDs: the engine has a kernel of its own */
	KERNELS_SAME,
	KERNELS_UNKNOWN, /* one side could not read its boot ID */
};

/* What is known when the decision is due. */
struct situation {
	struct interval offset; /* engine minus reference */
	enum kernels kernels;
	bool remote;          /* ssh, or tcp beyond loopback: perhaps somebody's server */
	bool synchronised;    /* the engine's kernel: STA_UNSYNC clear */
	int64_t kernel_error; /* its maxerror, ns */
	/* For so long (ns) the engine's machine may have stood still since it was last seen to be
	 * in step; 0: nothing is known of that. Its kernel does not know, and says that it is
	 * synchronised all the same. */
	int64_t stood_still;
	bool host_wrong; /* --verify: this machine's clock is the wrong one */
	bool denied;     /* the helper cannot set there (why.h knows why) */
};

/* What the person asked for. */
struct orders {
	int64_t tolerance; /* offsets up to this are left alone; default DECIDE_LEAST */
	int64_t max_step;  /* larger corrections are refused; 0: none is */
	bool dry_run, no_backward, slew, override;
};

enum action { ACTION_NONE, ACTION_STEP, ACTION_SLEW, ACTION_REFUSE };
const char *action_name(enum action action); /* "none", "step", "slew", "refuse" */

/* In the order in which they are looked at: the first that holds is the reason. Name for machines,
 * text for people. */
#define REASONS(X)                                                                                 \
	X(SAME_CLOCK, "same-clock", "the engine runs on this machine's kernel and has its clock")  \
	X(KERNELS_UNKNOWN, "kernel-unknown", "whether the engine shares this kernel is not known") \
	X(IN_STEP, "in-step", "nothing to correct")                                                \
	X(UNCERTAIN, "uncertain", "the offset is no larger than its bound")                        \
	X(HOST_WRONG, "host-wrong", "this machine's own clock is wrong")                           \
	X(DENIED, "denied", "the engine's clock cannot be set from a container there")             \
	X(REMOTE, "remote", "the engine is on another host, whose clock is not this machine's")    \
	X(SYNCHRONISED, "synchronised", "the engine's machine keeps its clock by itself")          \
	X(MAX_STEP, "max-step", "the correction is larger than --max-step")                        \
	X(BACKWARD, "backward", "the clock would go backward, and --no-backward is given")         \
	X(BEHIND, "behind", "the engine is behind")                                                \
	X(AHEAD, "ahead", "the engine is ahead")
enum reason {
#define REASON_ENUM(reason, name, text) REASON_##reason,
	REASONS(REASON_ENUM)
#undef REASON_ENUM
};
const char *reason_name(enum reason reason);
const char *reason_text(enum reason reason);

struct decision {
	enum action action;
	enum reason reason;
	int64_t delta; /* ns to add to the engine's clock: minus the offset; 0 for NONE, REFUSE */
	bool overridable; /* REFUSE that --override lifts: REMOTE, SYNCHRONISED */
};

/*
 * SAME_CLOCK: NONE if the offset may be 0, else REFUSE (a reference that is not the host); no order
 * changes it. KERNELS_UNKNOWN: REFUSE. IN_STEP, UNCERTAIN: NONE, if |offset| is not more than
 * max(bound, tolerance); UNCERTAIN if the bound is the larger. HOST_WRONG, DENIED: REFUSE. REMOTE,
 * SYNCHRONISED (and kernel_error less than |offset|): REFUSE without override; but one that is
 * behind by no more than it stood still (and DECIDE_STILL) is not SYNCHRONISED. A slew (asked for,
 * |offset| <= DECIDE_SLEW_MOST) is never BACKWARD. dry_run changes nothing here: the caller leaves
 * the last step out.
 */
struct decision decide_clock(const struct situation *s, const struct orders *orders);

#endif
