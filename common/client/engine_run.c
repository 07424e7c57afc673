/* SPDX-License-Identifier: Apache-2.0 */
/* Many requests in flight: the loop around curl_multi, its deadlines and its end. */
#include <string.h>

#include "common/client/engine_internal.h"

#define CANCEL_GRACE    (2 * NSEC_PER_SEC)
#define KEEP_BUFFER     ((size_t)256 << 10) /* a larger one is given back after its answer */
#define LONGEST_POLL_MS 60000

struct run {
	struct engine *engine;
	const struct engine_work *work;
	struct stream *stream; /* for the one request, or NULL */
	struct ping *ping;
	unsigned parallel, in_flight;
	bool cancelled;
	int64_t grace; /* monotonic end of the wait for answers once cancelled */
};

static void trace_done(const struct transfer *t, const struct engine_reply *reply)
{
	const struct engine *engine = t->engine;
	int64_t ms = (monotonic_now() - t->started) / NSEC_PER_MSEC;
	char line[640];

	if (!engine->trace)
		return;
	if (error_is_set(&reply->err))
		snprintf(line, sizeof(line), "%s %.200s: %.300s (%lld ms)", t->request.method,
			 t->request.path, reply->err.text, (long long)ms);
	else
		snprintf(line, sizeof(line), "%s %.400s: %d, %zu bytes, %lld ms", t->request.method,
			 t->request.path, reply->status, reply->len, (long long)ms);
	engine->trace(engine->trace_ctx, line);
}

/* Hands the answer over; its bytes are the slot's, which is free again only after that. */
static void finish(struct run *run, struct transfer *t, const struct error *failure)
{
	struct engine *engine = run->engine;
	struct engine_reply reply = { .err = *failure, .ctx = t->request.ctx, .body = "" };
	long status = 0;

	if (!error_is_set(failure)) {
		engine->curl.easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
		reply.status = (int)status;
		reply.body = t->body.data;
		reply.len = t->body.len;
	}
	engine->curl.multi_remove_handle(engine->multi, t->easy);
	trace_done(t, &reply);
	run->in_flight--;
	run->work->done(run->work->self, &reply);
	t->busy = false;
	if (t->body.room > KEEP_BUFFER)
		buf_release(&t->body);
}

static struct transfer *free_slot(struct engine *engine)
{
	for (size_t i = 0; i < array_len(engine->slots); i++)
		if (!engine->slots[i].busy)
			return &engine->slots[i];
	return NULL;
}

/* A request that cannot even start is answered at once. */
static void launch(struct run *run, const struct engine_request *request)
{
	struct engine *engine = run->engine;
	struct transfer *t = free_slot(engine);
	struct error err = ERROR_INIT;

	t->engine = engine;
	t->request = *request;
	t->stream = run->stream;
	t->ping = run->ping;
	t->busy = true;
	t->too_large = false;
	t->started = t->progressed = monotonic_now();
	if (!t->body.data)
		buf_init(&t->body, 0);
	buf_clear(&t->body);
	t->body.limit = request->limit ? request->limit : ENGINE_BODY_LIMIT;
	run->in_flight++;
	if (transfer_prepare(t, &err) == 0) {
		CURLMcode code = engine->curl.multi_add_handle(engine->multi, t->easy);

		if (code == CURLM_OK)
			return;
		error_set(&err, ERROR_IO, (int)code, "libcurl: %s",
			  engine->curl.multi_strerror(code));
	}
	finish(run, t, &err);
}

/* Starts what may be started. Returns whether next() said that there is no more for now. */
static bool fill(struct run *run)
{
	while (!run->cancelled && run->in_flight < run->parallel) {
		struct engine_request request = { .method = "GET" };

		if (run->work->next(run->work->self, &request) != ENGINE_NEXT_REQUEST)
			return true;
		launch(run, &request);
	}
	return run->cancelled;
}

/* The verdict on a transfer that libcurl says is over. */
static void judge(struct run *run, struct transfer *t, CURLcode code)
{
	struct error err = ERROR_INIT;

	if (t->stream && t->stream->ended)
		code = CURLE_OK;
	if (t->stream && error_is_set(&t->stream->err))
		err = t->stream->err;
	else if (code != CURLE_OK)
		transfer_error(t, code, &err);
	finish(run, t, &err);
}

static void reap(struct run *run)
{
	struct engine *engine = run->engine;
	CURLMsg *message;
	int left;

	while ((message = engine->curl.multi_info_read(engine->multi, &left)) != NULL) {
		CURLcode code = message->data.result;
		char *slot = NULL;

		if (message->msg != CURLMSG_DONE)
			continue;
		engine->curl.easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &slot);
		judge(run, (struct transfer *)(void *)slot, code);
	}
}

/* When a transfer has had its time; INT64_MAX: never. */
static int64_t expiry(const struct transfer *t)
{
	if (t->request.deadline)
		return t->started + t->request.deadline;
	if (t->stream)
		return INT64_MAX;
	return t->progressed + t->engine->answer_deadline;
}

static void expire(struct run *run)
{
	int64_t now = monotonic_now();

	for (size_t i = 0; i < array_len(run->engine->slots); i++) {
		struct transfer *t = &run->engine->slots[i];
		struct error err = ERROR_INIT;

		if (!t->busy || expiry(t) > now)
			continue;
		transfer_timeout(t, &err);
		finish(run, t, &err);
	}
}

/* Gives up what is still in flight; all = false: only what changes nothing. */
static void abandon(struct run *run, bool all)
{
	for (size_t i = 0; i < array_len(run->engine->slots); i++) {
		struct transfer *t = &run->engine->slots[i];
		struct error err = ERROR_INIT;

		if (!t->busy || (!all && strcmp(t->request.method, "GET") != 0))
			continue;
		cancel_error(run->engine->cancel, &err);
		finish(run, t, &err);
	}
}

static void look_for_cancel(struct run *run)
{
	if (!run->cancelled && cancel_requested(run->engine->cancel)) {
		run->cancelled = true;
		run->grace = monotonic_now() + CANCEL_GRACE;
		abandon(run, false);
	}
	if (run->cancelled && monotonic_now() >= run->grace)
		abandon(run, true);
}

static int poll_ms(const struct run *run)
{
	int64_t now = monotonic_now();
	int64_t end = now + LONGEST_POLL_MS * NSEC_PER_MSEC;

	for (size_t i = 0; i < array_len(run->engine->slots); i++) {
		const struct transfer *t = &run->engine->slots[i];

		if (t->busy && expiry(t) < end)
			end = expiry(t);
	}
	if (run->cancelled && run->grace < end)
		end = run->grace;
	return end <= now ? 0 : (int)((end - now) / NSEC_PER_MSEC) + 1;
}

unsigned engine_extra_fds(const struct engine *engine, bool cancel, struct curl_waitfd out[3])
{
	unsigned count = 0;

	if (engine->cancel && cancel)
		out[count++] = (struct curl_waitfd){ .fd = cancel_fd(engine->cancel),
						     .events = CURL_WAIT_POLLIN };
	if (engine->ssh.listener >= 0) {
		out[count++] = (struct curl_waitfd){ .fd = engine->ssh.listener,
						     .events = CURL_WAIT_POLLIN };
		out[count++] = (struct curl_waitfd){ .fd = engine->ssh.errors[0],
						     .events = CURL_WAIT_POLLIN };
	}
	return count;
}

static void wait_some(struct run *run)
{
	struct engine *engine = run->engine;
	struct curl_waitfd extra[3];
	/* Once cancelled its descriptor stays readable: watching it would only burn time. */
	unsigned count = engine_extra_fds(engine, !run->cancelled, extra);
	int ready;

	engine->curl.multi_poll(engine->multi, extra, count, poll_ms(run), &ready);
	if (engine->ssh.listener >= 0)
		ssh_attend(&engine->ssh);
}

static void loop(struct run *run)
{
	struct engine *engine = run->engine;
	int active;

	for (;;) {
		bool no_more = fill(run);

		engine->curl.multi_perform(engine->multi, &active);
		unsigned before = run->in_flight;
		reap(run);
		expire(run);
		look_for_cancel(run);
		/* What ended may have made more to do: ask before waiting. */
		if (run->in_flight == 0 && no_more && before == 0)
			return;
		if (run->in_flight == before)
			wait_some(run);
	}
}

static int run_all(struct run *run, struct error *err)
{
	struct engine *engine = run->engine;
	unsigned most = engine->endpoint.scheme == ENDPOINT_SSH ? SSH_PARALLEL
								: ENGINE_PARALLEL_MAX;

	run->parallel = run->work->parallel ? run->work->parallel : ENGINE_PARALLEL;
	if (run->parallel > most)
		run->parallel = most;
	look_for_cancel(run);
	engine->running = true;
	loop(run);
	engine->running = false;
	return run->cancelled ? cancel_error(engine->cancel, err) : 0;
}

int engine_run(struct engine *engine, const struct engine_work *work, struct error *err)
{
	struct run run = { .engine = engine, .work = work };

	return run_all(&run, err);
}

/* --- A single request as a work of one. */

struct one {
	const struct engine_request *request;
	void (*done)(void *self, const struct engine_reply *reply);
	void *self;
	bool asked;
};

static enum engine_next one_next(void *self, struct engine_request *request)
{
	struct one *one = self;

	if (one->asked)
		return ENGINE_NEXT_END;
	one->asked = true;
	*request = *one->request;
	return ENGINE_NEXT_REQUEST;
}

static void one_done(void *self, const struct engine_reply *reply)
{
	struct one *one = self;

	one->done(one->self, reply);
}

int engine_run_one(struct engine *engine, const struct engine_request *request,
		   struct stream *stream, struct ping *ping,
		   void (*done)(void *self, const struct engine_reply *reply), void *self,
		   struct error *err)
{
	struct one one = { .request = request, .done = done, .self = self };
	struct engine_work work = { .next = one_next, .done = one_done, .self = &one };
	struct run run = { .engine = engine, .work = &work, .stream = stream, .ping = ping };

	return run_all(&run, err);
}
