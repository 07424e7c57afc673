/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What docker-timesync and its helper say to each other over the attached stdin and stdout of the
 * helper's container: requests of 64 bytes, replies of 128, one reply per request, in order.
 *
 * Numbers are little-endian on the wire, whatever the machines are. Times are signed nanoseconds:
 * REALTIME since 1970, MONOTONIC since the kernel likes. The helper has no libc: this file needs
 * only <stdint.h> and must compile freestanding.
 *
 * The rule that keeps clocks safe lives in the helper and not in its caller: WIRE_SET is answered
 * WIRE_NOT_COMPARED unless WIRE_HELLO of the same run brought a boot ID that is not all zeros, the
 * helper read its own kernel's, and the two differ. A caller with a bug cannot set a clock that it
 * shares.
 */
#ifndef PLUGINS_TIMESYNC_HELPER_WIRE_H
#define PLUGINS_TIMESYNC_HELPER_WIRE_H

#include <stdint.h>

#define WIRE_REQUEST_SIZE 64
#define WIRE_REPLY_SIZE   128
#define WIRE_BOOT_ID_SIZE 16

#define WIRE_REQUEST_MAGIC UINT32_C(0x71535444) /* "DTSq" */
#define WIRE_REPLY_MAGIC   UINT32_C(0x72535444) /* "DTSr" */

/* Without a whole request for this long the helper ends: its caller is gone. */
#define WIRE_PATIENCE_SECONDS 600

/* Exit statuses of the helper. */
#define WIRE_EXIT_EOF     0 /* its stdin ended: the normal end */
#define WIRE_EXIT_PROTO   2 /* something else than a request came in, or stdin ended inside one */
#define WIRE_EXIT_IO      3 /* read or write failed */
#define WIRE_EXIT_PATIENT 4 /* nothing came for WIRE_PATIENCE_SECONDS */

enum wire_op {
	WIRE_HELLO = 1, /* boot_id; the comparison that WIRE_SET needs, and what the kernel says */
	WIRE_PING = 2,  /* one exchange for the estimate */
	WIRE_SET = 3,   /* mode, delta, expected, allowed */
};

enum wire_mode {
	WIRE_STEP = 1, /* ADJ_SETOFFSET by delta, at once; nanoseconds are cut to microseconds */
	WIRE_SLEW = 2, /* ADJ_OFFSET_SINGLESHOT: the kernel gains or loses delta, 500 ppm */
};

enum wire_status {
	WIRE_OK = 0,
	WIRE_BAD_REQUEST = 1,  /* unknown op or mode, delta beyond +-2^62, allowed < 0 */
	WIRE_NOT_COMPARED = 2, /* no WIRE_HELLO that showed another kernel */
	WIRE_MOVED = 3,        /* somebody else stepped since the measurement; nothing was set */
	WIRE_FAILED = 4,       /* the kernel refused: error is its errno; nothing was set */
	WIRE_RACED = 5,        /* somebody stepped in the same instant: measure again (serve.h) */
};

/* Flags of a reply. */
#define WIRE_KERNELS_DIFFER UINT16_C(0x01) /* WIRE_HELLO showed another kernel: may be set */
#define WIRE_KERNEL_SAME    UINT16_C(0x02) /* the caller's kernel is this one */
#define WIRE_NO_BOOT_ID     UINT16_C(0x04) /* this kernel's boot ID could not be read */
#define WIRE_CAN_SET        UINT16_C(0x08) /* CAP_SYS_TIME is effective here */
#define WIRE_INIT_USERNS    UINT16_C(0x10) /* uid_map is "0 0 4294967295": real root */
#define WIRE_CAN_READ_TIMEX UINT16_C(0x20) /* adjtimex without modes works: no seccomp rule */

struct wire_request {
	uint8_t op, mode;
	uint64_t sequence; /* echoed; whatever the caller likes */
	uint8_t boot_id[WIRE_BOOT_ID_SIZE];
	int64_t delta;    /* ns to add to REALTIME; positive: forward */
	int64_t expected; /* the anchor of the measurement that delta comes from */
	int64_t allowed;  /* most that the anchor may have moved since, ns, >= 0 */
};

struct wire_reply {
	uint8_t op, status; /* op of the request */
	uint16_t flags;
	uint64_t sequence;
	int64_t received; /* REALTIME right after the last byte of the request was read */
	int64_t sent;     /* REALTIME right before the write */
	/* REALTIME - MONOTONIC, which only a step changes (slewing moves both alike); true within
	 * +-anchor_width. With WIRE_SET: after it, and before it; else both are the same. */
	int64_t anchor, anchor_before;
	uint32_t anchor_width;
	/* errno of WIRE_FAILED; of WIRE_RACED if taking back failed, so that ours is still in; with
	 * any other status that of the timex call that did not read. Else 0. */
	int32_t error;
	/* From adjtimex without modes: timex.status (STA_*), its return value (TIME_OK..TIME_ERROR,
	 * -1 if refused), maxerror and esterror in ns, what is left of a slew in ns. */
	int32_t kernel_status, kernel_state;
	int64_t max_error, est_error, slew_left;
	uint32_t resolution; /* of REALTIME, ns */
	uint8_t boot_id[WIRE_BOOT_ID_SIZE];
};

static inline void wire_put(uint8_t *at, uint64_t value, int bytes)
{
	for (int i = 0; i < bytes; i++)
		at[i] = (uint8_t)(value >> (8 * i));
}

static inline uint64_t wire_get(const uint8_t *at, int bytes)
{
	uint64_t value = 0;

	for (int i = 0; i < bytes; i++)
		value |= (uint64_t)at[i] << (8 * i);
	return value;
}

/* Where `sent` stands in a reply, for who fills it last. */
#define WIRE_SENT_AT 24

/* Where each member stands; bytes that no member has are zero. */
static inline void wire_request_put(uint8_t out[WIRE_REQUEST_SIZE], const struct wire_request *r)
{
	for (int i = 0; i < WIRE_REQUEST_SIZE; i++)
		out[i] = 0;
	wire_put(out, WIRE_REQUEST_MAGIC, 4);
	out[4] = r->op;
	out[5] = r->mode;
	wire_put(out + 8, r->sequence, 8);
	for (int i = 0; i < WIRE_BOOT_ID_SIZE; i++)
		out[16 + i] = r->boot_id[i];
	wire_put(out + 32, (uint64_t)r->delta, 8);
	wire_put(out + 40, (uint64_t)r->expected, 8);
	wire_put(out + 48, (uint64_t)r->allowed, 8);
}

/* Returns 0, or -1 if these bytes are no request. */
static inline int wire_request_get(const uint8_t in[WIRE_REQUEST_SIZE], struct wire_request *r)
{
	if (wire_get(in, 4) != WIRE_REQUEST_MAGIC)
		return -1;
	r->op = in[4];
	r->mode = in[5];
	r->sequence = wire_get(in + 8, 8);
	for (int i = 0; i < WIRE_BOOT_ID_SIZE; i++)
		r->boot_id[i] = in[16 + i];
	r->delta = (int64_t)wire_get(in + 32, 8);
	r->expected = (int64_t)wire_get(in + 40, 8);
	r->allowed = (int64_t)wire_get(in + 48, 8);
	return 0;
}

static inline void wire_reply_put(uint8_t out[WIRE_REPLY_SIZE], const struct wire_reply *r)
{
	for (int i = 0; i < WIRE_REPLY_SIZE; i++)
		out[i] = 0;
	wire_put(out, WIRE_REPLY_MAGIC, 4);
	out[4] = r->op;
	out[5] = r->status;
	wire_put(out + 6, r->flags, 2);
	wire_put(out + 8, r->sequence, 8);
	wire_put(out + 16, (uint64_t)r->received, 8);
	wire_put(out + WIRE_SENT_AT, (uint64_t)r->sent, 8);
	wire_put(out + 32, (uint64_t)r->anchor, 8);
	wire_put(out + 40, (uint64_t)r->anchor_before, 8);
	wire_put(out + 48, r->anchor_width, 4);
	wire_put(out + 52, (uint32_t)r->error, 4);
	wire_put(out + 56, (uint32_t)r->kernel_status, 4);
	wire_put(out + 60, (uint32_t)r->kernel_state, 4);
	wire_put(out + 64, (uint64_t)r->max_error, 8);
	wire_put(out + 72, (uint64_t)r->est_error, 8);
	wire_put(out + 80, (uint64_t)r->slew_left, 8);
	wire_put(out + 88, r->resolution, 4);
	for (int i = 0; i < WIRE_BOOT_ID_SIZE; i++)
		out[96 + i] = r->boot_id[i];
}

/* Returns 0, or -1 if these bytes are no reply. */
static inline int wire_reply_get(const uint8_t in[WIRE_REPLY_SIZE], struct wire_reply *r)
{
	if (wire_get(in, 4) != WIRE_REPLY_MAGIC)
		return -1;
	r->op = in[4];
	r->status = in[5];
	r->flags = (uint16_t)wire_get(in + 6, 2);
	r->sequence = wire_get(in + 8, 8);
	r->received = (int64_t)wire_get(in + 16, 8);
	r->sent = (int64_t)wire_get(in + WIRE_SENT_AT, 8);
	r->anchor = (int64_t)wire_get(in + 32, 8);
	r->anchor_before = (int64_t)wire_get(in + 40, 8);
	r->anchor_width = (uint32_t)wire_get(in + 48, 4);
	r->error = (int32_t)wire_get(in + 52, 4);
	r->kernel_status = (int32_t)wire_get(in + 56, 4);
	r->kernel_state = (int32_t)wire_get(in + 60, 4);
	r->max_error = (int64_t)wire_get(in + 64, 8);
	r->est_error = (int64_t)wire_get(in + 72, 8);
	r->slew_left = (int64_t)wire_get(in + 80, 8);
	r->resolution = (uint32_t)wire_get(in + 88, 4);
	for (int i = 0; i < WIRE_BOOT_ID_SIZE; i++)
		r->boot_id[i] = in[96 + i];
	return 0;
}

#endif
