/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/suite.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/client/buildkit.h"

#define UP        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n"
#define SETTINGS  "\0\0\0\x04\0\0\0\0\0"
#define PING      "\0\0\x08\x06\0\0\0\0\0pingpong"
#define HEADERS   "\0\0\x01\x01\x04\0\0\0\x01\x88"
#define TRAILERS  "\0\0\x01\x01\x05\0\0\0\x01\x88"
#define NOTHING   "\0\0\x05\0\0\0\0\0\x01\0\0\0\0\0"
#define SOMETHING "\0\0\x08\0\0\0\0\0\x01\0\0\0\0\x03\x0a\x01x"

static const struct {
	const char *bytes;
	size_t len;
	enum error_kind kind;
	bool empty;
	const char *why;
} rows[] = {
#define SAYS(text) text, sizeof(text) - 1
	{ SAYS(UP SETTINGS HEADERS NOTHING TRAILERS), ERROR_NONE, true,
	  "a builder without records" },
	{ SAYS(UP SETTINGS HEADERS SOMETHING TRAILERS), ERROR_NONE, false, "one record" },
	{ SAYS(UP SETTINGS PING HEADERS NOTHING), ERROR_NONE, true, "a ping comes in between" },
	{ SAYS(UP HEADERS "\0\0\x02\0\0\0\0\0\x01\0\0"
			  "\0\0\x03\0\0\0\0\0\x01\0\0\x01"),
	  ERROR_NONE, false, "the prefix comes in two frames" },
	{ SAYS(UP HEADERS "\0\0\x09\0\x08\0\0\0\x01\x03\0\0\0\0\0\xff\xff\xff"), ERROR_NONE, true,
	  "padding is not data" },
	{ SAYS(UP "\0\0\x05\0\0\0\0\0\x03\0\0\0\0\x07" HEADERS NOTHING), ERROR_NONE, true,
	  "another stream's data is not ours" },
	{ SAYS(UP SETTINGS TRAILERS), ERROR_REMOTE, false, "an error is headers alone" },
	{ SAYS(UP "\0\0\x04\x03\0\0\0\0\x01\0\0\0\x07"), ERROR_REMOTE, false, "stream reset" },
	{ SAYS(UP "\0\0\x08\x07\0\0\0\0\0\0\0\0\0\0\0\0\0"), ERROR_REMOTE, false, "go away" },
	{ SAYS(UP HEADERS "\0\0\x01\0\x08\0\0\0\x01\x09"), ERROR_PROTOCOL, false,
	  "more padding than frame" },
	{ SAYS(UP HEADERS "\0\0\0\0\x08\0\0\0\x01"), ERROR_PROTOCOL, false,
	  "padded, and not even the length of the padding" },
	{ SAYS(UP "\xff\xff\xff\0\0\0\0\0\x01"), ERROR_PROTOCOL, false, "a frame of 16 MB" },
	{ SAYS(UP HEADERS "\0\0\x05\0"), ERROR_PROTOCOL, false, "cut in a frame's head" },
	{ SAYS(UP HEADERS "\0\0\x05\0\0\0\0\0\x01\0"), ERROR_PROTOCOL, false, "cut in the data" },
	{ SAYS("HTTP/1.1 404 Not Found\r\n\r\n"), ERROR_UNSUPPORTED, false, "no such call" },
	{ SAYS("HTTP/1.1 101 Switch"), ERROR_PROTOCOL, false, "cut in the head" },
	{ SAYS(""), ERROR_PROTOCOL, false, "closed at once" },
};

START_TEST(hears)
{
	struct error err = ERROR_INIT;
	bool empty = !rows[_i].empty, before = empty;
	int pair[2], rc;

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	ck_assert_int_eq(write(pair[1], rows[_i].bytes, rows[_i].len), (ssize_t)rows[_i].len);
	ck_assert_int_eq(shutdown(pair[1], SHUT_WR), 0);
	rc = buildkit_ask(pair[0], 41, &empty, &err);
	ck_assert_msg(err.kind == rows[_i].kind, "%s: %s", rows[_i].why, err.text);
	ck_assert_msg(rc == (rows[_i].kind ? -1 : 0), "%s", rows[_i].why);
	ck_assert_msg(empty == (rc ? before : rows[_i].empty), "%s", rows[_i].why);
	close(pair[0]);
	close(pair[1]);
}
END_TEST

/* A head without end, and frames without end: both are given up. */
START_TEST(babble)
{
	char bytes[4096];
	struct error err = ERROR_INIT;
	bool empty = true;
	size_t len = sizeof(bytes);
	int pair[2];

	memset(bytes, 'x', sizeof(bytes));
	if (_i == 1) {
		len = sizeof(UP) - 1;
		memcpy(bytes, UP, len);
		for (int i = 0; i < 65; i++, len += 9)
			memcpy(bytes + len, "\0\0\0\x7f\0\0\0\0\x01", 9);
	}
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	ck_assert_int_eq(write(pair[1], bytes, len), (ssize_t)len);
	ck_assert_int_eq(buildkit_ask(pair[0], 41, &empty, &err), -1);
	ck_assert_msg(err.kind == ERROR_PROTOCOL, "%s", err.text);
	close(pair[0]);
	close(pair[1]);
}
END_TEST

/* What we send must be what an HTTP/2 server reads: preface, settings, headers, data. */
START_TEST(asks)
{
	static const char upgrade[] = "POST /v1.40/grpc HTTP/1.1\r\n";
	static const char preface[] = "\r\n\r\nPRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" SETTINGS
				      "\0\0\x5b\x01\x04";
	char bytes[1024];
	struct error err = ERROR_INIT;
	bool empty = false;
	int pair[2];
	ssize_t n;

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	n = write(pair[1], UP HEADERS NOTHING, sizeof(UP HEADERS NOTHING) - 1);
	ck_assert_int_gt(n, 0);
	ck_assert_msg(buildkit_ask(pair[0], 40, &empty, &err) == 0 && empty, "%s", err.text);
	close(pair[0]);
	n = read(pair[1], bytes, sizeof(bytes));
	ck_assert_int_gt(n, 0);
	ck_assert(memcmp(bytes, upgrade, sizeof(upgrade) - 1) == 0);
	ck_assert_ptr_nonnull(memmem(bytes, (size_t)n, preface, sizeof(preface) - 1));
	ck_assert_ptr_nonnull(memmem(bytes, (size_t)n, "#/moby.buildkit.v1.Control/DiskUsage", 36));
	/* the message, ending our side of the stream */
	ck_assert(memcmp(bytes + n - 14, "\0\0\x05\0\x01\0\0\0\x01\0\0\0\0\0", 14) == 0);
	close(pair[1]);
}
END_TEST

static const struct {
	const char *address;
	enum error_kind kind;
	const char *why;
} places[] = {
	{ "unix:///nonexistent/docker.sock", ERROR_NOT_FOUND, "nobody there" },
	{ "tcp://127.0.0.1:1", ERROR_UNSUPPORTED, "no unix socket" },
};

START_TEST(connects)
{
	struct endpoint at = { .scheme = _i ? ENDPOINT_TCP : ENDPOINT_UNIX };
	char path[] = "/nonexistent/docker.sock";
	struct error err = ERROR_INIT;
	bool empty = true;

	at.path = _i ? NULL : path;
	ck_assert_int_eq(buildkit_is_empty(&at, 41, &empty, &err), -1);
	ck_assert_msg(err.kind == places[_i].kind, "%s: %s", places[_i].why, err.text);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("buildkit");
	TCase *tc = tcase_create("ask");

	tcase_add_loop_test(tc, hears, 0, (int)(sizeof(rows) / sizeof(rows[0])));
	tcase_add_loop_test(tc, babble, 0, 2);
	tcase_add_test(tc, asks);
	tcase_add_loop_test(tc, connects, 0, 2);
	suite_add_tcase(s, tc);
	return s;
}
