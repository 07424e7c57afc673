/* SPDX-License-Identifier: Apache-2.0 */
#include "common/codec/frames.h"

#include <string.h>

static uint32_t length_of(const uint8_t head[8])
{
	return (uint32_t)head[4] << 24 | (uint32_t)head[5] << 16 | (uint32_t)head[6] << 8 |
	       (uint32_t)head[7];
}

static int judge_head(const struct frames *frames, struct error *err)
{
	const uint8_t *head = frames->head;

	if (head[0] > FRAME_SYSTEMERR || head[1] || head[2] || head[3])
		return error_set(err, ERROR_PROTOCOL, 0,
				 "what comes from the container is not in frames (a head begins "
				 "with %02x %02x %02x %02x)",
				 head[0], head[1], head[2], head[3]);
	if (length_of(head) > FRAMES_LENGTH_MAX)
		return error_set(err, ERROR_LIMIT, 0,
				 "a frame of the container's output is larger than %u bytes",
				 FRAMES_LENGTH_MAX);
	return 0;
}

/* As much of the head as data has. Returns how many bytes that is. */
static size_t take_head(struct frames *frames, const char *data, size_t len)
{
	size_t n = sizeof(frames->head) - frames->head_len;

	if (n > len)
		n = len;
	memcpy(frames->head + frames->head_len, data, n);
	frames->head_len += n;
	return n;
}

int frames_feed(struct frames *frames, const char *data, size_t len, frames_each each, void *ctx,
		struct error *err)
{
	while (len > 0) {
		size_t n;

		if (frames->head_len < sizeof(frames->head)) {
			n = take_head(frames, data, len);
			if (frames->head_len == sizeof(frames->head)) {
				if (judge_head(frames, err) < 0)
					return -1;
				frames->left = length_of(frames->head);
			}
		} else {
			n = len < frames->left ? len : frames->left;
			if (each(ctx, (enum frame_type)frames->head[0], data, n, err) < 0)
				return -1;
			frames->left -= (uint32_t)n;
		}
		data += n;
		len -= n;
		/* The next head, also after a frame with nothing in it. */
		if (frames->head_len == sizeof(frames->head) && frames->left == 0)
			frames->head_len = 0;
	}
	return 0;
}

int frames_end(const struct frames *frames, struct error *err)
{
	if (frames->head_len == 0)
		return 0;
	return error_set(err, ERROR_PROTOCOL, 0, "the container's output was cut inside a frame");
}
