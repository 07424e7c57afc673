/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cuts a stream of bytes into JSON objects: one per line (NDJSON), after a record separator
 * (json-seq, RFC 7464) or just one after the other; where chunks of the transfer end does not
 * matter. Only finds where objects end: each() gets bytes that a JSON parser still has to judge.
 */
#ifndef COMMON_CLIENT_JSON_STREAM_H
#define COMMON_CLIENT_JSON_STREAM_H

#include <stdbool.h>
#include <stddef.h>

#include "common/base/buf.h"
#include "common/base/error.h"

struct json_stream {
	struct buf document; /* what there is of the current object; its limit is the object's */
	unsigned depth;      /* open braces and brackets; 0: between objects */
	bool in_string, escaped;
};

void json_stream_init(struct json_stream *stream, size_t limit);
void json_stream_release(struct json_stream *stream);
#define scoped_json_stream scoped(json_stream_release) struct json_stream

/* One whole object, NUL-terminated. Returns 0 to go on, 1 to end the stream, -1 with err. */
typedef int (*json_stream_each)(void *ctx, const char *data, size_t len, struct error *err);

/* Returns 0, what each() returned if that was not 0, or -1: ERROR_LIMIT, ERROR_PROTOCOL (something
 * else than an object). */
int json_stream_feed(struct json_stream *stream, const char *data, size_t len,
		     json_stream_each each, void *ctx, struct error *err) must_check;
/* The bytes have ended: ERROR_PROTOCOL in the middle of an object. */
int json_stream_end(const struct json_stream *stream, struct error *err) must_check;

#endif
