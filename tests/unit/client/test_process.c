/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/suite.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "common/client/process.h"

#define SH(script)                       \
	{                                \
		"sh", "-c", script, NULL \
	}
#define LIMIT 4096

static const struct {
	const char *why;
	const char *argv[4];
	const char *input, *out, *errors;
	int status;
} good[] = {
	{ "both outputs apart", SH("echo a; echo b >&2; exit 3"), NULL, "a\n", "b\n", 3 },
	{ "no input is the end of file", SH("cat; echo end"), NULL, "end\n", "", 0 },
	{ "input", SH("cat"), "some\ntext", "some\ntext", "", 0 },
	{ "input that nobody reads does no harm", SH("exit 0"), "text", "", "", 0 },
	{ "ended by a signal", SH("kill -9 $$"), NULL, "", "", 137 },
	{ "no shell reads the arguments",
	  { "echo", "$HOME; x", "`y`", NULL },
	  NULL,
	  "$HOME; x `y`\n",
	  "",
	  0 },
	{ "a child that outlives it does not hold us up", SH("sleep 20 & echo x"), NULL, "x\n", "",
	  0 },
	{ "signals are as a program expects them", SH("kill -TERM $$; echo alive"), NULL, "", "",
	  143 },
};

START_TEST(runs)
{
	struct process_result result = { .status = -1 };
	int64_t start = clock_system.monotonic(&clock_system);
	struct error err = ERROR_INIT;
	scoped_buf out, errors;

	signal(SIGTERM, SIG_IGN);
	buf_init(&out, LIMIT);
	buf_init(&errors, LIMIT);
	int rc = process_run(good[_i].argv, good[_i].input, &out, &errors, 0, NULL, &result, &err);
	ck_assert_msg(rc == 0, "%s: %s", good[_i].why, err.text);
	ck_assert_msg(result.status == good[_i].status, "%s: %d", good[_i].why, result.status);
	ck_assert_msg(strcmp(out.data, good[_i].out) == 0, "%s: %s", good[_i].why, out.data);
	ck_assert_msg(strcmp(errors.data, good[_i].errors) == 0, "%s: %s", good[_i].why,
		      errors.data);
	ck_assert_msg(clock_system.monotonic(&clock_system) - start < 10 * NSEC_PER_SEC, "%s",
		      good[_i].why);
}
END_TEST

static const struct {
	const char *why;
	const char *argv[4];
	int64_t deadline;
	enum error_kind kind;
} bad[] = {
	{ "no such program", { "no-such-program", NULL }, 0, ERROR_NOT_FOUND },
	{ "not executable", { "/etc/passwd", NULL }, 0, ERROR_DENIED },
	{ "output without end", SH("while :; do echo yes yes yes; done"), 0, ERROR_LIMIT },
	{ "never ends", SH("sleep 60"), 200 * NSEC_PER_MSEC, ERROR_TIMEOUT },
	{ "never ends and takes no SIGTERM", SH("trap '' TERM; sleep 60"), 200 * NSEC_PER_MSEC,
	  ERROR_TIMEOUT },
};

START_TEST(fails)
{
	struct process_result result = { .status = -7 };
	int64_t start = clock_system.monotonic(&clock_system);
	struct error err = ERROR_INIT;
	scoped_buf out;

	buf_init(&out, LIMIT);
	ck_assert_int_eq(
		process_run(bad[_i].argv, NULL, &out, NULL, bad[_i].deadline, NULL, &result, &err),
		-1);
	ck_assert_msg(err.kind == bad[_i].kind, "%s: %s", bad[_i].why, err.text);
	ck_assert_msg(result.status == -7, "%s: untouched", bad[_i].why);
	ck_assert_msg(clock_system.monotonic(&clock_system) - start < 5 * NSEC_PER_SEC, "%s",
		      bad[_i].why);
	/* Nothing is left to wait for. */
	ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
	ck_assert_int_eq(errno, ECHILD);
}
END_TEST

START_TEST(no_descriptor_leaks_into_it)
{
	static const char *const argv[] = SH("ls /proc/self/fd | wc -l");
	struct process_result result;
	struct error err = ERROR_INIT;
	scoped_buf out;

	/* Not close-on-exec, as what docker left open for us may be. */
	int leak = dup2(0, 200);
	buf_init(&out, LIMIT);
	ck_assert_int_eq(process_run(argv, NULL, &out, NULL, 0, NULL, &result, &err), 0);
	close(leak);
	/* 0, 1, 2 and the directory that ls reads. */
	ck_assert_str_eq(out.data, "4\n");
}
END_TEST

START_TEST(alone_it_has_nothing_of_ours)
{
	static const char *const argv[] = {
		"/bin/sh", "-c", "cat; pwd; tr '\\0' '\\n' </proc/$$/environ; echo lost >&2", NULL
	};
	static const char *const by_path[] = { "sh", "-c", "exit 0", NULL };
	struct process_result result = { .status = -1 };
	struct error err = ERROR_INIT;
	scoped_buf out;

	setenv("TEST_OF_OURS", "1", 1);
	ck_assert_int_eq(chdir("/tmp"), 0);
	buf_init(&out, LIMIT);
	ck_assert_msg(process_run_alone(argv, "in\n", &out, 0, &result, &err) == 0, "%s", err.text);
	ck_assert_int_eq(result.status, 0);
	ck_assert_str_eq(out.data, "in\n/\n");
	ck_assert_int_eq(process_run_alone(by_path, NULL, &out, 0, &result, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_NOT_FOUND);
}
END_TEST

START_TEST(cancelling_ends_it)
{
	static const char *const argv[] = SH("sleep 60");
	scoped_cancel *cancel = NULL;
	struct process_result result;
	struct error err = ERROR_INIT;
	int64_t start = clock_system.monotonic(&clock_system);

	ck_assert_int_eq(cancel_open(&cancel, NULL, &err), 0);
	pid_t pid = fork();
	if (pid == 0) {
		poll(NULL, 0, 200);
		kill(getppid(), SIGINT);
		_exit(0);
	}
	ck_assert_int_eq(process_run(argv, NULL, NULL, NULL, 0, cancel, &result, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_CANCELLED);
	ck_assert_int_lt(clock_system.monotonic(&clock_system) - start, 5 * NSEC_PER_SEC);
	waitpid(pid, NULL, 0);
}
END_TEST

START_TEST(talks_over_a_socket)
{
	static const char *const argv[] = SH("read l; echo got $l; echo said >&2");
	struct error err = ERROR_INIT;
	char text[64];
	size_t len = 0;
	int errors[2], pair[2], status;
	ssize_t n;

	ck_assert_int_eq(pipe(errors), 0);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	pid_t pid = process_on_socket(argv, pair[1], errors[1], &err);
	ck_assert_msg(pid > 0, "%s", err.text);
	close(errors[1]);
	close(pair[1]);
	int fd = pair[0];
	ck_assert_int_eq(getsid(pid), pid);
	ck_assert_int_eq(write(fd, "word\n", 5), 5);
	while ((n = read(fd, text + len, sizeof(text) - len - 1)) > 0)
		len += (size_t)n;
	text[len] = '\0';
	ck_assert_str_eq(text, "got word\n");
	ck_assert_int_eq(read(errors[0], text, 5), 5);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	close(fd);
}
END_TEST

START_TEST(nobody_to_talk_to)
{
	static const char *const argv[] = { "no-such-program", NULL };
	struct error err = ERROR_INIT;

	ck_assert_int_eq(process_on_socket(argv, 0, 2, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_NOT_FOUND);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("process");
	TCase *t = tcase_create("process");

	tcase_add_loop_test(t, runs, 0, (int)array_len(good));
	tcase_add_loop_test(t, fails, 0, (int)array_len(bad));
	tcase_add_test(t, no_descriptor_leaks_into_it);
	tcase_add_test(t, alone_it_has_nothing_of_ours);
	tcase_add_test(t, cancelling_ends_it);
	tcase_add_test(t, talks_over_a_socket);
	tcase_add_test(t, nobody_to_talk_to);
	suite_add_tcase(s, t);
	return s;
}
