/* SPDX-License-Identifier: Apache-2.0 */
/* Many requests in flight, connections that are kept, cancelling, streams. */
#include "tests/unit/suite.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/buf.h"
#include "common/base/clock.h"
#include "common/codec/json.h"
#include "tests/unit/client/scratch.h"
#include "tests/unit/client/server.h"

#define MOST 200

/* Asks for path once for each index; what came of it is in kinds and statuses. */
struct job {
	const char *method, *path;
	int count, started, ended;
	int first_then; /* this many at first, the rest only after the first answer */
	unsigned parallel;
	int64_t deadline;
	int in_flight, most_in_flight;
	enum error_kind kinds[MOST];
	int statuses[MOST];
	int seen[MOST];
};

static enum engine_next job_next(void *self, struct engine_request *request)
{
	struct job *job = self;

	ck_assert_ptr_null(request->body);
	if (job->started == job->count)
		return ENGINE_NEXT_END;
	if (job->first_then && job->ended == 0 && job->started == job->first_then)
		return ENGINE_NEXT_WAIT;
	request->method = job->method;
	request->path = job->path;
	request->deadline = job->deadline;
	request->ctx = &job->seen[job->started++];
	if (++job->in_flight > job->most_in_flight)
		job->most_in_flight = job->in_flight;
	return ENGINE_NEXT_REQUEST;
}

static void job_done(void *self, const struct engine_reply *reply)
{
	struct job *job = self;
	int *seen = reply->ctx;
	long i = seen - job->seen;

	++*seen;
	job->ended++;
	job->in_flight--;
	job->kinds[i] = reply->err.kind;
	job->statuses[i] = reply->status;
	ck_assert_uint_eq(strlen(reply->body), reply->len);
}

static int run(struct engine *engine, struct job *job, struct error *err)
{
	struct engine_work work = {
		.next = job_next, .done = job_done, .self = job, .parallel = job->parallel
	};
	int rc = engine_run(engine, &work, err);

	for (int i = 0; i < job->started; i++)
		ck_assert_msg(job->seen[i] == 1, "request %d was answered %d times", i,
			      job->seen[i]);
	return rc;
}

static const struct {
	const char *why;
	int count, first_then;
	unsigned parallel;
	int at_most;
} sizes[] = {
	{ "nothing to do", 0, 0, 0, 0 },
	{ "one", 1, 0, 0, 1 },
	{ "the default number in flight", 100, 0, 0, ENGINE_PARALLEL },
	{ "one after the other", 20, 0, 1, 1 },
	{ "more than there may be", 100, 0, 1000, ENGINE_PARALLEL_MAX },
	{ "the rest once the first is answered", 50, 1, 4, 4 },
};

START_TEST(all_are_answered)
{
	static const struct route routes[] = {
		ROUTE("GET /v1.41/x", OK_HEAD("2") "[]", .delay_ms = 5), ROUTES_END
	};
	struct job job = { .method = "GET",
			   .path = "/x",
			   .count = sizes[_i].count,
			   .first_then = sizes[_i].first_then,
			   .parallel = sizes[_i].parallel };
	scoped_server server = { 0 };
	scoped_engine *engine = NULL;
	struct error err = ERROR_INIT;

	server_start(&server, routes, false);
	ck_assert_int_eq(open_engine(&engine, server.address, NULL, &err), 0);
	ck_assert_msg(run(engine, &job, &err) == 0, "%s", err.text);
	ck_assert_int_eq(job.ended, sizes[_i].count);
	for (int i = 0; i < job.count; i++)
		ck_assert_int_eq(job.statuses[i], 200);
	ck_assert_int_le(job.most_in_flight, sizes[_i].at_most);
	/* All of it over connections that were kept: the ping's is one of them. */
	ck_assert_int_le(server.seen->connections, sizes[_i].at_most > 1 ? sizes[_i].at_most : 1);
	if (sizes[_i].at_most > 1)
		ck_assert_int_gt(server.seen->most_at_once, 1);
}
END_TEST

START_TEST(closed_connections_are_made_again)
{
	static const struct route routes[] = {
		ROUTE("GET /v1.41/x", OK_HEAD("2") "[]", .then = THEN_CLOSE), ROUTES_END
	};
	struct job job = { .method = "GET", .path = "/x", .count = 30, .parallel = 3 };
	scoped_server server = { 0 };
	scoped_engine *engine = NULL;
	struct error err = ERROR_INIT;

	server_start(&server, routes, true);
	ck_assert_int_eq(open_engine(&engine, server.address, NULL, &err), 0);
	ck_assert_msg(run(engine, &job, &err) == 0, "%s", err.text);
	for (int i = 0; i < job.count; i++)
		ck_assert_msg(job.statuses[i] == 200, "%d", i);
}
END_TEST

START_TEST(an_engine_that_stops)
{
	struct job job = { .method = "DELETE", .path = "/x", .count = 5 };
	scoped_server server = { 0 };
	scoped_engine *engine = NULL;
	struct error err = ERROR_INIT;

	server_start(&server, NULL, false);
	ck_assert_int_eq(open_engine(&engine, server.address, NULL, &err), 0);
	kill(-server.pid, SIGKILL);
	waitpid(server.pid, NULL, 0);
	server.pid = 0;
	ck_assert_msg(run(engine, &job, &err) == 0, "%s", err.text);
	for (int i = 0; i < job.count; i++)
		ck_assert_int_eq(job.kinds[i], ERROR_UNREACHABLE);
}
END_TEST

START_TEST(one_that_hangs_does_not_hold_up_the_rest)
{
	static const struct route routes[] = {
		ROUTE("GET /v1.41/hang", NULL, .then = THEN_HANG),
		ROUTE("GET /v1.41/x", OK_HEAD("2") "[]"),
		ROUTES_END,
	};
	struct job hang = { .method = "GET", .path = "/hang", .count = 3 };
	struct job job = { .method = "GET", .path = "/x", .count = 10 };
	scoped_server server = { 0 };
	scoped_engine *engine = NULL;
	struct error err = ERROR_INIT;
	int64_t start = clock_system.monotonic(&clock_system);

	server_start(&server, routes, false);
	ck_assert_int_eq(open_engine(&engine, server.address, NULL, &err), 0);
	ck_assert_msg(run(engine, &hang, &err) == 0, "%s", err.text);
	for (int i = 0; i < hang.count; i++)
		ck_assert_int_eq(hang.kinds[i], ERROR_TIMEOUT);
	ck_assert_msg(run(engine, &job, &err) == 0, "%s", err.text);
	ck_assert_int_eq(job.statuses[9], 200);
	ck_assert_int_lt(clock_system.monotonic(&clock_system) - start, 3 * NSEC_PER_SEC);
}
END_TEST

/* --- Cancelling. */

static void signal_soon(int number)
{
	if (fork() == 0) {
		usleep(150000);
		kill(getppid(), number);
		_exit(0);
	}
}

static const struct {
	const char *why, *method;
	struct route route;
	enum error_kind kind; /* of the requests in flight */
	int64_t at_least, at_most;
} cancels[] = {
	{ "reads are given up at once", "GET",
	  ROUTE("GET /v1.41/x", OK_HEAD("2") "[]", .delay_ms = 1000), ERROR_CANCELLED, 0,
	  900000000 },
	{ "deletions that end soon are known", "DELETE",
	  ROUTE("DELETE /v1.41/x", OK_HEAD("2") "[]", .delay_ms = 800), ERROR_NONE, 700000000,
	  1900000000 },
	{ "deletions that do not are given up after 2 s", "DELETE",
	  ROUTE("DELETE /v1.41/x", NULL, .then = THEN_HANG), ERROR_CANCELLED, 2000000000,
	  3500000000 },
};

START_TEST(cancelling)
{
	struct route routes[2] = { cancels[_i].route, ROUTES_END };
	struct job job = { .method = cancels[_i].method,
			   .path = "/x",
			   .count = 100,
			   .parallel = 4,
			   .deadline = 60 * NSEC_PER_SEC };
	scoped_server server = { 0 };
	scoped_cancel *cancel = NULL;
	scoped_engine *engine = NULL;
	struct error err = ERROR_INIT;

	server_start(&server, routes, false);
	ck_assert_int_eq(cancel_open(&cancel, NULL, &err), 0);
	ck_assert_int_eq(open_engine(&engine, server.address, cancel, &err), 0);
	int64_t start = clock_system.monotonic(&clock_system);
	signal_soon(SIGINT);
	ck_assert_int_eq(run(engine, &job, &err), -1);
	int64_t took = clock_system.monotonic(&clock_system) - start;
	ck_assert_int_eq(err.kind, ERROR_CANCELLED);
	ck_assert_msg(job.started == 4, "%s: nothing new is started", cancels[_i].why);
	ck_assert_int_eq(job.ended, 4);
	for (int i = 0; i < 4; i++)
		ck_assert_msg(job.kinds[i] == cancels[_i].kind, "%s: %s", cancels[_i].why,
			      error_name(job.kinds[i]));
	ck_assert_msg(took >= cancels[_i].at_least && took <= cancels[_i].at_most, "%s: %lld",
		      cancels[_i].why, (long long)took);
	/* And so is everything after it. */
	error_clear(&err);
	ck_assert_int_eq(run(engine, &job, &err), -1);
	ck_assert_int_eq(job.started, 4);
}
END_TEST

/* --- Streams. */

#define EVENTS "GET /v1.41/events"
#define NDJSON "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"

static const struct {
	const char *why;
	struct route route;
	int want; /* documents that came */
	int stop; /* after this many; 0: never */
	int64_t deadline;
	enum error_kind kind;
} streams[] = {
	{ "none", ROUTE(EVENTS, NDJSON "0\r\n\r\n"), 0, 0, 0, ERROR_NONE },
	{ "two in a chunk", ROUTE(EVENTS, NDJSON "6\r\n{}\n{}\n\r\n0\r\n\r\n"), 2, 0, 0,
	  ERROR_NONE },
	{ "one in two chunks", ROUTE(EVENTS, NDJSON "1\r\n{\r\n2\r\n}\n\r\n0\r\n\r\n"), 1, 0, 0,
	  ERROR_NONE },
	{ "slowly, with longer silence than an answer may have",
	  ROUTE(EVENTS, NDJSON "2\r\n{}\r\n0\r\n\r\n", .delay_ms = 800), 1, 0, 0, ERROR_NONE },
	{ "ended by the reader", ROUTE(EVENTS, NDJSON "6\r\n{}\n{}\n\r\n", .then = THEN_HANG), 1, 1,
	  0, ERROR_NONE },
	{ "past its deadline", ROUTE(EVENTS, NDJSON "3\r\n{}\n\r\n", .then = THEN_HANG), 1, 0,
	  300000000, ERROR_TIMEOUT },
	{ "cut between documents", ROUTE(EVENTS, NDJSON "3\r\n{}\n\r\n", .then = THEN_CLOSE), 1, 0,
	  0, ERROR_PROTOCOL },
	{ "cut in a document",
	  ROUTE(EVENTS, "HTTP/1.1 200 OK\r\n\r\n{}{\"a\":", .then = THEN_CLOSE), 1, 0, 0,
	  ERROR_PROTOCOL },
	{ "no JSON", ROUTE(EVENTS, NDJSON "3\r\n{a}\r\n0\r\n\r\n"), 0, 0, 0, ERROR_PROTOCOL },
	{ "no object", ROUTE(EVENTS, NDJSON "3\r\n[1]\r\n0\r\n\r\n"), 0, 0, 0, ERROR_PROTOCOL },
	{ "a document without end",
	  ROUTE(EVENTS, "HTTP/1.1 200 OK\r\n\r\n{\"", .then = THEN_CLOSE, .padding = 2000000), 0, 0,
	  0, ERROR_LIMIT },
	{ "refused",
	  ROUTE(EVENTS, "HTTP/1.1 400 x\r\nContent-Length: 15\r\n\r\n"
			"{\"message\":\"m\"}"),
	  0, 0, 0, ERROR_REMOTE },
	{ "refused at length",
	  ROUTE(EVENTS, "HTTP/1.1 500 x\r\n\r\n{", .then = THEN_CLOSE, .padding = 200000), 0, 0, 0,
	  ERROR_LIMIT },
};

struct heard {
	int count, stop;
};

static int on_event(void *ctx, const json_t *document)
{
	struct heard *heard = ctx;

	ck_assert(json_is_object(document));
	heard->count++;
	return heard->count == heard->stop;
}

START_TEST(streaming)
{
	struct route routes[3] = { streams[_i].route, ROUTE("GET /v1.41/x", OK_HEAD("2") "[]"),
				   ROUTES_END };
	struct heard heard = { .stop = streams[_i].stop };
	struct job job = { .method = "GET", .path = "/x", .count = 2 };
	scoped_server server = { 0 };
	scoped_engine *engine = NULL;
	struct error err = ERROR_INIT;

	server_start(&server, routes, false);
	ck_assert_int_eq(open_engine(&engine, server.address, NULL, &err), 0);
	int rc = engine_stream(engine, "/events", streams[_i].deadline, on_event, &heard, &err);
	ck_assert_msg(err.kind == streams[_i].kind, "%s: %s: %s", streams[_i].why,
		      error_name(err.kind), err.text);
	ck_assert_int_eq(rc, err.kind ? -1 : 0);
	ck_assert_msg(heard.count == streams[_i].want, "%s: %d", streams[_i].why, heard.count);
	/* What follows is not disturbed by it. */
	error_clear(&err);
	ck_assert_msg(run(engine, &job, &err) == 0, "%s", err.text);
	ck_assert_msg(job.statuses[1] == 200, "%s", streams[_i].why);
}
END_TEST

START_TEST(a_stream_is_cancelled)
{
	static const struct route routes[] = {
		ROUTE(EVENTS, NDJSON "3\r\n{}\n\r\n", .then = THEN_HANG), ROUTES_END
	};
	scoped_server server = { 0 };
	scoped_cancel *cancel = NULL;
	scoped_engine *engine = NULL;
	struct heard heard = { 0 };
	struct error err = ERROR_INIT;
	int64_t start = clock_system.monotonic(&clock_system);

	server_start(&server, routes, false);
	ck_assert_int_eq(cancel_open(&cancel, NULL, &err), 0);
	ck_assert_int_eq(open_engine(&engine, server.address, cancel, &err), 0);
	signal_soon(SIGTERM);
	ck_assert_int_eq(engine_stream(engine, "/events", 0, on_event, &heard, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_CANCELLED);
	ck_assert_int_eq(heard.count, 1);
	ck_assert_int_lt(clock_system.monotonic(&clock_system) - start, NSEC_PER_SEC);
}
END_TEST

/* --- The trace. */

static void on_line(void *ctx, const char *line)
{
	buf_fmt(ctx, "%s\n", line);
}

START_TEST(tracing)
{
	scoped_server server = { 0 };
	scoped_engine *engine = NULL;
	scoped_endpoint endpoint = { 0 };
	struct error err = ERROR_INIT;
	scoped_json *json = NULL;
	scoped_buf lines;
	struct engine_options options = { .trace = on_line, .trace_ctx = &lines };

	buf_init(&lines, 65536);
	server_start(&server, NULL, false);
	ck_assert_int_eq(endpoint_parse(&endpoint, server.address, &err), 0);
	strings_add(&endpoint.headers, "X-Secret: hush");
	ck_assert_int_eq(engine_open(&engine, &endpoint, &options, &err), 0);
	ck_assert_int_eq(engine_get(engine, "/nosuch", "it", &json, &err), -1);
	ck_assert_ptr_nonnull(strstr(lines.data, "GET /_ping: 200, 2 bytes"));
	ck_assert_ptr_nonnull(strstr(lines.data, "GET /nosuch: 404"));
	ck_assert_ptr_null(strstr(lines.data, "hush"));
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("engine_run");
	TCase *t = tcase_create("run");

	tcase_add_checked_fixture(t, scratch_make, scratch_remove);
	tcase_add_loop_test(t, all_are_answered, 0, (int)array_len(sizes));
	tcase_add_test(t, closed_connections_are_made_again);
	tcase_add_test(t, an_engine_that_stops);
	tcase_add_test(t, one_that_hangs_does_not_hold_up_the_rest);
	tcase_add_loop_test(t, cancelling, 0, (int)array_len(cancels));
	tcase_add_loop_test(t, streaming, 0, (int)array_len(streams));
	tcase_add_test(t, a_stream_is_cancelled);
	tcase_add_test(t, tracing);
	suite_add_tcase(s, t);
	return s;
}
