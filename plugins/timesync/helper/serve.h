/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the helper does with a request, apart from the system calls that it does it with: the same
 * code runs freestanding in the container, in the unit tests on a kernel made of numbers, and in
 * the simulator. Freestanding: no libc.
 */
#ifndef PLUGINS_TIMESYNC_HELPER_SERVE_H
#define PLUGINS_TIMESYNC_HELPER_SERVE_H

#include "plugins/timesync/helper/wire.h"

/* What adjtimex(2) without modes tells. */
struct serve_timex {
	int32_t state; /* its return value, >= 0 */
	int32_t status;
	int64_t max_error, est_error, slew_left; /* ns */
};

/* The kernel. Functions that can fail return 0 or a negative errno. */
struct serve_kernel {
	int64_t (*realtime)(void *ctx);
	int64_t (*monotonic)(void *ctx);
	int (*timex)(void *ctx, struct serve_timex *out);
	/* The only two that change anything: whole microseconds, any sign. Success is >= 0 (5,
	 * TIME_ERROR, is what a step returns). */
	int (*step)(void *ctx, int64_t microseconds);
	int (*slew)(void *ctx, int64_t microseconds);
	void *ctx;
	/* Found out once at start. */
	uint8_t boot_id[WIRE_BOOT_ID_SIZE]; /* all zeros: could not be read */
	uint16_t flags;                     /* WIRE_CAN_SET, WIRE_INIT_USERNS */
	uint32_t resolution;                /* ns */
};

/* Zeroed at start. */
struct serve_state {
	uint16_t compared; /* 0, WIRE_KERNELS_DIFFER or WIRE_KERNEL_SAME; of the last HELLO */
	uint64_t widest;   /* of all anchors told in this run, ns: one of them is `expected` */
};

/* How often the anchor is read at most, for one reading that was not interrupted, and the width at
 * which it is not read again. */
#define SERVE_READINGS 16
#define SERVE_NARROW   500

/*
 * Answers one request. received is REALTIME when it was complete; reply->sent is left 0, to be
 * filled right before the write.
 *
 * WIRE_SET: refuses unless state->compared is WIRE_KERNELS_DIFFER; then compares the anchor with
 * request->expected (WIRE_MOVED if it moved by more than allowed and what both readings' widths
 * explain); then calls step or slew once; then compares the anchor with what it must be now: moved
 * by anything else than a step's delta (beyond the widths), somebody stepped in between
 * (WIRE_RACED): the slew is ended, and the step is taken back if theirs differs from it by more
 * than half of it. A step by less than a microsecond is none: nothing is called, since even a step
 * by 0 would clear what the kernel knows of its error. Flags of the kernel's clock stay as found,
 * except what a step itself clears (STA_UNSYNC comes on).
 */
void serve(struct serve_state *state, const struct serve_kernel *kernel,
	   const struct wire_request *request, int64_t received, struct wire_reply *reply);

#endif
