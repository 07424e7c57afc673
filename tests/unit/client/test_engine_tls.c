/* SPDX-License-Identifier: Apache-2.0 */
/* Real TLS: s_server of openssl(1) as the engine. */
#include "tests/unit/suite.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "common/client/process.h"
#include "tests/unit/client/scratch.h"
#include "tests/unit/client/server.h"
#include "tests/unit/client/tls_server.h"

/* Once for all rows: keys take their time. The rows only read them. */
static void set_up(void)
{
	scratch_make();
	tls_make_certificates();
	scratch_write("_ping", PING_OK, 0600);
	scratch_write("v1.41/x", OK_HEAD("3") "[7]", 0600);
}

#define WANTS "-CAfile", "ca.pem", "-Verify", "2", "-verify_return_error"

/* ca, cert: names of files made above; "": a file that is not there. */
static const struct {
	const char *why, *server, *options[8], *ca, *cert;
	bool skip_verify;
	enum error_kind kind;
	const char *says;
} rows[] = {
	{ "the CA is known", "server", { NULL }, "ca", NULL, false, ERROR_NONE, NULL },
	{ "with a client certificate",
	  "server",
	  { WANTS },
	  "ca",
	  "client",
	  false,
	  ERROR_NONE,
	  NULL },
	{ "the same over TLS 1.2",
	  "server",
	  { WANTS, "-tls1_2" },
	  "ca",
	  "client",
	  false,
	  ERROR_NONE,
	  NULL },
	{ "not verified", "server", { NULL }, NULL, NULL, true, ERROR_NONE, NULL },
	{ "not verified, for another name",
	  "elsewhere",
	  { NULL },
	  NULL,
	  NULL,
	  true,
	  ERROR_NONE,
	  NULL },
	{ "an unknown CA",
	  "server",
	  { NULL },
	  "other",
	  NULL,
	  false,
	  ERROR_PROTOCOL,
	  "--tlscacert" },
	{ "no CA given: not one of the system's",
	  "server",
	  { NULL },
	  NULL,
	  NULL,
	  false,
	  ERROR_PROTOCOL,
	  "--tlscacert" },
	{ "expired", "expired", { NULL }, "ca", NULL, false, ERROR_PROTOCOL, "expired" },
	{ "for another name",
	  "elsewhere",
	  { NULL },
	  "ca",
	  NULL,
	  false,
	  ERROR_PROTOCOL,
	  "127.0.0.1" },
	{ "a client certificate is wanted",
	  "server",
	  { WANTS },
	  "ca",
	  NULL,
	  false,
	  ERROR_DENIED,
	  "--tlscert" },
	{ "and over TLS 1.2",
	  "server",
	  { WANTS, "-tls1_2" },
	  "ca",
	  NULL,
	  false,
	  ERROR_DENIED,
	  "--tlscert" },
	{ "a client certificate of another CA",
	  "server",
	  { WANTS },
	  "ca",
	  "stranger",
	  false,
	  ERROR_DENIED,
	  "our client certificate" },
	{ "only TLS 1.1",
	  "server",
	  { "-tls1_1", "-cipher", "ALL:@SECLEVEL=0" },
	  "ca",
	  NULL,
	  false,
	  ERROR_PROTOCOL,
	  "TLS" },
	{ "a CA file that is not there",
	  "server",
	  { NULL },
	  "",
	  NULL,
	  false,
	  ERROR_NOT_FOUND,
	  "CA file" },
	{ "a CA file that is none",
	  "server",
	  { NULL },
	  "_ping",
	  NULL,
	  false,
	  ERROR_INPUT,
	  "CA file" },
	{ "a client certificate that is not there",
	  "server",
	  { NULL },
	  "ca",
	  "",
	  false,
	  ERROR_NOT_FOUND,
	  "client certificate" },
	{ "a client certificate that is none",
	  "server",
	  { NULL },
	  "ca",
	  "log",
	  false,
	  ERROR_INPUT,
	  "client certificate" },
};

static void set_files(struct endpoint *endpoint, int i)
{
	const char *ca = rows[i].ca;
	const char *cert = rows[i].cert;

	endpoint->skip_verify = rows[i].skip_verify;
	if (ca)
		endpoint->ca = xasprintf("%s/%s%s", scratch_dir(), ca,
					 strcmp(ca, "_ping") == 0 ? "" : ".pem");
	if (cert) {
		endpoint->cert = xasprintf("%s/%s%s", scratch_dir(), cert,
					   strcmp(cert, "log") == 0 ? "" : ".pem");
		endpoint->key = xasprintf("%s/%s.key", scratch_dir(), *cert == 'l' ? "ca" : cert);
	}
}

START_TEST(handshakes)
{
	struct engine_options options = { .connect_deadline = NSEC_PER_SEC };
	scoped(tls_server_stop) struct tls_server server = { 0 };
	scoped_endpoint endpoint = { 0 };
	scoped_engine *engine = NULL;
	struct error err = ERROR_INIT;
	json_t *json = NULL;

	tls_server_start(&server, rows[_i].server, rows[_i].options);
	scoped_str address = xasprintf("tcp://127.0.0.1:%d", server.port);
	ck_assert_int_eq(endpoint_parse(&endpoint, address, &err), 0);
	endpoint.scheme = ENDPOINT_TLS;
	set_files(&endpoint, _i);
	int rc = engine_open(&engine, &endpoint, &options, &err);
	ck_assert_msg(err.kind == rows[_i].kind, "%s: %s: %s", rows[_i].why, error_name(err.kind),
		      err.text);
	if (err.kind) {
		ck_assert_int_eq(rc, -1);
		ck_assert_msg(strstr(err.text, rows[_i].says) != NULL, "%s: %s", rows[_i].why,
			      err.text);
		return;
	}
	ck_assert_msg(engine_get(engine, "/x", "x", &json, &err) == 0, "%s", err.text);
	ck_assert_int_eq(json_integer_value(json_array_get(json, 0)), 7);
	json_decref(json);
}
END_TEST

START_TEST(tls_to_a_plain_port)
{
	static const struct route routes[] = {
		ROUTE("", "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n400 Bad Request",
		      .then = THEN_CLOSE),
		ROUTES_END,
	};
	struct engine_options options = { .connect_deadline = NSEC_PER_SEC };
	scoped_server server = { 0 };
	scoped_endpoint endpoint = { 0 };
	struct engine *engine = NULL;
	struct error err = ERROR_INIT;

	server_start_raw(&server, routes);
	ck_assert_int_eq(endpoint_parse(&endpoint, server.address, &err), 0);
	endpoint.scheme = ENDPOINT_TLS;
	endpoint.skip_verify = true;
	ck_assert_int_eq(engine_open(&engine, &endpoint, &options, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_PROTOCOL);
	ck_assert_msg(strstr(err.text, "does not speak TLS") != NULL, "%s", err.text);
}
END_TEST

START_TEST(plain_to_a_tls_port)
{
	static const char *const none[] = { NULL };
	scoped(tls_server_stop) struct tls_server server = { 0 };
	struct engine *engine = NULL;
	struct error err = ERROR_INIT;

	tls_server_start(&server, "server", none);
	scoped_str address = xasprintf("tcp://127.0.0.1:%d", server.port);
	ck_assert_int_eq(open_engine(&engine, address, NULL, &err), -1);
	ck_assert_msg(err.kind == ERROR_PROTOCOL, "%s", err.text);
	ck_assert_msg(strstr(err.text, "TLS") != NULL, "%s", err.text);
}
END_TEST

/* --- A stream: s_server is the TLS of an engine that is a process behind its stdin and stdout. */

/* Answers pings, then a POST, and gives back what comes after. What s_server prints by itself for
 * each connection comes before requests, and is nothing to it. */
static void no_return engine_behind(int fd)
{
	char text[65536];
	size_t len = 0;
	bool upgraded = false;

	for (;;) {
		ssize_t n = read(fd, text + len, sizeof(text) - 1 - len);

		if (n <= 0)
			_exit(0);
		len += (size_t)n;
		text[len] = '\0';
		if (upgraded) {
			(void)!write(fd, text, len);
			len = 0;
		} else if (len > 4 && strcmp(text + len - 4, "\r\n\r\n") == 0) {
			static const char ping[] =
				"HTTP/1.1 200 OK\r\nApi-Version: 1.41\r\n"
				"Connection: close\r\nContent-Length: 2\r\n\r\nOK";
			static const char upgrade[] = "HTTP/1.1 101 UPGRADED\r\n\r\n";

			upgraded = strstr(text, "POST /v1.41/c HTTP/1.1\r\n") != NULL;
			(void)!write(fd, upgraded ? upgrade : ping,
				     upgraded ? sizeof(upgrade) - 1 : sizeof(ping) - 1);
			len = 0;
		}
	}
}

static pid_t start_stream_server(struct tls_server *server, const char *version)
{
	const char *const more[] = { WANTS, version, NULL };
	int fd = tls_server_start_raw(server, "server", more);
	pid_t engine = fork();

	if (engine == 0)
		engine_behind(fd);
	close(fd);
	return engine;
}

START_TEST(a_stream)
{
	static const char frame[] = "\1\0\0\0\0\0\0\5hello";
	struct engine_options options = { .connect_deadline = NSEC_PER_SEC };
	scoped(tls_server_stop) struct tls_server server = { 0 };
	scoped_endpoint endpoint = { 0 };
	scoped_engine *engine = NULL;
	scoped_attach *attach = NULL;
	struct error err = ERROR_INIT;
	char data[64];
	size_t got;
	int64_t at;

	pid_t behind = start_stream_server(&server, _i ? "-tls1_2" : "-tls1_3");
	scoped_str address = xasprintf("tcp://127.0.0.1:%d", server.port);
	ck_assert_int_eq(endpoint_parse(&endpoint, address, &err), 0);
	endpoint.scheme = ENDPOINT_TLS;
	endpoint.ca = xasprintf("%s/ca.pem", scratch_dir());
	endpoint.cert = xasprintf("%s/client.pem", scratch_dir());
	endpoint.key = xasprintf("%s/client.key", scratch_dir());
	ck_assert_msg(engine_open(&engine, &endpoint, &options, &err) == 0, "%s", err.text);
	ck_assert_msg(engine_attach(engine, "/c", NSEC_PER_SEC * 5, &attach, &err) == 0, "%s",
		      err.text);
	for (int i = 0; i < 20; i++) {
		ck_assert_int_eq(attach_send(attach, frame, sizeof(frame) - 1, NSEC_PER_SEC, &err),
				 0);
		/* In two parts: the second is in libcurl's or TLS's hands by then, not in the
		 * socket's. */
		for (size_t part = 2; part <= 3; part++) {
			ck_assert_msg(attach_receive(attach, data, part, NSEC_PER_SEC, &got, &at,
						     &err) == 0,
				      "%s", err.text);
			ck_assert(got == part && memcmp(data, part == 2 ? "he" : "llo", part) == 0);
		}
	}
	/* The server goes: an end like any other. */
	kill(behind, SIGKILL);
	waitpid(behind, NULL, 0);
	kill(server.pid, SIGKILL);
	ck_assert_int_eq(attach_receive(attach, data, 1, 5 * NSEC_PER_SEC, &got, &at, &err), -1);
	ck_assert_msg(err.kind == ERROR_UNREACHABLE, "%s", err.text);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("engine_tls");
	TCase *t = tcase_create("tls");

	tcase_add_unchecked_fixture(t, set_up, scratch_remove);
	tcase_add_loop_test(t, handshakes, 0, (int)array_len(rows));
	tcase_add_test(t, tls_to_a_plain_port);
	tcase_add_test(t, plain_to_a_tls_port);
	tcase_add_loop_test(t, a_stream, 0, 2);
	suite_add_tcase(s, t);
	return s;
}
