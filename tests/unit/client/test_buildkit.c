/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/client/buildkit.h"

#define UP       "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n"
#define SETTINGS "\0\0\0\x04\0\0\0\0\0"
#define PING     "\0\0\x08\x06\0\0\0\0\0pingpong"
#define HEADERS  "\0\0\x01\x01\x04\0\0\0\x01\x88"
/* Literals of HPACK: a name of 11 bytes, a value of one. */
#define STATUS(digit)                      \
	"\0\0\x0f\x01\x05\0\0\0\x01\0\x0b" \
	"grpc-status\x01" digit
#define ONLY_STATUS(digit)                     \
	"\0\0\x10\x01\x05\0\0\0\x01\x88\0\x0b" \
	"grpc-status\x01" digit
#define DATA(len, bytes) "\0\0" len "\0\0\0\0\0\x01" bytes
#define NOTHING          DATA("\x05", "\0\0\0\0\0")
#define SOMETHING        DATA("\x08", "\0\0\0\0\x03\x0a\x01x")

static const struct {
	const char *bytes;
	size_t len;
	enum error_kind kind;
	bool empty;
	const char *why;
} rows[] = {
#define SAYS(text) text, sizeof(text) - 1
	{ SAYS(UP SETTINGS HEADERS NOTHING STATUS("0")), ERROR_NONE, true,
	  "a builder without records" },
	{ SAYS(UP SETTINGS HEADERS SOMETHING STATUS("0")), ERROR_NONE, false, "one record" },
	{ SAYS(UP SETTINGS HEADERS SOMETHING), ERROR_NONE, false,
	  "one record is enough, whatever comes after it" },
	{ SAYS(UP SETTINGS PING HEADERS NOTHING STATUS("0")), ERROR_NONE, true,
	  "a ping comes in between" },
	{ SAYS(UP SETTINGS HEADERS DATA("\x02", "\0\0") DATA("\x03", "\0\0\x01")), ERROR_NONE,
	  false, "the prefix comes in two frames" },
	{ SAYS(UP SETTINGS HEADERS
	       "\0\0\x09\0\x08\0\0\0\x01\x03\0\0\0\0\0\xff\xff\xff" STATUS("0")),
	  ERROR_NONE, true, "padding is not data" },
	{ SAYS(UP SETTINGS HEADERS NOTHING NOTHING), ERROR_NONE, false,
	  "a second message is more than nothing" },
	{ SAYS(UP SETTINGS HEADERS NOTHING STATUS("4")), ERROR_REMOTE, false,
	  "nothing, and an error after it" },
	{ SAYS(UP SETTINGS ONLY_STATUS("7")), ERROR_REMOTE, false, "an error is headers alone" },
	{ SAYS(UP SETTINGS ONLY_STATUS("0")), ERROR_PROTOCOL, false, "success without a message" },
	{ SAYS(UP SETTINGS HEADERS DATA("\x03", "\0\0\0") STATUS("0")), ERROR_PROTOCOL, false,
	  "half a prefix" },
	{ SAYS(UP SETTINGS HEADERS NOTHING), ERROR_PROTOCOL, false, "no end: there may be more" },
	{ SAYS(UP SETTINGS HEADERS "\0\0\x05\0\x01\0\0\0\x01\0\0\0\0\0"), ERROR_PROTOCOL, false,
	  "an end without a status" },
	{ SAYS(UP SETTINGS "\0\0\x04\x03\0\0\0\0\x01\0\0\0\x02"), ERROR_PROTOCOL, false,
	  "stream reset" },
	{ SAYS(UP SETTINGS "\0\0\x08\x07\0\0\0\0\0\0\0\0\0\0\0\0\0"), ERROR_PROTOCOL, false,
	  "go away" },
	{ SAYS(UP "\xff\xff\xff\0\0\0\0\0\x01"), ERROR_PROTOCOL, false, "a frame of 16 MB" },
	{ SAYS(UP SETTINGS HEADERS "\0\0\x05\0\0\0\0\0\x01\0"), ERROR_PROTOCOL, false,
	  "cut in the data" },
	{ SAYS(UP), ERROR_PROTOCOL, false, "closed after the upgrade" },
	{ SAYS("HTTP/1.1 404 Not Found\r\n\r\n"), ERROR_UNSUPPORTED, false, "no such call" },
	{ SAYS("HTTP/1.1 101 Switch"), ERROR_PROTOCOL, false, "cut in the head" },
	{ SAYS(""), ERROR_PROTOCOL, false, "closed at once" },
};

/* A builder, in a process of its own: says its bytes, and keeps what it was told. */
struct builder {
	pid_t pid;
	char folder[32], path[48];
	int told; /* the end of the pipe where that comes out */
};

/* What ends a request: the empty message, and our side of the stream with it. */
#define MESSAGE "\0\0\x05\0\x01\0\0\0\x01\0\0\0\0\0"

/* Passes on what comes in, up to what (or the end). */
static void hear_until(int fd, int out, const char *what, size_t what_len)
{
	char all[8192];
	size_t len = 0;
	ssize_t n;

	while (len < sizeof(all) && (n = read(fd, all + len, sizeof(all) - len)) > 0) {
		if (write(out, all + len, (size_t)n) < 0)
			return;
		len += (size_t)n;
		if (what && memmem(all, len, what, what_len))
			return;
	}
}

/* The upgrade is answered when it has come, and the question when that has. */
static void serve(int listener, const char *bytes, size_t len, int out)
{
	static const char up[] = UP;
	size_t first = len;
	int fd = accept(listener, NULL, NULL);

	hear_until(fd, out, "\r\n\r\n", 4);
	if (len > sizeof(up) - 1 && memcmp(bytes, up, sizeof(up) - 1) == 0)
		first = sizeof(up) - 1;
	if (send(fd, bytes, first, MSG_NOSIGNAL) >= 0 && first < len) {
		hear_until(fd, out, MESSAGE, sizeof(MESSAGE) - 1);
		send(fd, bytes + first, len - first, MSG_NOSIGNAL);
	}
	/* A whole answer is followed by nothing, others by the end of the connection. */
	if (len < 13 || memcmp(bytes + len - 13, "grpc-status\x01", 12) != 0)
		shutdown(fd, SHUT_WR);
	hear_until(fd, out, NULL, 0);
	_exit(0);
}

static void builder_start(struct builder *b, const char *bytes, size_t len)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int listener = socket(AF_UNIX, SOCK_STREAM, 0), ends[2];

	strcpy(b->folder, "/tmp/dh-builder-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(b->folder));
	snprintf(b->path, sizeof(b->path), "%s/s", b->folder);
	strcpy(at.sun_path, b->path);
	ck_assert_int_eq(bind(listener, (struct sockaddr *)&at, sizeof(at)), 0);
	ck_assert_int_eq(listen(listener, 1), 0);
	ck_assert_int_eq(pipe(ends), 0);
	b->pid = fork();
	ck_assert_int_ge(b->pid, 0);
	if (b->pid == 0) {
		close(ends[0]);
		serve(listener, bytes, len, ends[1]);
	}
	close(listener);
	close(ends[1]);
	b->told = ends[0];
}

/* What it was told, up to size bytes. */
static size_t builder_end(struct builder *b, char *told, size_t size)
{
	size_t len = 0;
	ssize_t n;

	while (len < size && (n = read(b->told, told + len, size - len)) > 0)
		len += (size_t)n;
	close(b->told);
	ck_assert_int_eq(waitpid(b->pid, NULL, 0), b->pid);
	unlink(b->path);
	rmdir(b->folder);
	return len;
}

START_TEST(hears)
{
	struct endpoint at = { .scheme = ENDPOINT_UNIX };
	struct error err = ERROR_INIT;
	bool empty = !rows[_i].empty, before = empty;
	struct builder builder;
	char told[4096];
	int rc;

	builder_start(&builder, rows[_i].bytes, rows[_i].len);
	at.path = builder.path;
	rc = buildkit_is_empty(&at, 41, &empty, &err);
	builder_end(&builder, told, sizeof(told));
	ck_assert_msg(err.kind == rows[_i].kind, "%s: %d %s", rows[_i].why, (int)err.kind,
		      err.text);
	ck_assert_msg(rc == (rows[_i].kind ? -1 : 0), "%s", rows[_i].why);
	ck_assert_msg(empty == (rc ? before : rows[_i].empty), "%s", rows[_i].why);
}
END_TEST

/* A head without end is given up. */
START_TEST(babble)
{
	struct endpoint at = { .scheme = ENDPOINT_UNIX };
	struct error err = ERROR_INIT;
	char bytes[4096], told[4096];
	struct builder builder;
	bool empty = true;

	memset(bytes, 'x', sizeof(bytes));
	builder_start(&builder, bytes, sizeof(bytes));
	at.path = builder.path;
	ck_assert_int_eq(buildkit_is_empty(&at, 41, &empty, &err), -1);
	ck_assert_msg(err.kind == ERROR_PROTOCOL, "%s", err.text);
	builder_end(&builder, told, sizeof(told));
}
END_TEST

/* The upgrade comes first, alone; HTTP/2 after its answer. */
START_TEST(asks)
{
	static const char says[] = UP SETTINGS HEADERS NOTHING STATUS("0");
	static const char upgrade[] = "POST /v1.40/grpc HTTP/1.1\r\nHost: docker\r\n"
				      "Connection: Upgrade\r\nUpgrade: h2c\r\n"
				      "Content-Length: 0\r\n\r\n";
	static const char preface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
	struct endpoint at = { .scheme = ENDPOINT_UNIX };
	struct error err = ERROR_INIT;
	struct builder builder;
	char told[4096];
	bool empty = false;
	size_t len;

	builder_start(&builder, says, sizeof(says) - 1);
	at.path = builder.path;
	ck_assert_msg(buildkit_is_empty(&at, 40, &empty, &err) == 0 && empty, "%s", err.text);
	len = builder_end(&builder, told, sizeof(told));
	ck_assert_uint_gt(len, sizeof(upgrade) + sizeof(preface));
	ck_assert(memcmp(told, upgrade, sizeof(upgrade) - 1) == 0);
	ck_assert(memcmp(told + sizeof(upgrade) - 1, preface, sizeof(preface) - 1) == 0);
	ck_assert_msg(memmem(told, len, MESSAGE, sizeof(MESSAGE) - 1) != NULL,
		      "an empty message, ending our side of the stream");
}
END_TEST

static const struct {
	const char *address;
	enum error_kind kind;
	const char *why;
} places[] = {
	{ "unix:///nonexistent/docker.sock", ERROR_UNREACHABLE, "nobody there" },
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
	tcase_add_test(tc, babble);
	tcase_add_test(tc, asks);
	tcase_add_loop_test(tc, connects, 0, 2);
	suite_add_tcase(s, tc);
	return s;
}
