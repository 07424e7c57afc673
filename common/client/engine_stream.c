/* SPDX-License-Identifier: Apache-2.0 */
/* Answers that are streams of documents: events, progress. */
#include "common/client/engine_internal.h"
#include "common/client/json_stream.h"
#include "common/codec/json.h"

#define DOCUMENT_LIMIT   ((size_t)1 << 20)
#define ERROR_BODY_LIMIT ((size_t)64 << 10)

struct documents {
	struct stream stream; /* first: what the transfer knows */
	struct json_stream cut;
	const char *name; /* of one, for errors */
	int (*each)(void *ctx, const json_t *document);
	void *ctx;
	struct error err; /* of the answer as a whole */
};

static int on_document(void *ctx, const char *data, size_t len, struct error *err)
{
	struct documents *d = ctx;
	scoped_json *json = NULL;

	if (json_parse(&json, data, len, d->name, false, err) < 0) {
		err->kind = ERROR_PROTOCOL;
		return -1;
	}
	return d->each(d->ctx, json) ? 1 : 0;
}

static int on_chunk(struct stream *stream, const char *data, size_t len, struct error *err)
{
	struct documents *d = (struct documents *)stream;

	return json_stream_feed(&d->cut, data, len, on_document, d, err);
}

static void on_end(void *self, const struct engine_reply *reply)
{
	struct documents *d = self;

	if (engine_reply_check(reply, &d->err) == 0 && !d->stream.ended)
		(void)!json_stream_end(&d->cut, &d->err);
}

static int run_stream(struct engine *engine, const struct engine_request *request,
		      struct documents *d, struct error *err)
{
	json_stream_init(&d->cut, DOCUMENT_LIMIT);
	int rc = engine_run_one(engine, request, &d->stream, NULL, on_end, d, err);
	json_stream_release(&d->cut);
	if (rc < 0)
		return -1;
	if (error_is_set(&d->err)) {
		*err = d->err;
		return -1;
	}
	return 0;
}

int engine_stream(struct engine *engine, const char *path, int64_t deadline,
		  int (*each)(void *ctx, const json_t *document), void *ctx, struct error *err)
{
	struct documents d = {
		.stream = { .chunk = on_chunk }, .name = "event", .each = each, .ctx = ctx
	};
	struct engine_request request = {
		.method = "GET", .path = path, .limit = ERROR_BODY_LIMIT, .deadline = deadline
	};

	return run_stream(engine, &request, &d, err);
}

int engine_stream_request(struct engine *engine, const struct engine_request *request,
			  int (*each)(void *ctx, const json_t *document), void *ctx,
			  struct error *err)
{
	struct documents d = {
		.stream = { .chunk = on_chunk }, .name = "answer", .each = each, .ctx = ctx
	};
	struct engine_request bounded = *request;

	if (!bounded.limit)
		bounded.limit = ERROR_BODY_LIMIT;
	return run_stream(engine, &bounded, &d, err);
}
