/* SPDX-License-Identifier: Apache-2.0 */
/* The attach stream: what is asked, what is answered, frames in every cut, waiting, the end. */
#include "tests/unit/suite.h"

#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/buf.h"
#include "common/base/clock.h"
#include "common/codec/json.h"
#include "tests/unit/client/scratch.h"
#include "tests/unit/client/server.h"

#define PATH "/containers/c/attach?stream=1&stdin=1&stdout=1&stderr=1"
#define POST "POST /v1.41" PATH " HTTP/1.1\r\n"
#define UPGRADED                                                                       \
	"HTTP/1.1 101 UPGRADED\r\nContent-Type: application/vnd.docker.raw-stream\r\n" \
	"Connection: Upgrade\r\nUpgrade: tcp\r\n\r\n"
#define PLAIN_200 "HTTP/1.1 200 OK\r\nContent-Type: application/vnd.docker.raw-stream\r\n\r\n"
#define HI        "\1\0\0\0\0\0\0\2hi"
#define OOPS      "\2\0\0\0\0\0\0\4oops"

#define SOON (2 * NSEC_PER_SEC)

static int64_t now(void)
{
	return clock_system.monotonic(&clock_system);
}

static void start(struct server *server, struct engine **engine, const struct route *routes,
		  bool tcp)
{
	struct error err = ERROR_INIT;

	server_start(server, routes, tcp);
	ck_assert_msg(open_engine(engine, server->address, NULL, &err) == 0, "%s", err.text);
}

/* --- Answers that are no stream. */

static const struct {
	const char *why;
	struct route route;
	enum error_kind kind;
	int code;
	const char *says;
} refusals[] = {
	{ "docker: plain text, and the end",
	  ROUTE(POST,
		"HTTP/1.1 404 Not Found\r\nContent-Type: application/vnd.docker.raw-stream\r\n\r\n"
		"No such container: c\r\n",
		.then = THEN_CLOSE),
	  ERROR_NOT_FOUND, 404, "No such container: c" },
	{ "JSON of a length, and the connection stays",
	  ROUTE(POST, "HTTP/1.1 409 Conflict\r\nContent-Length: 34\r\n\r\n"
		      "{\"message\":\"container c is paused\"}"),
	  ERROR_CONFLICT, 409, "container c is paused" },
	{ "podman's words",
	  ROUTE(POST, "HTTP/1.1 500 x\r\nContent-Length: 49\r\n\r\n"
		      "{\"cause\":\"c\",\"message\":\"preparing\",\"response\":500}"),
	  ERROR_REMOTE, 500, "preparing" },
	{ "byte by byte",
	  ROUTE(POST, "HTTP/1.1 409 x\r\nContent-Length: 15\r\n\r\n{\"message\":\"m\"}",
		.drip_ms = 1),
	  ERROR_CONFLICT, 409, "m" },
	{ "an error whose body never ends", ROUTE(POST, "HTTP/1.1 500 x\r\n\r\nsorry"),
	  ERROR_REMOTE, 500, "sorry" },
	{ "an error body beyond all measure",
	  ROUTE(POST, "HTTP/1.1 500 x\r\n\r\n", .padding = 1 << 20), ERROR_REMOTE, 500,
	  "internal" },
	{ "in chunks: the status says enough",
	  ROUTE(POST, "HTTP/1.1 502 x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"),
	  ERROR_REMOTE, 502, "bad gateway" },
	{ "forbidden", ROUTE(POST, "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"),
	  ERROR_DENIED, 403, "forbidden" },
	{ "a plain answer, as through a proxy that knows no upgrades",
	  ROUTE(POST, OK_HEAD("2") "ok"), ERROR_PROTOCOL, 200, "proxy" },
	{ "200 in chunks",
	  ROUTE(POST, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
	  ERROR_PROTOCOL, 200, "proxy" },
	{ "204", ROUTE(POST, "HTTP/1.1 204 No Content\r\n\r\n", .then = THEN_CLOSE), ERROR_PROTOCOL,
	  204, "status 204" },
	{ "a redirect", ROUTE(POST, "HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n"),
	  ERROR_PROTOCOL, 302, "302" },
	{ "not HTTP", ROUTE(POST, "SSH-2.0-x\r\n"), ERROR_PROTOCOL, 0, "not HTTP" },
	{ "a frame before any head", ROUTE_BYTES(POST, HI), ERROR_PROTOCOL, 0, "not HTTP" },
	{ "cut in its head", ROUTE(POST, "HTTP/1.1 101 UPG", .then = THEN_CLOSE), ERROR_PROTOCOL, 0,
	  "broke off" },
	{ "closed without a word", ROUTE(POST, NULL, .then = THEN_CLOSE), ERROR_PROTOCOL, 0,
	  "broke off" },
	{ "never answers", ROUTE(POST, NULL, .then = THEN_HANG), ERROR_TIMEOUT, 0,
	  "no answer from the engine" },
	{ "stops in its head", ROUTE(POST, "HTTP/1.1 101 UPG", .then = THEN_HANG), ERROR_TIMEOUT, 0,
	  "no complete answer" },
	{ "headers without end", ROUTE(POST, "HTTP/1.1 101 x\r\nX: ", .padding = 40000),
	  ERROR_LIMIT, 0, "headers without end" },
};

START_TEST(refused)
{
	struct route routes[] = { refusals[_i].route, ROUTES_END };
	scoped_server server = { 0 };
	scoped_engine *engine = NULL;
	scoped_attach *attach = NULL;
	struct error err = ERROR_INIT;
	int64_t begun;

	start(&server, &engine, routes, _i % 2);
	begun = now();
	ck_assert_int_eq(engine_attach(engine, PATH, 400 * NSEC_PER_MSEC, &attach, &err), -1);
	ck_assert_ptr_null(attach);
	ck_assert_msg(err.kind == refusals[_i].kind, "%s: %s: %s", refusals[_i].why,
		      error_name(err.kind), err.text);
	ck_assert_msg(err.code == refusals[_i].code, "%s: %d", refusals[_i].why, err.code);
	ck_assert_msg(strstr(err.text, refusals[_i].says) != NULL, "%s: %s", refusals[_i].why,
		      err.text);
	ck_assert_msg(now() - begun < SOON, "%s", refusals[_i].why);
}
END_TEST

START_TEST(no_engine_any_more)
{
	scoped_server server = { 0 };
	scoped_engine *engine = NULL;
	scoped_attach *attach = NULL;
	struct error err = ERROR_INIT;

	start(&server, &engine, NULL, _i);
	server_stop(&server);
	ck_assert_int_eq(engine_attach(engine, PATH, SOON, &attach, &err), -1);
	ck_assert_msg(err.kind == ERROR_UNREACHABLE, "%s", err.text);
}
END_TEST

/* --- Streams. */

/* out: what comes of stdout; kind, says: how it ends; said: stderr. */
static const struct {
	const char *why;
	struct route route;
	const char *out;
	enum error_kind kind;
	const char *says, *said;
} streams[] = {
#define THE_END .then = THEN_CLOSE
	{ "a frame in the same packet as the head", ROUTE_BYTES(POST, UPGRADED HI, THE_END), "hi",
	  ERROR_UNREACHABLE, "ended", "" },
	{ "200", ROUTE_BYTES(POST, PLAIN_200 HI HI, THE_END), "hihi", ERROR_UNREACHABLE, "ended",
	  "" },
	{ "byte by byte", ROUTE_BYTES(POST, UPGRADED HI OOPS HI, THE_END, .drip_ms = 1), "hihi",
	  ERROR_UNREACHABLE, "ended", "oops" },
	{ "200, byte by byte", ROUTE_BYTES(POST, PLAIN_200 OOPS HI, THE_END, .drip_ms = 1), "hi",
	  ERROR_UNREACHABLE, "ended", "oops" },
	{ "an informational answer first",
	  ROUTE_BYTES(POST, "HTTP/1.1 100 Continue\r\n\r\n" UPGRADED HI, THE_END), "hi",
	  ERROR_UNREACHABLE, "ended", "" },
	{ "nothing but its end", ROUTE(POST, UPGRADED, THE_END), "", ERROR_UNREACHABLE, "ended",
	  "" },
	{ "only stderr", ROUTE_BYTES(POST, UPGRADED OOPS OOPS, THE_END), "", ERROR_UNREACHABLE,
	  "ended", "oopsoops" },
	{ "empty frames",
	  ROUTE_BYTES(POST, UPGRADED "\1\0\0\0\0\0\0\0" HI "\2\0\0\0\0\0\0\0", THE_END), "hi",
	  ERROR_UNREACHABLE, "ended", "" },
	{ "stdin's frames go to stdout", ROUTE_BYTES(POST, UPGRADED "\0\0\0\0\0\0\0\1x", THE_END),
	  "x", ERROR_UNREACHABLE, "ended", "" },
	{ "cut inside a frame", ROUTE_BYTES(POST, UPGRADED HI "\1\0\0\0\0\0\0\3ab", THE_END),
	  "hiab", ERROR_PROTOCOL, "inside a frame", "" },
	{ "cut inside a frame's head", ROUTE_BYTES(POST, UPGRADED HI "\1\0\0", THE_END), "hi",
	  ERROR_PROTOCOL, "inside a frame", "" },
	{ "an error of the daemon",
	  ROUTE_BYTES(POST, UPGRADED HI "\3\0\0\0\0\0\0\5no: x" HI, THE_END), "hi", ERROR_REMOTE,
	  "no: x", "" },
	{ "an error of the daemon, byte by byte",
	  ROUTE_BYTES(POST, UPGRADED HI "\3\0\0\0\0\0\0\5no: x", THE_END, .drip_ms = 1), "hi",
	  ERROR_REMOTE, "no: x", "" },
	{ "half an error of the daemon",
	  ROUTE_BYTES(POST, UPGRADED "\3\0\0\0\0\0\0\11no: x", THE_END), "", ERROR_REMOTE, "no: x",
	  "" },
	{ "a terminal: no frames", ROUTE(POST, UPGRADED "login: welcome\r\n", THE_END), "",
	  ERROR_PROTOCOL, "not in frames", "" },
	{ "something else after a frame", ROUTE_BYTES(POST, UPGRADED HI "HTTP/1.1 400", THE_END),
	  "hi", ERROR_PROTOCOL, "not in frames", "" },
	{ "a frame beyond all measure",
	  ROUTE_BYTES(POST, UPGRADED HI "\1\0\0\0\377\0\0\0", THE_END), "hi", ERROR_LIMIT, "larger",
	  "" },
};

/* All of stdout, in pieces of at most size bytes, until the error that ends it. */
static void drain(struct attach *attach, size_t size, struct buf *out, struct error *err)
{
	char data[4096];
	int64_t last = 0, at, before;
	size_t got;

	for (;;) {
		before = now();
		got = 77;
		at = -1;
		if (attach_receive(attach, data, size, SOON, &got, &at, err) < 0)
			break;
		ck_assert_uint_ge(got, 1);
		ck_assert_uint_le(got, size);
		ck_assert_msg(at >= last && at <= now() && at > before - SOON, "stamp");
		last = at;
		buf_add(out, data, got);
	}
	ck_assert_msg(got == 77 && at == -1, "touched");
}

START_TEST(streamed)
{
	struct route routes[] = { streams[_i / 2].route, ROUTES_END };
	scoped_server server = { 0 };
	scoped_engine *engine = NULL;
	scoped_attach *attach = NULL;
	struct error err = ERROR_INIT, again = ERROR_INIT;
	scoped_buf out;

	buf_init(&out, 4096);
	start(&server, &engine, routes, _i % 2);
	ck_assert_msg(engine_attach(engine, PATH, SOON, &attach, &err) == 0, "%s: %s",
		      streams[_i / 2].why, err.text);
	drain(attach, _i % 2 ? 1 : 4096, &out, &err);
	ck_assert_msg(strcmp(out.data, streams[_i / 2].out) == 0, "%s: %s", streams[_i / 2].why,
		      out.data);
	ck_assert_msg(err.kind == streams[_i / 2].kind, "%s: %s: %s", streams[_i / 2].why,
		      error_name(err.kind), err.text);
	ck_assert_msg(strstr(err.text, streams[_i / 2].says) != NULL, "%s: %s", streams[_i / 2].why,
		      err.text);
	ck_assert_msg(strcmp(attach_stderr(attach), streams[_i / 2].said) == 0, "%s: %s",
		      streams[_i / 2].why, attach_stderr(attach));
	drain(attach, 1, &out, &again);
	ck_assert_msg(again.kind == err.kind && strcmp(again.text, err.text) == 0, "it stays so");
}
END_TEST

START_TEST(the_end_of_stderr_is_kept)
{
	/* 8000 bytes: "x" of the padding, after a head that says so. */
	static const struct route routes[] = { ROUTE_BYTES(POST,
							   UPGRADED "\2\0\0\0\0\0\x1f\x43\nyy",
							   .padding = 8000, .then = THEN_CLOSE),
					       ROUTES_END };
	scoped_server server = { 0 };
	scoped_engine *engine = NULL;
	scoped_attach *attach = NULL;
	struct error err = ERROR_INIT;
	scoped_buf out;

	buf_init(&out, 4096);
	start(&server, &engine, routes, false);
	ck_assert_int_eq(engine_attach(engine, PATH, SOON, &attach, &err), 0);
	drain(attach, 4096, &out, &err);
	ck_assert_int_eq(err.kind, ERROR_UNREACHABLE);
	ck_assert_uint_eq(strlen(attach_stderr(attach)), 4096);
	ck_assert_uint_eq(strspn(attach_stderr(attach), "x"), 4096);
}
END_TEST

/* --- What is asked. */

static const struct route echoing[] = { ROUTE(POST, UPGRADED, .then = THEN_ECHO),
					ROUTE("GET /v1.41/x", OK_HEAD("3") "[7]"), ROUTES_END };

START_TEST(the_request)
{
	struct engine_options options = { .user_agent = "test/1" };
	scoped_server server = { 0 };
	scoped_endpoint endpoint = { 0 };
	scoped_engine *engine = NULL;
	scoped_attach *attach = NULL;
	struct error err = ERROR_INIT;

	server_start(&server, echoing, _i);
	ck_assert_int_eq(endpoint_parse(&endpoint, server.address, &err), 0);
	strings_add(&endpoint.headers, "X-Mine: yes, it is");
	strings_add(&endpoint.headers, "X-Empty;");
	strings_add(&endpoint.headers, "Content-Type: text/html");
	ck_assert_msg(engine_open(&engine, &endpoint, &options, &err) == 0, "%s", err.text);
	ck_assert_msg(engine_attach(engine, PATH, SOON, &attach, &err) == 0, "%s", err.text);
	scoped_str want = xasprintf(POST "Host: %s\r\nUser-Agent: test/1\r\nX-Mine: yes, it is\r\n"
					 "X-Empty:\r\nContent-Length: 0\r\nConnection: Upgrade\r\n"
					 "Content-Type: text/plain\r\nUpgrade: tcp\r\n\r\n",
				    _i ? server.address + strlen("tcp://") : "localhost");
	ck_assert_str_eq(server.seen->last, want);
}
END_TEST

START_TEST(the_request_is_theirs_to_name)
{
	static const struct route routes[] = {
		ROUTE("GET /pre/_ping", PING_OK),
		ROUTE("POST /pre/v1.41/c HTTP/1.1\r\n", UPGRADED, .then = THEN_ECHO), ROUTES_END
	};
	struct engine_options options = { 0 };
	scoped_server server = { 0 };
	scoped_endpoint endpoint = { 0 };
	scoped_engine *engine = NULL;
	scoped_attach *attach = NULL;
	struct error err = ERROR_INIT;

	server_start(&server, routes, true);
	scoped_str address = xasprintf("%s/pre", server.address);
	ck_assert_int_eq(endpoint_parse(&endpoint, address, &err), 0);
	strings_add(&endpoint.headers, "Host: engine.example");
	strings_add(&endpoint.headers, "user-agent: theirs");
	ck_assert_msg(engine_open(&engine, &endpoint, &options, &err) == 0, "%s", err.text);
	ck_assert_msg(engine_attach(engine, "/c", SOON, &attach, &err) == 0, "%s", err.text);
	ck_assert_ptr_nonnull(strstr(server.seen->last, "\r\nHost: engine.example\r\n"));
	ck_assert_ptr_nonnull(strstr(server.seen->last, "\r\nuser-agent: theirs\r\n"));
	ck_assert_ptr_null(strstr(server.seen->last, "127.0.0.1"));
	ck_assert_ptr_null(strstr(server.seen->last, "docker-hygiene"));
}
END_TEST

/* --- To and fro. */

static void round_trip(struct attach *attach, size_t len)
{
	char sent[3000], back[sizeof(sent)];
	struct error err = ERROR_INIT;
	size_t have = 0, got;
	int64_t at = 0, before = now();

	for (size_t i = 0; i < len; i++)
		sent[i] = (char)(i * 7);
	ck_assert_msg(attach_send(attach, sent, len, SOON, &err) == 0, "%s", err.text);
	while (have < len) {
		ck_assert_msg(
			attach_receive(attach, back + have, len - have, SOON, &got, &at, &err) == 0,
			"%s", err.text);
		have += got;
	}
	ck_assert_int_eq(memcmp(sent, back, len), 0);
	ck_assert(at > before && at <= now());
}

START_TEST(to_and_fro)
{
	static const size_t sizes[] = { 1, 2, 64, 128, 1000, 2999 };
	scoped_server server = { 0 };
	scoped_engine *engine = NULL;
	scoped_attach *attach = NULL;
	struct error err = ERROR_INIT;

	start(&server, &engine, echoing, _i);
	ck_assert_msg(engine_attach(engine, PATH, SOON, &attach, &err) == 0, "%s", err.text);
	for (int round = 0; round < 20; round++)
		for (size_t i = 0; i < array_len(sizes); i++) {
			scoped_json *json = NULL;

			round_trip(attach, sizes[i]);
			/* The engine is free for other requests meanwhile. */
			if (round == 10)
				ck_assert_msg(engine_get(engine, "/x", "x", &json, &err) == 0, "%s",
					      err.text);
		}
	ck_assert_int_eq(server.seen->hung_up, 0);
	attach_close(&attach);
	for (int i = 0; i < 200 && !server.seen->hung_up; i++)
		poll(NULL, 0, 5);
	ck_assert_msg(server.seen->hung_up == 1, "end of file for the container");
}
END_TEST

START_TEST(two_at_once)
{
	scoped_server server = { 0 };
	scoped_engine *engine = NULL;
	scoped_attach *a = NULL, *b = NULL;
	struct error err = ERROR_INIT;

	start(&server, &engine, echoing, _i);
	ck_assert_int_eq(engine_attach(engine, PATH, SOON, &a, &err), 0);
	ck_assert_int_eq(engine_attach(engine, PATH, SOON, &b, &err), 0);
	round_trip(a, 64);
	round_trip(b, 64);
	attach_close(&a);
	round_trip(b, 64);
}
END_TEST

START_TEST(nothing_there_and_nothing_in_time)
{
	scoped_server server = { 0 };
	scoped_engine *engine = NULL;
	scoped_attach *attach = NULL;
	struct error err = ERROR_INIT;
	struct pollfd fd = { .events = POLLIN };
	char data[64];
	size_t got = 77;
	int64_t at = -1, begun;

	start(&server, &engine, echoing, _i);
	ck_assert_int_eq(engine_attach(engine, PATH, SOON, &attach, &err), 0);
	ck_assert_int_eq(attach_receive(attach, data, 64, 0, &got, &at, &err), 0);
	ck_assert(got == 0 && at == -1);
	begun = now();
	ck_assert_int_eq(attach_receive(attach, data, 64, 100 * NSEC_PER_MSEC, &got, &at, &err),
			 -1);
	ck_assert_msg(err.kind == ERROR_TIMEOUT && strstr(err.text, "0.1 s"), "%s", err.text);
	ck_assert(now() - begun >= 100 * NSEC_PER_MSEC && now() - begun < NSEC_PER_SEC);
	error_clear(&err);
	/* It has harmed nothing; and the descriptor tells when there is something. */
	fd.fd = attach_fd(attach);
	ck_assert_int_eq(poll(&fd, 1, 0), 0);
	ck_assert_int_eq(attach_send(attach, "x", 1, SOON, &err), 0);
	ck_assert_int_eq(poll(&fd, 1, 2000), 1);
	ck_assert_int_eq(attach_receive(attach, data, 64, 0, &got, &at, &err), 0);
	ck_assert(got == 1 && data[0] == 'x' && at > begun);
}
END_TEST

static void signal_soon(void)
{
	if (fork() == 0) {
		usleep(100000);
		kill(getppid(), SIGTERM);
		_exit(0);
	}
}

START_TEST(cancelled_while_waiting)
{
	static const struct route routes[] = {
		ROUTE("POST /v1.41/hang", NULL, .then = THEN_HANG),
		ROUTE(POST, UPGRADED, .then = THEN_ECHO),
		ROUTES_END,
	};
	scoped_server server = { 0 };
	scoped_cancel *cancel = NULL;
	scoped_engine *engine = NULL;
	scoped_attach *attach = NULL;
	struct error err = ERROR_INIT;
	char data[8];
	size_t got;
	int64_t at, begun = now();

	server_start(&server, routes, false);
	ck_assert_int_eq(cancel_open(&cancel, NULL, &err), 0);
	ck_assert_int_eq(open_engine(&engine, server.address, cancel, &err), 0);
	if (_i == 0) {
		signal_soon();
		ck_assert_int_eq(engine_attach(engine, "/hang", 10 * SOON, &attach, &err), -1);
	} else {
		ck_assert_int_eq(engine_attach(engine, PATH, SOON, &attach, &err), 0);
		signal_soon();
		ck_assert_int_eq(attach_receive(attach, data, 8, 10 * SOON, &got, &at, &err), -1);
	}
	ck_assert_msg(err.kind == ERROR_CANCELLED, "%s", err.text);
	ck_assert_int_lt(now() - begun, SOON);
}
END_TEST

START_TEST(nobody_takes_it)
{
	static const struct route routes[] = { ROUTE(POST, UPGRADED, .then = THEN_HANG),
					       ROUTES_END };
	scoped_server server = { 0 };
	scoped_engine *engine = NULL;
	scoped_attach *attach = NULL;
	struct error err = ERROR_INIT;
	size_t size = (size_t)32 << 20;
	scoped_str data = xcalloc(1, size);

	start(&server, &engine, routes, _i);
	ck_assert_int_eq(engine_attach(engine, PATH, SOON, &attach, &err), 0);
	ck_assert_int_eq(attach_send(attach, data, size, 200 * NSEC_PER_MSEC, &err), -1);
	ck_assert_msg(err.kind == ERROR_TIMEOUT, "%s", err.text);
	error_clear(&err);
	server_stop(&server);
	signal(SIGPIPE, SIG_IGN);
	ck_assert_int_eq(attach_send(attach, data, size, SOON, &err), -1);
	ck_assert_msg(err.kind == ERROR_UNREACHABLE, "%s", err.text);
}
END_TEST

START_TEST(the_engine_is_closed_first)
{
	scoped_server server = { 0 };
	struct engine *engine = NULL;
	scoped_attach *a = NULL, *b = NULL;
	struct error err = ERROR_INIT;

	start(&server, &engine, echoing, false);
	ck_assert_int_eq(engine_attach(engine, PATH, SOON, &a, &err), 0);
	ck_assert_int_eq(engine_attach(engine, PATH, SOON, &b, &err), 0);
	engine_close(&engine);
	for (int i = 0; i < 200 && server.seen->hung_up < 2; i++)
		poll(NULL, 0, 5);
	ck_assert_int_eq(server.seen->hung_up, 2);
	ck_assert_int_eq(attach_fd(a), -1);
}
END_TEST

static void on_line(void *ctx, const char *line)
{
	buf_fmt(ctx, "%s\n", line);
}

START_TEST(traced)
{
	scoped_server server = { 0 };
	scoped_engine *engine = NULL;
	scoped_endpoint endpoint = { 0 };
	scoped_attach *attach = NULL;
	struct error err = ERROR_INIT;
	scoped_buf lines;
	struct engine_options options = { .trace = on_line, .trace_ctx = &lines };

	buf_init(&lines, 65536);
	server_start(&server, echoing, false);
	ck_assert_int_eq(endpoint_parse(&endpoint, server.address, &err), 0);
	ck_assert_int_eq(engine_open(&engine, &endpoint, &options, &err), 0);
	ck_assert_int_eq(engine_attach(engine, PATH, SOON, &attach, &err), 0);
	ck_assert_ptr_nonnull(strstr(lines.data, "POST " PATH ": 101"));
	attach_close(&attach);
	ck_assert_int_eq(engine_attach(engine, "/none", SOON, &attach, &err), -1);
	ck_assert_ptr_nonnull(strstr(lines.data, "POST /none: no route"));
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("engine_attach");
	TCase *t = tcase_create("attach");

	tcase_add_checked_fixture(t, scratch_make, scratch_remove);
	tcase_add_loop_test(t, refused, 0, (int)array_len(refusals));
	tcase_add_loop_test(t, no_engine_any_more, 0, 2);
	tcase_add_loop_test(t, streamed, 0, 2 * (int)array_len(streams));
	tcase_add_test(t, the_end_of_stderr_is_kept);
	tcase_add_loop_test(t, the_request, 0, 2);
	tcase_add_test(t, the_request_is_theirs_to_name);
	tcase_add_loop_test(t, to_and_fro, 0, 2);
	tcase_add_loop_test(t, two_at_once, 0, 2);
	tcase_add_loop_test(t, nothing_there_and_nothing_in_time, 0, 2);
	tcase_add_loop_test(t, cancelled_while_waiting, 0, 2);
	tcase_add_loop_test(t, nobody_takes_it, 0, 2);
	tcase_add_test(t, the_engine_is_closed_first);
	tcase_add_test(t, traced);
	suite_add_tcase(s, t);
	return s;
}
