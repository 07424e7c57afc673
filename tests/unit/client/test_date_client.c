/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/suite.h"

#include <arpa/inet.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/client/date_client.h"
#include "tests/unit/client/scratch.h"
#include "tests/unit/client/server.h"
#include "tests/unit/client/tls_server.h"

#define DATE  "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
#define T     (784111777 * NSEC_PER_SEC)
#define EMPTY "Content-Length: 0\r\n\r\n"
#define OK    "HTTP/1.1 200 OK\r\n" DATE
#define MS    NSEC_PER_MSEC

static int64_t now(void)
{
	return clock_system.monotonic(&clock_system);
}

/* The environment of a test. */
static const char *no_env(const char *name)
{
	(void)name;
	return NULL;
}

static int open_and_ask(const char *url, const struct date_options *options,
			struct date_sample *out, struct error *err)
{
	scoped_date_client *client = NULL;

	if (date_open(&client, url, options, err) < 0)
		return -1;
	return date_ask(client, out, err);
}

static const struct date_options usual = { .clock = &clock_system,
					   .env = no_env,
					   .deadline = 500 * MS };

/* "tcp://127.0.0.1:PORT" as a URL. */
static char *url_of(const struct server *server)
{
	return xasprintf("http%s/", server->address + 3);
}

static const struct {
	const char *why;
	struct route routes[3];
	enum error_kind kind;
	int status;
	const char *says;
} rows[] = {
	{ "an answer", { ROUTE("HEAD / HTTP/1.1", OK EMPTY) }, ERROR_NONE, 200, NULL },
	{ "a refusal tells the time too",
	  { ROUTE("HEAD ", "HTTP/1.1 403 Forbidden\r\n" DATE EMPTY) },
	  ERROR_NONE,
	  403,
	  NULL },
	{ "a redirect is not followed",
	  { ROUTE("HEAD / ", "HTTP/1.1 302 Found\r\nLocation: /other\r\n" DATE EMPTY),
	    ROUTE("HEAD /other", "HTTP/1.1 200 OK\r\n" EMPTY) },
	  ERROR_NONE,
	  302,
	  NULL },
	{ "a HEAD has no body, whatever its length says",
	  { ROUTE("HEAD ", OK "Content-Length: 4711\r\n\r\n") },
	  ERROR_NONE,
	  200,
	  NULL },
	{ "an interim answer with another date",
	  { ROUTE("HEAD ",
		  "HTTP/1.1 103 Early Hints\r\nDate: Sun, 06 Nov 1994 08:49:36 GMT\r\n\r\n" OK
			  EMPTY) },
	  ERROR_NONE,
	  200,
	  NULL },
	{ "HEAD is refused: GET of one byte",
	  { ROUTE("HEAD ", "HTTP/1.1 405 Method Not Allowed\r\n" EMPTY),
	    ROUTE("GET / HTTP/1.1", OK "Content-Length: 2\r\n\r\nOK") },
	  ERROR_NONE,
	  200,
	  NULL },
	{ "HEAD is not known: GET, of which we do not read all",
	  { ROUTE("HEAD ", "HTTP/1.1 501 Not Implemented\r\n" EMPTY),
	    ROUTE("GET ", OK "Content-Length: 10000000\r\n\r\n", .padding = 10000000) },
	  ERROR_NONE,
	  200,
	  NULL },
	{ "no Date",
	  { ROUTE("HEAD ", "HTTP/1.1 200 OK\r\n" EMPTY) },
	  ERROR_PROTOCOL,
	  0,
	  "no Date" },
	{ "a Date that is none",
	  { ROUTE("HEAD ", "HTTP/1.1 200 OK\r\nDate: now\r\n" EMPTY) },
	  ERROR_PROTOCOL,
	  0,
	  "Date that is none" },
	{ "from a cache, by its age",
	  { ROUTE("HEAD ", OK "Age: 3\r\n" EMPTY) },
	  ERROR_PROTOCOL,
	  0,
	  "from a cache (Age: 3)" },
	{ "from a cache, as it says",
	  { ROUTE("HEAD ", OK "X-Cache: HIT\r\n" EMPTY) },
	  ERROR_PROTOCOL,
	  0,
	  "from a cache (X-Cache: HIT)" },
	{ "no HTTP", { ROUTE("HEAD ", "SSH-2.0-OpenSSH\r\n") }, ERROR_PROTOCOL, 0, "http://" },
	{ "closed without a word",
	  { ROUTE("HEAD ", NULL, .then = THEN_CLOSE) },
	  ERROR_UNREACHABLE,
	  0,
	  "no answer" },
	{ "no answer", { ROUTE("HEAD ", NULL, .then = THEN_HANG) }, ERROR_TIMEOUT, 0, "in time" },
	{ "half an answer",
	  { ROUTE("HEAD ", OK, .then = THEN_HANG) },
	  ERROR_TIMEOUT,
	  0,
	  "in time" },
};

START_TEST(one_request)
{
	struct date_sample sample = { .status = -1 };
	struct error err = ERROR_INIT;
	scoped_server server = { 0 };
	int64_t before, after;

	server_start(&server, rows[_i].routes, true);
	scoped_str url = url_of(&server);
	before = now();
	int rc = open_and_ask(url, &usual, &sample, &err);
	after = now();
	ck_assert_msg(err.kind == rows[_i].kind, "%s: %s: %s", rows[_i].why, error_name(err.kind),
		      err.text);
	if (err.kind) {
		ck_assert_msg(rc == -1 && sample.status == -1, "%s", rows[_i].why);
		ck_assert_msg(strstr(err.text, rows[_i].says), "%s: %s", rows[_i].why, err.text);
		return;
	}
	ck_assert_msg(sample.date == T && sample.status == rows[_i].status, "%s", rows[_i].why);
	ck_assert(before < sample.sent && sample.sent < sample.answered && sample.answered < after);
}
END_TEST

START_TEST(what_is_asked)
{
	static const struct route routes[] = { ROUTE("HEAD ", OK EMPTY), ROUTES_END };
	struct date_sample sample;
	struct error err = ERROR_INIT;
	scoped_server server = { 0 };

	server_start(&server, routes, true);
	scoped_str url = url_of(&server);
	ck_assert_int_eq(open_and_ask(url, &usual, &sample, &err), 0);
	ck_assert_ptr_nonnull(strstr(server.seen->last, "\r\nCache-Control: no-cache\r\n"));
	ck_assert_ptr_null(strstr(server.seen->last, "Cookie"));
	ck_assert_ptr_null(strstr(server.seen->last, "Authorization"));
}
END_TEST

/* One connection for all; the first says that it is new. */
START_TEST(one_connection)
{
	static const struct route routes[] = { ROUTE("HEAD ", OK EMPTY, .delay_ms = 20),
					       ROUTES_END };
	scoped_date_client *client = NULL;
	struct error err = ERROR_INIT;
	scoped_server server = { 0 };

	server_start(&server, routes, true);
	scoped_str url = url_of(&server);
	ck_assert_int_eq(date_open(&client, url, &usual, &err), 0);
	for (int i = 0; i < 5; i++) {
		struct date_sample sample;

		ck_assert_msg(date_ask(client, &sample, &err) == 0, "%s", err.text);
		ck_assert_int_eq(sample.reused, i > 0);
		ck_assert_int_ge(sample.answered - sample.sent, 20 * MS);
	}
	ck_assert_int_eq(server.seen->connections, 1);
	ck_assert_int_eq(server.seen->requests, 5);
}
END_TEST

/* A server that closes: the next request has a connection of its own, and says so. */
START_TEST(closed_between)
{
	static const struct route routes[] = { ROUTE("HEAD ", OK EMPTY, .then = THEN_CLOSE),
					       ROUTES_END };
	scoped_date_client *client = NULL;
	struct error err = ERROR_INIT;
	scoped_server server = { 0 };

	server_start(&server, routes, true);
	scoped_str url = url_of(&server);
	ck_assert_int_eq(date_open(&client, url, &usual, &err), 0);
	for (int i = 0; i < 3; i++) {
		struct date_sample sample;

		ck_assert_msg(date_ask(client, &sample, &err) == 0, "%s", err.text);
		ck_assert(!sample.reused);
		poll(NULL, 0, 20);
	}
	ck_assert_int_eq(server.seen->connections, 3);
}
END_TEST

START_TEST(nobody_listens)
{
	struct date_sample sample;
	struct error err = ERROR_INIT;
	scoped_server server = { 0 };

	server_start(&server, NULL, true);
	scoped_str url = url_of(&server);
	server_stop(&server);
	ck_assert_int_eq(open_and_ask(url, &usual, &sample, &err), -1);
	ck_assert_msg(err.kind == ERROR_UNREACHABLE, "%s", err.text);
}
END_TEST

static const struct {
	const char *url;
	enum error_kind kind;
} urls[] = {
	{ "ftp://127.0.0.1/", ERROR_USAGE },
	{ "127.0.0.1", ERROR_USAGE },
	{ "file:///etc/passwd", ERROR_USAGE },
	{ "", ERROR_USAGE },
	{ "http://", ERROR_USAGE },
	{ "http://127.0.0.1:99999/", ERROR_USAGE },
};

START_TEST(bad_url)
{
	struct date_sample sample;
	struct error err = ERROR_INIT;

	ck_assert_int_eq(open_and_ask(urls[_i].url, &usual, &sample, &err), -1);
	ck_assert_msg(err.kind == urls[_i].kind, "%s: %s", urls[_i].url, err.text);
}
END_TEST

/* --- Proxies: which variable counts is told by which server is asked. */

static const struct {
	const char *why, *url, *names[3]; /* set, all to the address of the server */
	const char *no_proxy;
	bool asked;
} proxies[] = {
	{ "http_proxy", "http://a.test/", { "http_proxy" }, NULL, true },
	{ "HTTP_PROXY", "http://a.test/", { "HTTP_PROXY" }, NULL, true },
	{ "all_proxy", "http://a.test/", { "all_proxy" }, NULL, true },
	{ "HTTP_PROXY in a CGI program is a header of the caller",
	  "http://a.test/",
	  { "HTTP_PROXY", "REQUEST_METHOD" },
	  NULL,
	  false },
	{ "https_proxy is for https", "http://a.test/", { "https_proxy" }, NULL, false },
	{ "https over a proxy", "https://a.test/", { "HTTPS_PROXY" }, NULL, true },
	{ "http_proxy is not for https", "https://a.test/", { "http_proxy" }, NULL, false },
	{ "no_proxy", "http://a.test/", { "http_proxy", "no_proxy" }, "a.test", false },
	{ "NO_PROXY of another", "http://a.test/", { "http_proxy", "NO_PROXY" }, "b.test", true },
	{ "none", "http://a.test/", { NULL }, NULL, false },
};

static const char *test_env(const char *name)
{
	scoped_str own = xasprintf("TEST_%s", name);

	return getenv(own);
}

START_TEST(proxy)
{
	static const struct route routes[] = {
		ROUTE("HEAD http://a.test/ ", OK EMPTY),
		ROUTE("CONNECT a.test:443 ", "HTTP/1.1 403 Forbidden\r\n" DATE EMPTY),
		ROUTES_END,
	};
	struct date_options options = usual;
	struct date_sample sample;
	struct error err = ERROR_INIT;
	scoped_server server = { 0 };

	server_start(&server, routes, true);
	scoped_str address = url_of(&server);
	options.env = test_env;
	for (int i = 0; i < 3 && proxies[_i].names[i]; i++) {
		scoped_str own = xasprintf("TEST_%s", proxies[_i].names[i]);

		setenv(own, strcasestr(own, "no_proxy") ? proxies[_i].no_proxy : address, 1);
	}
	/* libcurl itself is not to look. */
	setenv("http_proxy", "http://127.0.0.1:1", 1);
	setenv("https_proxy", "http://127.0.0.1:1", 1);
	int rc = open_and_ask(proxies[_i].url, &options, &sample, &err);
	ck_assert_msg(server.seen->requests == proxies[_i].asked, "%s: %s", proxies[_i].why,
		      err.text);
	/* The answer of a proxy that does not let us through is nobody's Date. */
	if (strncmp(proxies[_i].url, "https", 5) == 0 || !proxies[_i].asked)
		ck_assert_msg(rc == -1, "%s", proxies[_i].why);
	else
		ck_assert_msg(rc == 0 && sample.date == T, "%s: %s", proxies[_i].why, err.text);
}
END_TEST

START_TEST(proxy_s_password)
{
	static const char *const addresses[] = { "ftp://me:s3cret@proxy.invalid",
						 "http://me:s3cret@pro xy", "m:s3cret@[::z]:1" };
	struct date_options options = usual;
	struct date_sample sample;
	struct error err = ERROR_INIT;

	options.env = test_env;
	setenv("TEST_http_proxy", addresses[_i], 1);
	ck_assert_int_eq(open_and_ask("http://a.test/", &options, &sample, &err), -1);
	ck_assert_msg(!strstr(err.text, "s3cret"), "%s", err.text);
	ck_assert_ptr_nonnull(strstr(err.text, "http://a.test/"));
}
END_TEST

START_TEST(cancelled)
{
	static const struct route routes[] = { ROUTE("HEAD ", NULL, .then = THEN_HANG),
					       ROUTES_END };
	struct date_options options = usual;
	struct date_sample sample;
	struct error err = ERROR_INIT;
	scoped_server server = { 0 };
	int64_t start = now();
	pid_t pid;

	ck_assert_int_eq(cancel_open(&options.cancel, NULL, &err), 0);
	server_start(&server, routes, true);
	scoped_str url = url_of(&server);
	options.deadline = 10 * NSEC_PER_SEC;
	pid = fork();
	if (pid == 0) {
		poll(NULL, 0, 200);
		kill(getppid(), SIGINT);
		_exit(0);
	}
	ck_assert_int_eq(open_and_ask(url, &options, &sample, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_CANCELLED);
	ck_assert_int_lt(now() - start, 2 * NSEC_PER_SEC);
	waitpid(pid, NULL, 0);
	cancel_close(&options.cancel);
}
END_TEST

/* --- TLS */

static const char *ca_env(const char *name)
{
	static char path[4200];
	scoped_str ca = scratch_path("ca.pem");

	snprintf(path, sizeof(path), "%s", ca);
	return strcmp(name, "SSL_CERT_FILE") == 0 ? path : NULL;
}

static const struct {
	const char *why, *certificate;
	bool known;
	enum error_kind kind;
	const char *says;
} certificates[] = {
	{ "an authority that this system does not know", "server", false, ERROR_DENIED,
	  "TLS with" },
	{ "a certificate for another host", "elsewhere", true, ERROR_DENIED, "TLS with" },
	{ "an expired one", "expired", true, ERROR_DENIED, "the clock is wrong by days" },
};

START_TEST(tls_refused)
{
	static const char *const none[] = { NULL };
	scoped(tls_server_stop) struct tls_server server = { 0 };
	struct date_options options = usual;
	struct date_sample sample;
	struct error err = ERROR_INIT;

	options.deadline = 5 * NSEC_PER_SEC;
	options.env = certificates[_i].known ? ca_env : no_env;
	tls_server_start(&server, certificates[_i].certificate, none);
	scoped_str url = xasprintf("https://127.0.0.1:%d/", server.port);
	ck_assert_int_eq(open_and_ask(url, &options, &sample, &err), -1);
	ck_assert_msg(err.kind == certificates[_i].kind && strstr(err.text, certificates[_i].says),
		      "%s: %s", certificates[_i].why, err.text);
}
END_TEST

/* Answers each request that comes out of TLS. */
static void __attribute__((__noreturn__)) answer_all(int fd)
{
	char text[65536] = "";
	size_t len = 0;

	for (;;) {
		ssize_t n = read(fd, text + len, sizeof(text) - 1 - len);

		if (n <= 0)
			_exit(0);
		len += (size_t)n;
		text[len] = '\0';
		if (!strstr(text, "\r\n\r\n"))
			continue;
		(void)!write(fd, OK EMPTY, sizeof(OK EMPTY) - 1);
		len = 0;
	}
}

/*
 * The handshake is no part of the first round trip either: it is held up by a relay that takes 150
 * ms before it lets the first bytes through.
 */
static void __attribute__((__noreturn__)) relay(int listener, int port)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
	int fds[2] = { accept(listener, NULL, NULL), socket(AF_INET, SOCK_STREAM, 0) };
	char data[16384];

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (connect(fds[1], (struct sockaddr *)&to, sizeof(to)) < 0)
		_exit(1);
	poll(NULL, 0, 150);
	for (;;) {
		struct pollfd ready[2] = { { .fd = fds[0], .events = POLLIN },
					   { .fd = fds[1], .events = POLLIN } };

		poll(ready, 2, -1);
		for (int i = 0; i < 2; i++) {
			ssize_t n = ready[i].revents ? read(fds[i], data, sizeof(data)) : -1;

			if (n == 0)
				_exit(0);
			if (n > 0 && write(fds[1 - i], data, (size_t)n) != n)
				_exit(1);
		}
	}
}

START_TEST(tls_handshake_is_left_out)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	socklen_t size = sizeof(address);
	scoped(tls_server_stop) struct tls_server server = { 0 };
	scoped_date_client *client = NULL;
	struct date_options options = usual;
	struct date_sample sample;
	struct error err = ERROR_INIT;
	int fd = tls_server_start_raw(&server, "server", NULL);
	int listener = socket(AF_INET, SOCK_STREAM, 0);
	int64_t start;
	pid_t pids[2];

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	ck_assert_int_eq(bind(listener, (struct sockaddr *)&address, size), 0);
	ck_assert_int_eq(getsockname(listener, (struct sockaddr *)&address, &size), 0);
	ck_assert_int_eq(listen(listener, 4), 0);
	pids[0] = fork();
	if (pids[0] == 0)
		answer_all(fd);
	pids[1] = fork();
	if (pids[1] == 0)
		relay(listener, server.port);
	options.deadline = 5 * NSEC_PER_SEC;
	options.env = ca_env;
	scoped_str url = xasprintf("https://127.0.0.1:%d/", ntohs(address.sin_port));
	ck_assert_int_eq(date_open(&client, url, &options, &err), 0);
	start = now();
	ck_assert_msg(date_ask(client, &sample, &err) == 0, "%s", err.text);
	ck_assert(!sample.reused && sample.date == T);
	ck_assert_int_ge(sample.sent - start, 150 * MS);
	ck_assert_int_lt(sample.sent, sample.answered);
	ck_assert_msg(date_ask(client, &sample, &err) == 0, "%s", err.text);
	ck_assert(sample.reused);
	for (int i = 0; i < 2; i++) {
		kill(pids[i], SIGKILL);
		waitpid(pids[i], NULL, 0);
	}
}
END_TEST

static void set_up(void)
{
	scratch_make();
	tls_make_certificates();
}

Suite *suite(void)
{
	Suite *s = suite_create("date_client");
	TCase *tc = tcase_create("http");

	tcase_add_loop_test(tc, one_request, 0, (int)array_len(rows));
	tcase_add_test(tc, what_is_asked);
	tcase_add_test(tc, one_connection);
	tcase_add_test(tc, closed_between);
	tcase_add_test(tc, nobody_listens);
	tcase_add_loop_test(tc, bad_url, 0, (int)array_len(urls));
	tcase_add_loop_test(tc, proxy, 0, (int)array_len(proxies));
	tcase_add_loop_test(tc, proxy_s_password, 0, 3);
	tcase_add_test(tc, cancelled);
	suite_add_tcase(s, tc);
	tc = tcase_create("https");
	tcase_add_unchecked_fixture(tc, set_up, scratch_remove);
	tcase_add_loop_test(tc, tls_refused, 0, (int)array_len(certificates));
	tcase_add_test(tc, tls_handshake_is_left_out);
	suite_add_tcase(s, tc);
	return s;
}
