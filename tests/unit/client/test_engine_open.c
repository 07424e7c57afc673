/* SPDX-License-Identifier: Apache-2.0 */
/* What engine_open() makes of whatever listens at an address. */
#include "tests/unit/suite.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "tests/unit/client/scratch.h"
#include "tests/unit/client/server.h"

#define PING(version) "HTTP/1.1 200 OK\r\nApi-Version: " version "\r\nContent-Length: 2\r\n\r\nOK"
#define REFUSES(text) \
	"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n{\"message\":\"" text "\"}"
#define TOO_OLD                                                                                  \
	REFUSES("client version 1.56 is too old. Minimum supported API version is 1.60, please " \
		"upgrade your client to a newer version")

static const struct {
	const char *why;
	struct route routes[3];
	const char *pin;
	enum error_kind kind;
	int minor;
	const char *says; /* in the error */
} rows[] = {
	{ "an engine", { ROUTE("GET /_ping", PING("1.41")) }, NULL, ERROR_NONE, 41, NULL },
	{ "the oldest", { ROUTE("GET /_ping", PING("1.40")) }, NULL, ERROR_NONE, 40, NULL },
	{ "the newest we know", { ROUTE("GET /_ping", PING("1.56")) }, NULL, ERROR_NONE, 56, NULL },
	{ "a newer one that takes ours",
	  { ROUTE("GET /_ping", PING("1.60")), ROUTE("GET /v1.56/_ping", PING("1.60")) },
	  NULL,
	  ERROR_NONE,
	  56,
	  NULL },
	{ "a newer one that does not",
	  { ROUTE("GET /_ping", PING("1.70")),
	    ROUTE("GET /v1.56/_ping", TOO_OLD, .then = THEN_CLOSE) },
	  NULL,
	  ERROR_UNSUPPORTED,
	  0,
	  "1.40 to 1.56" },
	{ "too old", { ROUTE("GET /_ping", PING("1.39")) }, NULL, ERROR_UNSUPPORTED, 0, "1.39" },
	{ "another major version",
	  { ROUTE("GET /_ping", PING("2.1")) },
	  NULL,
	  ERROR_UNSUPPORTED,
	  0,
	  "2.1" },
	{ "pinned",
	  { ROUTE("GET /_ping", PING("1.45")), ROUTE("GET /v1.41/_ping", PING("1.45")) },
	  "1.41",
	  ERROR_NONE,
	  41,
	  NULL },
	{ "pinned with a v, as docker allows",
	  { ROUTE("GET /_ping", PING("1.45")), ROUTE("GET /v1.41/_ping", PING("1.45")) },
	  "v1.41",
	  ERROR_NONE,
	  41,
	  NULL },
	{ "pinned to what the engine does not speak",
	  { ROUTE("GET /_ping", PING("1.41")),
	    ROUTE("GET /v1.45/_ping",
		  REFUSES("client version 1.45 is too new. Maximum supported API version is 1.41"),
		  .then = THEN_CLOSE) },
	  "1.45",
	  ERROR_UNSUPPORTED,
	  0,
	  "too new" },
	{ "pinned to what we do not speak", { ROUTES_END }, "1.24", ERROR_UNSUPPORTED, 0, "1.24" },
	{ "pinned to no version", { ROUTES_END }, "new", ERROR_USAGE, 0, "DOCKER_API_VERSION" },
	{ "an empty pin is none", { ROUTE("GET /_ping", PING("1.41")) }, "", ERROR_NONE, 41, NULL },
	{ "a web server",
	  { ROUTE("GET /_ping", OK_HEAD("2") "OK") },
	  NULL,
	  ERROR_PROTOCOL,
	  0,
	  "no Docker Engine" },
	{ "one that has no such page",
	  { ROUTE("GET /_ping", "HTTP/1.1 404 Not Found\r\nContent-Length: 6\r\n\r\n<html>") },
	  NULL,
	  ERROR_PROTOCOL,
	  0,
	  "not found" },
	{ "one that sends us elsewhere is not followed",
	  { ROUTE("GET /_ping", "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\n"
				"Content-Length: 0\r\n\r\n") },
	  NULL,
	  ERROR_PROTOCOL,
	  0,
	  "302" },
	{ "a proxy that forbids",
	  { ROUTE("GET /_ping", "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n") },
	  NULL,
	  ERROR_DENIED,
	  0,
	  "forbidden" },
	{ "a sick engine",
	  { ROUTE("GET /_ping",
		  "HTTP/1.1 500 x\r\nContent-Length: 17\r\n\r\n{\"message\":\"ill\"}") },
	  NULL,
	  ERROR_REMOTE,
	  0,
	  "ill" },
	{ "a TLS port answers plain requests like this",
	  { ROUTE("GET /_ping",
		  "HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS "
		  "server.\n",
		  .then = THEN_CLOSE) },
	  NULL,
	  ERROR_PROTOCOL,
	  0,
	  "--tlsverify" },
	{ "no HTTP at all",
	  { ROUTE("GET /_ping", "220 mail.example ESMTP\r\n", .then = THEN_CLOSE) },
	  NULL,
	  ERROR_PROTOCOL,
	  0,
	  "does not speak HTTP" },
	{ "a TLS alert",
	  { ROUTE("GET /_ping", "\x15\x03\x01\x01\x02\x02\x16", .then = THEN_CLOSE) },
	  NULL,
	  ERROR_PROTOCOL,
	  0,
	  "does not speak HTTP" },
	{ "closes without a word",
	  { ROUTE("GET /_ping", NULL, .then = THEN_CLOSE) },
	  NULL,
	  ERROR_PROTOCOL,
	  0,
	  "broke off" },
	{ "a head that is cut off",
	  { ROUTE("GET /_ping", "HTTP/1.1 200 OK\r\nApi-", .then = THEN_CLOSE) },
	  NULL,
	  ERROR_PROTOCOL,
	  0,
	  "" },
	{ "paused: accepts and never answers",
	  { ROUTE("GET /_ping", NULL, .then = THEN_HANG) },
	  NULL,
	  ERROR_TIMEOUT,
	  0,
	  "paused" },
	{ "pauses in the middle of the head",
	  { ROUTE("GET /_ping", "HTTP/1.1 200 OK\r\nApi-", .then = THEN_HANG) },
	  NULL,
	  ERROR_TIMEOUT,
	  0,
	  "within" },
	{ "a head without end",
	  { ROUTE("GET /_ping", "HTTP/1.1 200 OK\r\nX: ", .then = THEN_HANG,
		  .padding = (size_t)1 << 20) },
	  NULL,
	  ERROR_LIMIT,
	  0,
	  "" },
	{ "a body without end",
	  { ROUTE("GET /_ping", "HTTP/1.1 200 OK\r\n\r\n", .then = THEN_HANG,
		  .padding = (size_t)1 << 20) },
	  NULL,
	  ERROR_LIMIT,
	  0,
	  "larger" },
};

static int open_row(int i, const char *address, struct engine **engine, struct error *err)
{
	struct engine_options options = { .answer_deadline = 500 * NSEC_PER_MSEC,
					  .connect_deadline = 170 * NSEC_PER_MSEC };
	scoped_endpoint endpoint = { 0 };

	ck_assert_int_eq(endpoint_parse(&endpoint, address, err), 0);
	endpoint.api_version = xstrdup_null(rows[i].pin);
	return engine_open(engine, &endpoint, &options, err);
}

START_TEST(opens)
{
	bool tcp = _i % 2;
	int i = _i / 2;
	scoped_server server = { 0 };
	scoped_engine *engine = NULL;
	struct error err = ERROR_INIT;
	int64_t start = clock_system.monotonic(&clock_system);

	server_start(&server, rows[i].routes, tcp);
	int rc = open_row(i, server.address, &engine, &err);
	ck_assert_msg(err.kind == rows[i].kind, "%s: %s: %s", rows[i].why, error_name(err.kind),
		      err.text);
	ck_assert_int_lt(clock_system.monotonic(&clock_system) - start, 8 * NSEC_PER_SEC);
	if (rows[i].kind == ERROR_NONE) {
		ck_assert_int_eq(rc, 0);
		ck_assert_int_eq(engine_api_minor(engine), rows[i].minor);
		ck_assert(!engine_is_podman(engine));
		ck_assert_str_eq(engine_address(engine), server.address);
		return;
	}
	ck_assert_msg(rc == -1 && !engine, "%s", rows[i].why);
	ck_assert_msg(strstr(err.text, rows[i].says) != NULL, "%s: %s", rows[i].why, err.text);
}
END_TEST

START_TEST(podman)
{
	static const struct route routes[] = {
		ROUTE("GET /_ping", "HTTP/1.1 200 OK\r\nLibpod-Api-Version: 4.3.1\r\n"
				    "Api-Version: 1.41\r\nContent-Length: 2\r\n\r\nOK"),
		ROUTES_END,
	};
	scoped_server server = { 0 };
	scoped_engine *engine = NULL;
	struct error err = ERROR_INIT;

	server_start(&server, routes, false);
	ck_assert_int_eq(open_engine(&engine, server.address, NULL, &err), 0);
	ck_assert(engine_is_podman(engine));
}
END_TEST

static void expect(const char *address, enum error_kind kind, const char *says)
{
	struct engine *engine = NULL;
	struct error err = ERROR_INIT;

	ck_assert_int_eq(open_engine(&engine, address, NULL, &err), -1);
	ck_assert_msg(err.kind == kind, "%s: %s", error_name(err.kind), err.text);
	ck_assert_msg(strstr(err.text, says) != NULL, "%s", err.text);
	ck_assert_ptr_null(engine);
}

START_TEST(nobody_there)
{
	scoped_server server = { 0 };
	scoped_str none = xasprintf("unix://%s/none", scratch_dir());
	scoped_str file = xasprintf("unix://%s/file", scratch_dir());
	scoped_str below = xasprintf("unix://%s/file/x", scratch_dir());

	scratch_write("file", "", 0600);
	unsetenv("XDG_RUNTIME_DIR");
	expect(none, ERROR_UNREACHABLE, "is it running?");
	expect(file, ERROR_UNREACHABLE, "nobody listens");
	expect(below, ERROR_UNREACHABLE, "no such socket");
	expect("unix://@no-such-abstract-socket", ERROR_UNREACHABLE, "nobody listens");
	/* The port of a server that has gone is free again. */
	server_start(&server, NULL, true);
	scoped_str gone = xstrdup(server.address);
	server_stop(&server);
	expect(gone, ERROR_UNREACHABLE, "is it running");
	expect("tcp://no-such-host.invalid:1", ERROR_UNREACHABLE, "no-such-host.invalid");
}
END_TEST

START_TEST(rootless_is_hinted_at)
{
	scoped_str none = xasprintf("unix://%s/none", scratch_dir());

	scratch_write("run/docker.sock", "", 0600);
	scoped_str run = scratch_path("run");
	setenv("XDG_RUNTIME_DIR", run, 1);
	expect(none, ERROR_UNREACHABLE, "run/docker.sock");
}
END_TEST

START_TEST(no_permission)
{
	scoped_server server = { 0 };
	int status;

	server_start(&server, NULL, false);
	ck_assert_int_eq(chmod(server.address + strlen("unix://"), 0600), 0);
	ck_assert_int_eq(chmod(scratch_dir(), 0755), 0);
	pid_t pid = fork();
	if (pid == 0) {
		struct engine *engine = NULL;
		struct error err = ERROR_INIT;

		/* Root may do everything; an ordinary user is denied its own socket by mode 0. */
		if (geteuid() == 0 ? setuid(65534) : chmod(server.address + 7, 0))
			_exit(9);
		if (open_engine(&engine, server.address, NULL, &err) == 0)
			_exit(1);
		_exit(err.kind == ERROR_DENIED && strstr(err.text, "sudo") ? 0 : 2);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
}
END_TEST

START_TEST(a_full_queue_is_a_hung_engine)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	scoped_str path = scratch_path("full");
	scoped_str text = xasprintf("unix://%s", path);
	int fds[8];
	int server = socket(AF_UNIX, SOCK_STREAM, 0);

	strcpy(address.sun_path, path);
	ck_assert_int_eq(bind(server, (struct sockaddr *)&address, sizeof(address)), 0);
	ck_assert_int_eq(listen(server, 0), 0);
	for (size_t i = 0; i < array_len(fds); i++) {
		fds[i] = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
		(void)!connect(fds[i], (struct sockaddr *)&address, sizeof(address));
	}
	expect(text, ERROR_TIMEOUT, "");
	for (size_t i = 0; i < array_len(fds); i++)
		close(fds[i]);
	close(server);
}
END_TEST

START_TEST(cancelled_while_it_says_nothing)
{
	static const struct route routes[] = { ROUTE("GET /_ping", NULL, .then = THEN_HANG),
					       ROUTES_END };
	struct engine_options options = { 0 };
	scoped_endpoint endpoint = { 0 };
	scoped_cancel *cancel = NULL;
	scoped_server server = { 0 };
	struct engine *engine = NULL;
	struct error err = ERROR_INIT;
	int64_t start = clock_system.monotonic(&clock_system);

	server_start(&server, routes, false);
	ck_assert_int_eq(cancel_open(&cancel, NULL, &err), 0);
	ck_assert_int_eq(endpoint_parse(&endpoint, server.address, &err), 0);
	options.cancel = cancel;
	pid_t pid = fork();
	if (pid == 0) {
		usleep(100000);
		kill(getppid(), SIGTERM);
		_exit(0);
	}
	ck_assert_int_eq(engine_open(&engine, &endpoint, &options, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_CANCELLED);
	ck_assert_int_lt(clock_system.monotonic(&clock_system) - start, 2 * NSEC_PER_SEC);
	waitpid(pid, NULL, 0);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("engine_open");
	TCase *t = tcase_create("open");

	tcase_add_checked_fixture(t, scratch_make, scratch_remove);
	tcase_add_loop_test(t, opens, 0, 2 * (int)array_len(rows));
	tcase_add_test(t, podman);
	tcase_add_test(t, nobody_there);
	tcase_add_test(t, rootless_is_hinted_at);
	tcase_add_test(t, no_permission);
	tcase_add_test(t, a_full_queue_is_a_hung_engine);
	tcase_add_test(t, cancelled_while_it_says_nothing);
	suite_add_tcase(s, t);
	return s;
}
