/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The multiplexed stream of attach and logs (moby api/stdcopymux): [type, 0, 0, 0, length BE32]
 * and payload, cut anywhere. Type 0 stdin, 1 stdout, 2 stderr, 3 an error of the daemon.
 */
#ifndef COMMON_CODEC_FRAMES_H
#define COMMON_CODEC_FRAMES_H

#include <stddef.h>
#include <stdint.h>

#include "common/base/error.h"

#define FRAMES_LENGTH_MAX ((uint32_t)16 << 20)

enum frame_type { FRAME_STDIN, FRAME_STDOUT, FRAME_STDERR, FRAME_SYSTEMERR };

/* Zeroed at the start of a stream. */
struct frames {
	uint8_t head[8];
	size_t head_len;
	uint32_t left; /* bytes of payload still to come */
};

/* A piece of payload, len > 0: frames that come in parts give several, empty ones none. Returns 0
 * to go on, -1 with err. */
typedef int (*frames_each)(void *ctx, enum frame_type type, const char *data, size_t len,
			   struct error *err);

/* Errors: ERROR_PROTOCOL (a head that is none), ERROR_LIMIT (longer than FRAMES_LENGTH_MAX), those
 * of each(). After one the stream is of no use any more. */
int frames_feed(struct frames *frames, const char *data, size_t len, frames_each each, void *ctx,
		struct error *err) must_check;
/* The bytes have ended: ERROR_PROTOCOL inside a frame. */
int frames_end(const struct frames *frames, struct error *err) must_check;

#endif
