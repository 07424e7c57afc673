/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/suite.h"

#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/client/cancel.h"
#include "tests/unit/client/scratch.h"

static bool readable(const struct cancel *cancel)
{
	struct pollfd p = { .fd = cancel_fd(cancel), .events = POLLIN };

	return poll(&p, 1, 0) == 1;
}

START_TEST(nothing_asked)
{
	scoped_cancel *cancel = NULL;
	struct error err = ERROR_INIT;

	ck_assert_int_eq(cancel_open(&cancel, NULL, &err), 0);
	ck_assert(!readable(cancel));
	ck_assert(!cancel_requested(cancel));
	ck_assert(!cancel_requested(NULL));
	ck_assert_int_eq(cancel_signal(cancel), 0);
}
END_TEST

static const int numbers[] = { SIGINT, SIGTERM, SIGHUP };

START_TEST(a_signal)
{
	scoped_cancel *cancel = NULL;
	struct error err = ERROR_INIT;

	ck_assert_int_eq(cancel_open(&cancel, "", &err), 0);
	raise(numbers[_i]);
	for (int twice = 0; twice < 2; twice++) {
		ck_assert(readable(cancel));
		ck_assert(cancel_requested(cancel));
		ck_assert_int_eq(cancel_signal(cancel), numbers[_i]);
	}
	ck_assert_int_eq(cancel_error(cancel, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_CANCELLED);
	ck_assert_int_eq(err.code, numbers[_i]);
}
END_TEST

/* Runs body in a child; returns its wait status. */
static int in_child(void (*body)(void))
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		body();
		_exit(0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	return status;
}

static void twice(void)
{
	struct cancel *cancel;
	struct error err = ERROR_INIT;

	if (cancel_open(&cancel, NULL, &err) < 0)
		_exit(1);
	raise(SIGINT);
	raise(SIGINT);
}

START_TEST(the_second_one_ends_the_program)
{
	int status = in_child(twice);

	ck_assert(WIFSIGNALED(status));
	ck_assert_int_eq(WTERMSIG(status), SIGINT);
}
END_TEST

static void ignored(void)
{
	struct cancel *cancel;
	struct error err = ERROR_INIT;

	signal(SIGHUP, SIG_IGN);
	if (cancel_open(&cancel, NULL, &err) < 0)
		_exit(1);
	raise(SIGHUP);
	if (cancel_requested(cancel))
		_exit(2);
}

START_TEST(nohup_stays_nohup)
{
	ck_assert_int_eq(in_child(ignored), 0);
}
END_TEST

static void closed(void)
{
	struct cancel *cancel;
	struct error err = ERROR_INIT;

	signal(SIGTERM, SIG_DFL); /* Check has a handler of its own */
	if (cancel_open(&cancel, NULL, &err) < 0)
		_exit(1);
	cancel_close(&cancel);
	raise(SIGTERM);
}

START_TEST(closing_gives_signals_back)
{
	int status = in_child(closed);

	ck_assert(WIFSIGNALED(status));
	ck_assert_int_eq(WTERMSIG(status), SIGTERM);
}
END_TEST

/* Docker's end: _i 0 an abstract name, 1 a path. */
static int listen_as_docker(int i, char **name)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	size_t len;

	*name = i == 0 ? xasprintf("@docker_cli_test_%ld", (long)getpid()) : scratch_path("socket");
	len = strlen(*name);
	memcpy(address.sun_path, *name, len);
	if (i == 0)
		address.sun_path[0] = '\0';
	ck_assert_int_eq(
		bind(fd, (struct sockaddr *)&address,
		     (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len + (size_t)i)),
		0);
	ck_assert_int_eq(listen(fd, 1), 0);
	return fd;
}

START_TEST(docker_goes_away)
{
	scoped_cancel *cancel = NULL;
	struct error err = ERROR_INIT;
	scoped_str name = NULL;
	int server = listen_as_docker(_i, &name);

	ck_assert_int_eq(cancel_open(&cancel, name, &err), 0);
	int fd = accept(server, NULL, NULL);
	ck_assert_int_ge(fd, 0);
	ck_assert(!readable(cancel));
	ck_assert(!cancel_requested(cancel));
	/* What docker does not do today, and what must not be taken for its end. */
	ck_assert_int_eq(write(fd, "hello", 5), 5);
	ck_assert(!cancel_requested(cancel));
	ck_assert(!readable(cancel));
	close(fd);
	ck_assert(readable(cancel));
	ck_assert(cancel_requested(cancel));
	ck_assert(readable(cancel));
	ck_assert_int_eq(cancel_signal(cancel), 0);
	ck_assert_int_eq(cancel_error(cancel, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_CANCELLED);
	close(server);
}
END_TEST

START_TEST(no_docker_there)
{
	static const char *const names[] = { "@no_such_socket", "/nosuch", "@",
					     ("@aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
					      "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
					      "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa") };

	for (size_t i = 0; i < array_len(names); i++) {
		scoped_cancel *cancel = NULL;
		struct error err = ERROR_INIT;

		ck_assert_int_eq(cancel_open(&cancel, names[i], &err), 0);
		ck_assert(!cancel_requested(cancel));
		ck_assert(!readable(cancel));
	}
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("cancel");
	TCase *t = tcase_create("cancel");

	tcase_add_checked_fixture(t, scratch_make, scratch_remove);
	tcase_add_test(t, nothing_asked);
	tcase_add_loop_test(t, a_signal, 0, (int)array_len(numbers));
	tcase_add_test(t, the_second_one_ends_the_program);
	tcase_add_test(t, nohup_stays_nohup);
	tcase_add_test(t, closing_gives_signals_back);
	tcase_add_loop_test(t, docker_goes_away, 0, 2);
	tcase_add_test(t, no_docker_there);
	suite_add_tcase(s, t);
	return s;
}
