/* SPDX-License-Identifier: Apache-2.0 */
/* Bodies that are no JSON, and answers to them that are streams with the errors inside. */
#include "tests/unit/suite.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/codec/json.h"
#include "tests/unit/client/scratch.h"
#include "tests/unit/client/server.h"

#define LOAD "POST /v1.41/images/load?quiet=1 HTTP/1.1\r\n"

/* What came of the stream: how many documents, and the last error that one told. */
struct loaded {
	int documents, stop;
	char said[200];
};

static int on_document(void *ctx, const json_t *document)
{
	struct loaded *loaded = ctx;
	const json_t *detail = json_object_get(document, "errorDetail");
	const char *message = json_string_value(json_object_get(detail, "message"));

	if (message)
		snprintf(loaded->said, sizeof(loaded->said), "%s", message);
	return ++loaded->documents == loaded->stop;
}

static int load(struct engine *engine, const char *body, size_t len, struct loaded *loaded,
		struct error *err)
{
	struct engine_request request = {
		.method = "POST",
		.path = "/images/load?quiet=1",
		.body = body,
		.body_len = len,
		.type = "application/x-tar",
		.deadline = 2 * NSEC_PER_SEC,
	};

	return engine_stream_request(engine, &request, on_document, loaded, err);
}

static const struct {
	const char *why;
	struct route route;
	int stop, documents;
	const char *said;
	enum error_kind kind;
	const char *says;
} rows[] = {
	{ "loaded", ROUTE(LOAD, OK_HEAD("31") "{\"stream\":\"Loaded image: x:1\"}\r\n"), 0, 1, "",
	  ERROR_NONE, "" },
	{ "an error inside",
	  ROUTE(LOAD,
		OK_HEAD("61") "{\"stream\":\"a\"}\r\n{\"errorDetail\":{\"message\":\"no\"},"
			      "\"error\":\"no\"}\r\n",
		.then = THEN_CLOSE),
	  0, 2, "no", ERROR_NONE, "" },
	{ "in chunks",
	  ROUTE(LOAD, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
		      "5\r\n{\"a\":\r\n7\r\n1}\r\n{}\n\r\n0\r\n\r\n"),
	  0, 2, "", ERROR_NONE, "" },
	{ "nothing is said", ROUTE(LOAD, OK_HEAD("0")), 0, 0, "", ERROR_NONE, "" },
	{ "enough after the first", ROUTE(LOAD, OK_HEAD("4") "{}{}"), 1, 1, "", ERROR_NONE, "" },
	{ "refused at once",
	  ROUTE(LOAD, "HTTP/1.1 500 x\r\nContent-Length: 18\r\n\r\n{\"message\":\"full\"}"), 0, 0,
	  "", ERROR_REMOTE, "full" },
	{ "cut inside a document", ROUTE(LOAD, OK_HEAD("9") "{\"a\":", .then = THEN_CLOSE), 0, 0,
	  "", ERROR_PROTOCOL, "broke off" },
	{ "no JSON", ROUTE(LOAD, OK_HEAD("6") "Loaded"), 0, 0, "", ERROR_PROTOCOL, "JSON" },
	{ "bad JSON", ROUTE(LOAD, OK_HEAD("5") "{a:b}"), 0, 0, "", ERROR_PROTOCOL, "answer" },
	{ "never says anything", ROUTE(LOAD, NULL, .then = THEN_HANG), 0, 0, "", ERROR_TIMEOUT,
	  "no answer" },
};

START_TEST(answers)
{
	struct route routes[] = { rows[_i].route, ROUTES_END };
	struct loaded loaded = { .stop = rows[_i].stop };
	scoped_server server = { 0 };
	scoped_engine *engine = NULL;
	struct error err = ERROR_INIT;

	server_start(&server, routes, _i % 2);
	ck_assert_int_eq(open_engine(&engine, server.address, NULL, &err), 0);
	int rc = load(engine, "tar", 3, &loaded, &err);
	ck_assert_msg(err.kind == rows[_i].kind, "%s: %s: %s", rows[_i].why, error_name(err.kind),
		      err.text);
	ck_assert_int_eq(rc, err.kind ? -1 : 0);
	ck_assert_msg(strstr(err.text, rows[_i].says) != NULL, "%s: %s", rows[_i].why, err.text);
	ck_assert_msg(loaded.documents == rows[_i].documents, "%s: %d", rows[_i].why,
		      loaded.documents);
	ck_assert_str_eq(loaded.said, rows[_i].said);
}
END_TEST

/* Every byte of it arrives, NULs too, under its own type. */
static const struct {
	const char *why, *type;
	size_t size; /* 0: the body is text, and its length is not given */
	const char *header;
} bodies[] = {
	{ "a tar", "application/x-tar", 40000, "Content-Type: application/x-tar\r\n" },
	{ "one NUL", "application/x-tar", 1, "Content-Type: application/x-tar\r\n" },
	{ "text of a type", "text/plain", 0, "Content-Type: text/plain\r\n" },
	{ "JSON", NULL, 0, "Content-Type: application/json\r\n" },
	{ "a part of a text", NULL, 2, "Content-Type: application/json\r\n" },
};

START_TEST(sent)
{
	static const struct route routes[] = { ROUTE("POST", OK_HEAD("2") "{}"),
					       ROUTE("GET /v1.41/x", OK_HEAD("2") "{}"),
					       ROUTES_END };
	scoped_server server = { 0 };
	scoped_engine *engine = NULL;
	struct error err = ERROR_INIT;
	scoped_json *json = NULL, *other = NULL;
	size_t len = bodies[_i].size ? bodies[_i].size : strlen("[1,2]");
	scoped_str body = xcalloc(1, len + 8);

	strcpy(body, "[1,2]");
	for (size_t i = 6; i < len; i++)
		body[i] = (char)(i * 31);
	if (len == 1)
		body[0] = '\0';
	struct engine_request request = { .method = "POST",
					  .path = "/x",
					  .body = body,
					  .body_len = bodies[_i].size,
					  .type = bodies[_i].type };
	server_start(&server, routes, _i % 2);
	ck_assert_int_eq(open_engine(&engine, server.address, NULL, &err), 0);
	ck_assert_msg(engine_call(engine, &request, "x", &json, &err) == 0, "%s", err.text);
	const char *head_end = strstr(server.seen->last, "\r\n\r\n") + 4;
	ck_assert_msg(strstr(server.seen->last, bodies[_i].header), "%s: %s", bodies[_i].why,
		      server.seen->last);
	ck_assert_uint_eq(server.seen->last_len, (size_t)(head_end - server.seen->last) + len);
	ck_assert_msg(memcmp(head_end, body, len) == 0, "%s", bodies[_i].why);
	/* The next request on the same handle has nothing of it. */
	ck_assert_msg(engine_get(engine, "/x", "x", &other, &err) == 0, "%s", err.text);
	ck_assert_ptr_null(strstr(server.seen->last, "Content-"));
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("engine_upload");
	TCase *t = tcase_create("upload");

	tcase_add_checked_fixture(t, scratch_make, scratch_remove);
	tcase_add_loop_test(t, answers, 0, (int)array_len(rows));
	tcase_add_loop_test(t, sent, 0, (int)array_len(bodies));
	suite_add_tcase(s, t);
	return s;
}
