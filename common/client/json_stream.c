/* SPDX-License-Identifier: Apache-2.0 */
#include "common/client/json_stream.h"

#define RECORD_SEPARATOR 0x1e

void json_stream_init(struct json_stream *stream, size_t limit)
{
	*stream = (struct json_stream){ .depth = 0 };
	buf_init(&stream->document, limit);
}

void json_stream_release(struct json_stream *stream)
{
	buf_release(&stream->document);
}

static bool is_between(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == RECORD_SEPARATOR;
}

/* Follows one byte inside an object. Returns whether the object ends with it. */
static bool follow(struct json_stream *s, char c)
{
	if (s->in_string) {
		if (s->escaped)
			s->escaped = false;
		else if (c == '\\')
			s->escaped = true;
		else if (c == '"')
			s->in_string = false;
		return false;
	}
	switch (c) {
	case '"':
		s->in_string = true;
		return false;
	case '{':
	case '[':
		s->depth++;
		return false;
	case '}':
	case ']':
		return --s->depth == 0;
	default:
		return false;
	}
}

/* The bytes of the current object from data on. Returns how many; *whole: it ends there. */
static size_t take(struct json_stream *s, const char *data, size_t len, bool *whole)
{
	size_t n = 0;

	*whole = false;
	while (n < len && !*whole)
		*whole = follow(s, data[n++]);
	buf_add(&s->document, data, n);
	return n;
}

int json_stream_feed(struct json_stream *s, const char *data, size_t len, json_stream_each each,
		     void *ctx, struct error *err)
{
	while (len > 0) {
		size_t n = 1;
		bool whole = false;
		int rc;

		if (s->depth > 0 || *data == '{')
			n = take(s, data, len, &whole);
		else if (!is_between(*data))
			return error_set(err, ERROR_PROTOCOL, 0,
					 "a stream of JSON objects has something else in it");
		if (buf_failed(&s->document))
			return error_set(err, ERROR_LIMIT, 0,
					 "a JSON object of a stream is larger than %zu bytes",
					 s->document.limit);
		data += n;
		len -= n;
		if (!whole)
			continue;
		rc = each(ctx, s->document.data, s->document.len, err);
		buf_clear(&s->document);
		if (rc != 0)
			return rc;
	}
	return 0;
}

int json_stream_end(const struct json_stream *s, struct error *err)
{
	if (s->depth == 0)
		return 0;
	return error_set(err, ERROR_PROTOCOL, 0, "a stream of JSON objects was cut off");
}
