/* SPDX-License-Identifier: Apache-2.0 */
/* Answers as they come over the wire: right, wrong, cut, slow, large. */
#include "tests/unit/suite.h"

#include <string.h>

#include "common/base/clock.h"
#include "common/codec/json.h"
#include "tests/unit/client/scratch.h"
#include "tests/unit/client/server.h"

#define X                  "GET /v1.41/x"
#define STATUS(line, body) "HTTP/1.1 " line "\r\nConnection: close\r\n\r\n" body
/* [7] among 60 bytes. */
#define SIXTY              "[                             7                            ]"
#define CHUNKED            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"

/* says: in the JSON that comes back (compact), or in the error. */
static const struct {
	const char *why;
	struct route route;
	enum error_kind kind;
	int code;
	const char *says;
	int64_t deadline;
} rows[] = {
	{ "an object", ROUTE(X, OK_HEAD("7") "{\"a\":1}"), ERROR_NONE, 0, "{\"a\":1}", 0 },
	{ "an empty list", ROUTE(X, OK_HEAD("2") "[]"), ERROR_NONE, 0, "[]", 0 },
	{ "chunked", ROUTE(X, CHUNKED "3\r\n[1,\r\n2\r\n2]\r\n0\r\n\r\n"), ERROR_NONE, 0, "[1,2]",
	  0 },
	{ "until the connection closes", ROUTE(X, "HTTP/1.1 200 OK\r\n\r\n[3]", .then = THEN_CLOSE),
	  ERROR_NONE, 0, "[3]", 0 },
	{ "204", ROUTE(X, "HTTP/1.1 204 No Content\r\n\r\n"), ERROR_NONE, 0, "null", 0 },
	{ "304", ROUTE(X, "HTTP/1.1 304 Not Modified\r\n\r\n"), ERROR_NONE, 0, "null", 0 },
	{ "informational answers come first",
	  ROUTE(X, "HTTP/1.1 100 Continue\r\n\r\n" OK_HEAD("2") "[]"), ERROR_NONE, 0, "[]", 0 },
	{ "a wrong content type does no harm",
	  ROUTE(X, "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 2\r\n\r\n[]"),
	  ERROR_NONE, 0, "[]", 0 },
	{ "slow, but it goes on: byte by byte for longer than the answer deadline",
	  ROUTE(X, OK_HEAD("60") SIXTY, .drip_ms = 10), ERROR_NONE, 0, "[7]", 0 },
	{ "slow, and the whole answer has a deadline", ROUTE(X, OK_HEAD("2") "[]", .drip_ms = 25),
	  ERROR_TIMEOUT, 0, "/x", 200000000 },
	{ "silent for longer than the answer deadline, with a deadline of its own",
	  ROUTE(X, OK_HEAD("2") "[]", .delay_ms = 900), ERROR_NONE, 0, "[]", 5000000000 },
	{ "silent for longer than the answer deadline",
	  ROUTE(X, OK_HEAD("2") "[]", .delay_ms = 3000), ERROR_TIMEOUT, 0, "/x", 0 },
	{ "a page of HTML", ROUTE(X, OK_HEAD("6") "<html>"), ERROR_PROTOCOL, 0, "thing", 0 },
	{ "an empty answer is no empty list", ROUTE(X, OK_HEAD("0")), ERROR_PROTOCOL, 0, "empty",
	  0 },
	{ "cut in its head: no empty list either",
	  ROUTE(X, "HTTP/1.1 200 OK\r\nContent-", .then = THEN_CLOSE), ERROR_PROTOCOL, 0, "", 0 },
	{ "JSON that ends early", ROUTE(X, OK_HEAD("3") "[1,"), ERROR_PROTOCOL, 0, "thing", 0 },
	{ "text after JSON", ROUTE(X, OK_HEAD("4") "[] x"), ERROR_PROTOCOL, 0, "thing", 0 },
	{ "shorter than its length", ROUTE(X, OK_HEAD("9") "[]", .then = THEN_CLOSE),
	  ERROR_PROTOCOL, 18, "broke off", 0 },
	{ "a chunk cut off", ROUTE(X, CHUNKED "9\r\n[1,", .then = THEN_CLOSE), ERROR_PROTOCOL, -1,
	  "broke off", 0 },
	{ "no last chunk", ROUTE(X, CHUNKED "2\r\n[]\r\n", .then = THEN_CLOSE), ERROR_PROTOCOL, -1,
	  "broke off", 0 },
	{ "a chunk that is none", ROUTE(X, CHUNKED "zz\r\n[]\r\n", .then = THEN_CLOSE),
	  ERROR_PROTOCOL, -1, "broke off", 0 },
	{ "stops in the middle", ROUTE(X, OK_HEAD("9") "[]", .then = THEN_HANG), ERROR_TIMEOUT, 0,
	  "complete", 0 },
	{ "larger than allowed", ROUTE(X, OK_HEAD("5000"), .padding = 5000), ERROR_LIMIT, 0, "4096",
	  0 },
	{ "closed without a word", ROUTE(X, NULL, .then = THEN_CLOSE), ERROR_PROTOCOL, -1, "x", 0 },
	{ "not found, with the engine's words",
	  ROUTE(X, STATUS("404 x", "{\"message\":\"No such image: y\"}"), .then = THEN_CLOSE),
	  ERROR_NOT_FOUND, 404, "No such image: y", 0 },
	{ "podman's errors have more members",
	  ROUTE(X,
		STATUS("409 x", "{\"cause\":\"c\",\"message\":\"in use by z\",\"response\":409}"),
		.then = THEN_CLOSE),
	  ERROR_CONFLICT, 409, "in use by z", 0 },
	{ "bad request", ROUTE(X, STATUS("400 x", "{\"message\":\"m\"}"), .then = THEN_CLOSE),
	  ERROR_REMOTE, 400, "m", 0 },
	{ "a version that is refused later",
	  ROUTE(X, STATUS("400 x", "{\"message\":\"client version 1.41 is too old. More\"}"),
		.then = THEN_CLOSE),
	  ERROR_UNSUPPORTED, 400, "too old", 0 },
	{ "not authorised", ROUTE(X, STATUS("401 x", ""), .then = THEN_CLOSE), ERROR_DENIED, 401,
	  "not authorised", 0 },
	{ "forbidden by a plugin",
	  ROUTE(X, STATUS("403 x", "{\"message\":\"authz: no\"}"), .then = THEN_CLOSE),
	  ERROR_DENIED, 403, "authz: no", 0 },
	{ "not acceptable", ROUTE(X, STATUS("406 x", ""), .then = THEN_CLOSE), ERROR_REMOTE, 406,
	  "406", 0 },
	{ "an error without words", ROUTE(X, STATUS("500 x", ""), .then = THEN_CLOSE), ERROR_REMOTE,
	  500, "internal error", 0 },
	{ "an error in plain text",
	  ROUTE(X, STATUS("503 x", "try later\nmore"), .then = THEN_CLOSE), ERROR_REMOTE, 503,
	  "try later", 0 },
	{ "an error as a page", ROUTE(X, STATUS("502 x", "<html>secret"), .then = THEN_CLOSE),
	  ERROR_REMOTE, 502, "bad gateway", 0 },
	{ "an error whose message is no text",
	  ROUTE(X, STATUS("500 x", "{\"message\":[1]}"), .then = THEN_CLOSE), ERROR_REMOTE, 500,
	  "internal error", 0 },
	{ "an unknown status", ROUTE(X, STATUS("418 x", ""), .then = THEN_CLOSE), ERROR_PROTOCOL,
	  418, "418", 0 },
	{ "a redirect is not followed",
	  ROUTE(X, "HTTP/1.1 301 x\r\nLocation: /v1.41/y\r\nContent-Length: 0\r\n\r\n"),
	  ERROR_PROTOCOL, 301, "301", 0 },
	{ "words are made fit for a terminal",
	  ROUTE(X, STATUS("500 x", "{\"message\":\"a\\u001b[31m\\nb\\r\"}"), .then = THEN_CLOSE),
	  ERROR_REMOTE, 500, "a?[31m b?", 0 },
};

START_TEST(answers)
{
	struct route routes[2] = { rows[_i].route, ROUTES_END };
	struct engine_request request = {
		.method = "GET", .path = "/x", .limit = 4096, .deadline = rows[_i].deadline
	};
	scoped_server server = { 0 };
	scoped_engine *engine = NULL;
	struct error err = ERROR_INIT;
	json_t *json = NULL;

	server_start(&server, routes, false);
	ck_assert_msg(open_engine(&engine, server.address, NULL, &err) == 0, "%s", err.text);
	int rc = engine_call(engine, &request, "thing", &json, &err);
	ck_assert_msg(err.kind == rows[_i].kind, "%s: %s: %s", rows[_i].why, error_name(err.kind),
		      err.text);
	if (rows[_i].code >= 0)
		ck_assert_msg(err.code == rows[_i].code, "%s: code %d", rows[_i].why, err.code);
	if (err.kind) {
		ck_assert_msg(rc == -1 && !json, "%s: untouched", rows[_i].why);
		ck_assert_msg(strstr(err.text, rows[_i].says) != NULL, "%s: %s", rows[_i].why,
			      err.text);
		ck_assert_msg(!strstr(err.text, "secret"), "%s", err.text);
		return;
	}
	scoped_str text = json_dumps(json, JSON_COMPACT | JSON_ENCODE_ANY);
	ck_assert_msg(strcmp(text, rows[_i].says) == 0, "%s: %s", rows[_i].why, text);
	json_decref(json);
}
END_TEST

/* The engine is still good after each of them: the next request gets its answer. */
START_TEST(the_next_one_is_answered)
{
	struct route routes[3] = { rows[_i].route, ROUTE("GET /v1.41/y", OK_HEAD("3") "[7]"),
				   ROUTES_END };
	scoped_server server = { 0 };
	scoped_engine *engine = NULL;
	struct error ignored = ERROR_INIT, err = ERROR_INIT;
	scoped_json *first = NULL;
	scoped_json *second = NULL;
	struct engine_request request = {
		.method = "GET", .path = "/x", .limit = 4096, .deadline = 100 * NSEC_PER_MSEC
	};

	server_start(&server, routes, false);
	ck_assert_int_eq(open_engine(&engine, server.address, NULL, &err), 0);
	(void)!engine_call(engine, &request, "thing", &first, &ignored);
	ck_assert_msg(engine_get(engine, "/y", "other", &second, &err) == 0, "%s: %s", rows[_i].why,
		      err.text);
	ck_assert_int_eq(json_integer_value(json_array_get(second, 0)), 7);
}
END_TEST

START_TEST(room_is_kept_to)
{
	struct engine_reply reply = { .status = 500,
				      .body = "{\"message\":\"long words\"}",
				      .len = 24 };
	char room[5];

	ck_assert_ptr_eq(engine_reply_message(&reply, room, sizeof(room)), room);
	ck_assert_str_eq(room, "long");
}
END_TEST

START_TEST(paths)
{
	scoped_str a = engine_path("/images/%p/json?x=%d&y=%s&z=100%%", "a/b:c@sha256 ü?", -3,
				   "t=1");
	scoped_str b = engine_path("/events?filters=%p", "{\"label\":[\"a=b&c\"]}");
	scoped_str c = engine_path("/%p", "");

	ck_assert_str_eq(a, "/images/a%2Fb%3Ac%40sha256%20%C3%BC%3F/json?x=-3&y=t=1&z=100%");
	ck_assert_str_eq(b, "/events?filters=%7B%22label%22%3A%5B%22a%3Db%26c%22%5D%7D");
	ck_assert_str_eq(c, "/");
}
END_TEST

/* What goes over the wire. */
START_TEST(requests)
{
	static const struct route routes[] = {
		ROUTE("POST /pre/v1.41/x", OK_HEAD("2") "{}"),
		ROUTE("GET /pre/_ping", PING_OK),
		ROUTE("POST /pre/v1.41/none", OK_HEAD("2") "{}"),
		ROUTE("DELETE /pre/v1.41/x", "HTTP/1.1 204 x\r\n\r\n"),
		ROUTES_END,
	};
	struct engine_request post = { .method = "POST",
				       .path = "/x?a=%2F..",
				       .body = "{\"a\":1}" };
	struct engine_request empty = { .method = "POST", .path = "/none" };
	struct engine_request delete = { .method = "DELETE", .path = "/x" };
	struct engine_options options = { .user_agent = "docker-hygiene/9" };
	scoped_endpoint endpoint = { 0 };
	scoped_server server = { 0 };
	scoped_engine *engine = NULL;
	struct error err = ERROR_INIT;
	scoped_json *json = NULL;

	server_start(&server, routes, true);
	scoped_str address = xasprintf("%s/pre", server.address);
	ck_assert_int_eq(endpoint_parse(&endpoint, address, &err), 0);
	strings_add(&endpoint.headers, "X-Meta: here");
	/* Never asked for the machine itself. */
	endpoint.proxy = xstrdup("http://127.0.0.1:1");
	ck_assert_msg(engine_open(&engine, &endpoint, &options, &err) == 0, "%s", err.text);
	ck_assert_msg(engine_call(engine, &post, "x", &json, &err) == 0, "%s", err.text);
	const char *last = server.seen->last;
	ck_assert_ptr_nonnull(strstr(last, "POST /pre/v1.41/x?a=%2F.. HTTP/1.1\r\n"));
	ck_assert_ptr_nonnull(strstr(last, "\r\nContent-Type: application/json\r\n"));
	ck_assert_ptr_nonnull(strstr(last, "\r\nUser-Agent: docker-hygiene/9\r\n"));
	ck_assert_ptr_nonnull(strstr(last, "\r\nX-Meta: here\r\n"));
	ck_assert_ptr_nonnull(strstr(last, "\r\n\r\n{\"a\":1}"));
	ck_assert_ptr_null(strstr(last, "Expect:"));
	ck_assert_ptr_null(strstr(last, "Accept-Encoding:"));
	json_release(&json);
	ck_assert_msg(engine_call(engine, &empty, "x", &json, &err) == 0, "%s", err.text);
	ck_assert_ptr_nonnull(strstr(last, "\r\nContent-Length: 0\r\n"));
	json_release(&json);
	ck_assert_msg(engine_call(engine, &delete, "x", &json, &err) == 0, "%s", err.text);
	ck_assert_ptr_nonnull(strstr(last, "DELETE /pre/v1.41/x HTTP/1.1\r\n"));
	ck_assert_ptr_null(strstr(last, "Content-"));
	ck_assert_int_eq(server.seen->connections, 1);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("engine_reply");
	TCase *t = tcase_create("reply");

	tcase_add_checked_fixture(t, scratch_make, scratch_remove);
	tcase_add_loop_test(t, answers, 0, (int)array_len(rows));
	tcase_add_loop_test(t, the_next_one_is_answered, 0, (int)array_len(rows));
	tcase_add_test(t, room_is_kept_to);
	tcase_add_test(t, paths);
	tcase_add_test(t, requests);
	suite_add_tcase(s, t);
	return s;
}
