/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ssh:// with an ssh of the test's own, first on PATH: it writes down its arguments and answers by
 * itself. (A real sshd is in the end-to-end tests.)
 */
#include "tests/unit/suite.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/buf.h"
#include "common/base/clock.h"
#include "tests/unit/client/scratch.h"
#include "tests/unit/client/server.h"

/* An engine in sh: answers every head, whatever it asks for, until its input ends. */
#define ANSWERS                                                                                    \
	"while IFS= read -r line; do case $line in \"$(printf '\\r')\")\n"                         \
	"printf 'HTTP/1.1 200 OK\\r\\nApi-Version: 1.41\\r\\nContent-Length: 2\\r\\n\\r\\n{}';;\n" \
	"esac; done\n"

static void fake_ssh(const char *script)
{
	scoped_str path = xasprintf("%s/bin:%s", scratch_dir(), getenv("PATH"));
	scoped_str text = xasprintf("#!/bin/sh\nd='%s'; echo x >>\"$d/starts\"\n"
				    "for a; do printf '[%%s]' \"$a\"; done >\"$d/args\"\n%s\n",
				    scratch_dir(), script);

	scratch_write("bin/ssh", text, 0755);
	setenv("PATH", path, 1);
}

static int open_ssh(struct engine **out, const char *address, struct error *err)
{
	struct engine_options options = { .answer_deadline = 3 * NSEC_PER_SEC / 2 };
	scoped_endpoint endpoint = { 0 };

	ck_assert_msg(endpoint_parse(&endpoint, address, err) == 0, "%s", err->text);
	return engine_open(out, &endpoint, &options, err);
}

static void no_child_is_left(void)
{
	ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
	ck_assert_int_eq(errno, ECHILD);
}

#define OPTIONS "[-o][ConnectTimeout=30][-T][--]"

/* As docker/cli cli/connhelper calls it. */
static const struct {
	const char *address, *args;
} rows[] = {
	{ "ssh://h", OPTIONS "[h][docker system dial-stdio]" },
	{ "ssh://u@h:2222", "[-l][u][-p][2222]" OPTIONS "[h][docker system dial-stdio]" },
	{ "ssh://a@b@h", "[-l][a@b]" OPTIONS "[h][docker system dial-stdio]" },
	{ "ssh://h/", OPTIONS "[h][docker system dial-stdio]" },
	{ "ssh://[::1]:22", "[-p][22]" OPTIONS "[::1][docker system dial-stdio]" },
	{ "ssh://h/run/x.sock",
	  OPTIONS "[h][docker '--host=unix:///run/x.sock' system dial-stdio]" },
	{ "ssh://h/it's $(here)",
	  OPTIONS "[h][docker '--host=unix:///it'\\''s $(here)' system dial-stdio]" },
};

START_TEST(arguments)
{
	struct engine *engine = NULL;
	struct error err = ERROR_INIT;

	fake_ssh(ANSWERS);
	ck_assert_msg(open_ssh(&engine, rows[_i].address, &err) == 0, "%s", err.text);
	scoped_str args = scratch_read("args");
	ck_assert_str_eq(args, rows[_i].args);
	engine_close(&engine);
	no_child_is_left();
}
END_TEST

struct many {
	int left, done, in_flight, most;
};

static enum engine_next next(void *self, struct engine_request *request)
{
	struct many *many = self;

	if (many->left == 0)
		return ENGINE_NEXT_END;
	many->left--;
	if (++many->in_flight > many->most)
		many->most = many->in_flight;
	request->path = "/x";
	return ENGINE_NEXT_REQUEST;
}

static void done(void *self, const struct engine_reply *reply)
{
	struct many *many = self;

	ck_assert_msg(reply->status == 200, "%s", reply->err.text);
	many->in_flight--;
	many->done++;
}

START_TEST(few_connections_that_are_kept)
{
	struct many many = { .left = 60 };
	struct engine_work work = { .next = next, .done = done, .self = &many };
	struct engine *engine = NULL;
	struct error err = ERROR_INIT;

	/* Says much on stderr too, which must hold nobody up. */
	fake_ssh("head -c 300000 /dev/zero | tr '\\0' 'x' >&2\n" ANSWERS);
	ck_assert_msg(open_ssh(&engine, "ssh://h", &err) == 0, "%s", err.text);
	ck_assert_msg(engine_run(engine, &work, &err) == 0, "%s", err.text);
	ck_assert_int_eq(many.done, 60);
	ck_assert_int_le(many.most, 3);
	scoped_str starts = scratch_read("starts");
	ck_assert_uint_le(strlen(starts), 2 * 3);
	engine_close(&engine);
	no_child_is_left();
}
END_TEST

static const struct {
	const char *why, *script;
	enum error_kind kind;
	const char *says;
} failing[] = {
	{ "refused",
	  "echo 'Warning: x' >&2; echo 'u@h: Permission denied (publickey).' >&2; exit 255",
	  ERROR_UNREACHABLE, "Permission denied (publickey)." },
	{ "unknown host",
	  "echo 'ssh: Could not resolve hostname h: Name or service not known' >&2; "
	  "exit 255",
	  ERROR_UNREACHABLE, "Could not resolve" },
	{ "no docker there", "echo 'sh: 1: docker: not found' >&2; exit 127", ERROR_UNREACHABLE,
	  "18.09" },
	{ "without a word", "exit 1", ERROR_UNREACHABLE, "without a word" },
	{ "control characters", "printf 'a\\033[31mb\\n' >&2; exit 1", ERROR_UNREACHABLE,
	  "a?[31mb" },
	{ "a login banner in the way", "echo 'Welcome!'; exit 0", ERROR_PROTOCOL, "HTTP" },
	{ "accepts and says nothing", "sleep 30", ERROR_TIMEOUT, "/_ping" },
};

START_TEST(failures)
{
	struct engine *engine = NULL;
	struct error err = ERROR_INIT;
	int64_t start = clock_system.monotonic(&clock_system);

	fake_ssh(failing[_i].script);
	ck_assert_int_eq(open_ssh(&engine, "ssh://u@h", &err), -1);
	ck_assert_msg(err.kind == failing[_i].kind, "%s: %s: %s", failing[_i].why,
		      error_name(err.kind), err.text);
	ck_assert_msg(strstr(err.text, failing[_i].says) != NULL, "%s: %s", failing[_i].why,
		      err.text);
	ck_assert_int_lt(clock_system.monotonic(&clock_system) - start, 9 * NSEC_PER_SEC);
	no_child_is_left();
}
END_TEST

START_TEST(no_ssh_at_all)
{
	struct engine *engine = NULL;
	struct error err = ERROR_INIT;

	setenv("PATH", scratch_dir(), 1);
	ck_assert_int_eq(open_ssh(&engine, "ssh://h", &err), -1);
	ck_assert_msg(err.kind == ERROR_NOT_FOUND, "%s", err.text);
	ck_assert_msg(strstr(err.text, "ssh: no such program") != NULL, "%s", err.text);
}
END_TEST

/* A connection that breaks between two requests is made again. */
START_TEST(a_connection_that_ends)
{
	struct many many = { .left = 4 };
	struct engine_work work = { .next = next, .done = done, .self = &many, .parallel = 1 };
	struct engine *engine = NULL;
	struct error err = ERROR_INIT;

	fake_ssh("n=0; while IFS= read -r line; do case $line in \"$(printf '\\r')\")\n"
		 "printf 'HTTP/1.1 200 OK\\r\\nApi-Version: 1.41\\r\\nContent-Length: "
		 "2\\r\\n\\r\\n{}'\n"
		 "n=$((n + 1)); [ $n -lt 2 ] || exit 0;; esac; done");
	ck_assert_msg(open_ssh(&engine, "ssh://h", &err) == 0, "%s", err.text);
	ck_assert_msg(engine_run(engine, &work, &err) == 0, "%s", err.text);
	ck_assert_int_eq(many.done, 4);
	engine_close(&engine);
	no_child_is_left();
}
END_TEST

/* After the answer the fake engine gives back what it gets: here, whole frames. */
START_TEST(a_stream)
{
	static const char frame[] = "\1\0\0\0\0\0\0\5hello";
	struct engine *engine = NULL;
	struct attach *attach = NULL;
	struct error err = ERROR_INIT;
	char data[64];
	size_t got;
	int64_t at;

	fake_ssh("head -c 300000 /dev/zero | tr '\\0' 'x' >&2\n"
		 "while IFS= read -r line; do case $line in POST*) post=1;; \"$(printf '\\r')\")\n"
		 "if [ \"$post\" ]; then printf 'HTTP/1.1 101 UPGRADED\\r\\n\\r\\n'; exec cat; fi\n"
		 "printf 'HTTP/1.1 200 OK\\r\\nApi-Version: 1.41\\r\\nContent-Length: "
		 "2\\r\\n\\r\\n{}';;\nesac; done\n");
	ck_assert_msg(open_ssh(&engine, "ssh://h", &err) == 0, "%s", err.text);
	ck_assert_msg(engine_attach(engine, "/c", 0, &attach, &err) == 0, "%s", err.text);
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(attach_send(attach, frame, sizeof(frame) - 1, NSEC_PER_SEC, &err),
				 0);
		ck_assert_msg(attach_receive(attach, data, sizeof(data), NSEC_PER_SEC, &got, &at,
					     &err) == 0,
			      "%s", err.text);
		ck_assert(got == 5 && memcmp(data, "hello", 5) == 0);
	}
	scoped_str starts = scratch_read("starts");
	ck_assert_msg(strcmp(starts, "x\nx\n") == 0, "a process of its own: %s", starts);
	attach_close(&attach);
	engine_close(&engine);
	no_child_is_left();
}
END_TEST

START_TEST(no_stream)
{
	struct engine *engine = NULL;
	struct attach *attach = NULL;
	struct error err = ERROR_INIT;

	fake_ssh("if [ -e \"$d/second\" ]; then echo 'kex: limit reached' >&2; exit 255; fi\n"
		 "touch \"$d/second\"\n" ANSWERS);
	ck_assert_msg(open_ssh(&engine, "ssh://h", &err) == 0, "%s", err.text);
	ck_assert_int_eq(engine_attach(engine, "/c", 0, &attach, &err), -1);
	ck_assert_msg(err.kind == ERROR_UNREACHABLE, "%s", err.text);
	ck_assert_msg(strstr(err.text, "kex: limit reached") != NULL, "%s", err.text);
	engine_close(&engine);
	no_child_is_left();
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("engine_ssh");
	TCase *t = tcase_create("ssh");

	tcase_add_checked_fixture(t, scratch_make, scratch_remove);
	tcase_add_loop_test(t, arguments, 0, (int)array_len(rows));
	tcase_add_test(t, few_connections_that_are_kept);
	tcase_add_loop_test(t, failures, 0, (int)array_len(failing));
	tcase_add_test(t, no_ssh_at_all);
	tcase_add_test(t, a_connection_that_ends);
	tcase_add_test(t, a_stream);
	tcase_add_test(t, no_stream);
	suite_add_tcase(s, t);
	return s;
}
