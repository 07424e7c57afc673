/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The first byte says where the rest is cut in two: whole or cut, the payload of each type is the
 * same, and together with the heads it is no more than what came in.
 */
#include "tests/fuzz/fuzz.h"

#include <assert.h>
#include <string.h>

#include "common/base/buf.h"
#include "common/codec/frames.h"

struct collected {
	struct buf of[4];
};

static int collect(void *ctx, enum frame_type type, const char *data, size_t len, struct error *err)
{
	struct collected *c = ctx;

	(void)err;
	assert(len > 0 && (unsigned)type < 4);
	buf_add(&c->of[type], data, len);
	return 0;
}

static enum error_kind feed(struct collected *out, const char *data, size_t size, size_t cut)
{
	struct error err = ERROR_INIT;
	struct frames frames = { 0 };
	size_t sum = 0;

	for (int i = 0; i < 4; i++)
		buf_init(&out->of[i], (size_t)1 << 20);
	if (frames_feed(&frames, data, cut, collect, out, &err) == 0 &&
	    frames_feed(&frames, data + cut, size - cut, collect, out, &err) == 0)
		(void)!frames_end(&frames, &err);
	for (int i = 0; i < 4; i++)
		sum += out->of[i].len;
	assert(sum == 0 || sum + 8 <= size);
	return err.kind;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct collected whole, cut;

	if (size == 0)
		return 0;
	const char *bytes = (const char *)data + 1;
	enum error_kind a = feed(&whole, bytes, size - 1, 0);
	enum error_kind b = feed(&cut, bytes, size - 1, data[0] % size);
	assert(a == b);
	for (int i = 0; i < 4; i++) {
		assert(whole.of[i].len == cut.of[i].len &&
		       memcmp(whole.of[i].data, cut.of[i].data, cut.of[i].len) == 0);
		buf_release(&whole.of[i]);
		buf_release(&cut.of[i]);
	}
	return 0;
}
