/* SPDX-License-Identifier: Apache-2.0 */
/* The first byte says where the rest is cut in two: whole or cut, the objects are the same. */
#include "tests/fuzz/fuzz.h"

#include <assert.h>
#include <string.h>

#include "common/client/json_stream.h"

#define LIMIT 4096

static int collect(void *ctx, const char *data, size_t len, struct error *err)
{
	(void)err;
	assert(len > 1 && len <= LIMIT && data[0] == '{' && data[len] == '\0');
	buf_add(ctx, data, len);
	buf_char(ctx, '|');
	return 0;
}

static enum error_kind feed(struct buf *out, const char *data, size_t size, size_t cut)
{
	struct error err = ERROR_INIT;
	struct json_stream s;

	json_stream_init(&s, LIMIT);
	if (json_stream_feed(&s, data, cut, collect, out, &err) == 0 &&
	    json_stream_feed(&s, data + cut, size - cut, collect, out, &err) == 0)
		(void)!json_stream_end(&s, &err);
	json_stream_release(&s);
	return err.kind;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf whole, cut;

	if (size == 0)
		return 0;
	const char *text = (const char *)data + 1;
	size_t at = data[0] % size;
	buf_init(&whole, (size_t)1 << 20);
	buf_init(&cut, (size_t)1 << 20);
	enum error_kind a = feed(&whole, text, size - 1, 0);
	enum error_kind b = feed(&cut, text, size - 1, at);
	assert(a == b && whole.len == cut.len && memcmp(whole.data, cut.data, cut.len) == 0);
	buf_release(&whole);
	buf_release(&cut);
	return 0;
}
