/* SPDX-License-Identifier: Apache-2.0 */
/* A child whose controlling terminal is ours asks; we are the person. */
#include "tests/unit/suite.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "common/base/alloc.h"
#include "common/cli/prompt.h"

#define PATIENCE 20000 /* ms, for each thing that is waited for */

/* What the child says of the answer: kind of error, whether the terminal is as it was, bytes. */
struct outcome {
	enum error_kind kind;
	bool restored;
	size_t len;
	char data[PROMPT_MAX];
};

struct person {
	int terminal, report;
	pid_t child;
};

static void write_all(int fd, const void *data, size_t len)
{
	const char *at = data;

	while (len) {
		ssize_t n = write(fd, at, len);

		if (n < 0 && errno == EINTR)
			continue;
		ck_assert_msg(n > 0, "%s", strerror(errno));
		at += n;
		len -= (size_t)n;
	}
}

static void ask(const char *terminal, bool hidden, int report)
{
	static struct outcome out;
	struct error err = ERROR_INIT;
	struct termios before, after;
	scoped_secret answer = { 0 };

	setsid();
	int fd = open(terminal, O_RDWR);

	if (fd < 0 || ioctl(fd, TIOCSCTTY, 0) < 0 || tcgetattr(fd, &before) < 0)
		_exit(1);
	int rc = prompt_line("Secret", hidden, &answer, &err);

	if ((rc < 0) != error_is_set(&err) || tcgetattr(fd, &after) < 0)
		_exit(1);
	out.kind = err.kind;
	out.restored = before.c_lflag == after.c_lflag && before.c_iflag == after.c_iflag &&
		       memcmp(before.c_cc, after.c_cc, sizeof(before.c_cc)) == 0;
	out.len = answer.len;
	if (answer.len)
		memcpy(out.data, answer.data, answer.len);
	write_all(report, &out, sizeof(out));
	secret_release(&answer);
	_exit(0);
}

static void meet(struct person *p, bool hidden)
{
	int fds[2];

	p->terminal = posix_openpt(O_RDWR | O_NOCTTY);
	ck_assert_int_ge(p->terminal, 0);
	ck_assert(grantpt(p->terminal) == 0 && unlockpt(p->terminal) == 0);
	ck_assert_int_eq(pipe(fds), 0);
	scoped_str name = xstrdup(ptsname(p->terminal));

	p->child = fork();
	if (p->child == 0)
		ask(name, hidden, fds[1]);
	close(fds[1]);
	p->report = fds[0];
}

/* What the terminal shows, up to text. The child has set it up once it has asked. */
static void see(const struct person *p, const char *text, char shown[4096])
{
	size_t len = 0;

	shown[0] = '\0';
	while (!strstr(shown, text)) {
		struct pollfd fd = { .fd = p->terminal, .events = POLLIN };

		ck_assert_msg(poll(&fd, 1, PATIENCE) > 0, "waiting for \"%s\": %s", text, shown);
		ssize_t n = read(p->terminal, shown + len, 4095 - len);

		ck_assert_msg(n > 0, "waiting for \"%s\": %s", text, shown);
		len += (size_t)n;
		shown[len] = '\0';
	}
}

static void leave(struct person *p, struct outcome *out)
{
	size_t len = 0;
	int status;

	while (len < sizeof(*out)) {
		ssize_t n = read(p->report, (char *)out + len, sizeof(*out) - len);

		ck_assert_int_gt(n, 0);
		len += (size_t)n;
	}
	ck_assert_int_eq(waitpid(p->child, &status, 0), p->child);
	ck_assert_int_eq(status, 0);
	close(p->report);
	close(p->terminal);
}

static const struct {
	bool hidden;
	const char *typed;
	const char *answer; /* NULL: cancelled */
	const char *why;
} rows[] = {
	{ true, "s3cret\n", "s3cret", "a line" },
	{ true, "s3cret\r", "s3cret", "as the key Enter sends it" },
	{ true, "\n", "", "nothing" },
	{ true, "a b\tc\n", "a b\tc", "blanks" },
	{ true,
	  "sx\x7f"
	  "3cret\n",
	  "s3cret", "the last character is taken back" },
	{ true, "sx\b3cret\n", "s3cret", "with the other key" },
	{ true,
	  "s\xc3\xa4\x7f"
	  "3cret\n",
	  "s3cret", "a character of two bytes" },
	{ true,
	  "\x7f\x7f"
	  "a\n",
	  "a", "more than there is" },
	{ true, "wrong\x15s3cret\n", "s3cret", "the line is taken back" },
	{ true,
	  "a\x1a"
	  "b\n",
	  "ab", "Ctrl-Z leaves no terminal without echo behind" },
	{ true, "abc\x04", NULL, "Ctrl-D" },
	{ true, "abc\x03", NULL, "Ctrl-C" },
	{ true, "abc\x1c", NULL, "Ctrl-\\" },
	{ false, "bob\n", "bob", "shown" },
	{ false, "\x04", NULL, "Ctrl-D where it is shown" },
	{ false, "bo\x03", NULL, "Ctrl-C where it is shown" },
};

START_TEST(typed)
{
	static struct outcome out;
	char shown[4096];
	struct person p;

	meet(&p, rows[_i].hidden);
	see(&p, "Secret: ", shown);
	write_all(p.terminal, rows[_i].typed, strlen(rows[_i].typed));
	leave(&p, &out);
	ck_assert_msg(out.restored, "%s: the terminal is not as it was", rows[_i].why);
	ck_assert_msg(out.kind == (rows[_i].answer ? ERROR_NONE : ERROR_CANCELLED), "%s: %s",
		      rows[_i].why, error_name(out.kind));
	if (rows[_i].answer)
		ck_assert_msg(out.len == strlen(rows[_i].answer) &&
				      memcmp(out.data, rows[_i].answer, out.len) == 0,
			      "%s: %.*s", rows[_i].why, (int)out.len, out.data);
}
END_TEST

START_TEST(echo)
{
	static struct outcome out;

	for (int hidden = 0; hidden < 2; hidden++) {
		char before[4096], shown[4096];
		struct person p;

		meet(&p, hidden);
		see(&p, "Secret: ", before);
		write_all(p.terminal, "s3cret\n", 7);
		see(&p, "\n", shown);
		ck_assert_msg((strstr(shown, "s3cret") == NULL) == hidden, "%s", shown);
		leave(&p, &out);
	}
}
END_TEST

/* The terminal's own editing would end it after 4095 bytes. */
START_TEST(long_answer)
{
	static struct outcome out;
	static const size_t sizes[] = { 5000, PROMPT_MAX, PROMPT_MAX + 1 };

	for (size_t i = 0; i < array_len(sizes); i++) {
		scoped_str text = xmalloc(sizes[i] + 1);
		char shown[4096];
		struct person p;

		memset(text, 'x', sizes[i]);
		text[sizes[i]] = '\n';
		meet(&p, true);
		see(&p, "Secret: ", shown);
		write_all(p.terminal, text, sizes[i] + 1);
		leave(&p, &out);
		ck_assert(out.restored);
		ck_assert_int_eq(out.kind, sizes[i] > PROMPT_MAX ? ERROR_LIMIT : ERROR_NONE);
		ck_assert_uint_eq(out.len, sizes[i] > PROMPT_MAX ? 0 : sizes[i]);
	}
}
END_TEST

START_TEST(signalled)
{
	static const int numbers[] = { SIGTERM, SIGHUP, SIGINT };
	static struct outcome out;

	for (size_t i = 0; i < array_len(numbers); i++) {
		char shown[4096];
		struct person p;

		meet(&p, true);
		see(&p, "Secret: ", shown);
		ck_assert_int_eq(kill(p.child, numbers[i]), 0);
		leave(&p, &out);
		ck_assert_msg(out.kind == ERROR_CANCELLED && out.restored, "signal %d: %s",
			      numbers[i], error_name(out.kind));
	}
}
END_TEST

START_TEST(no_terminal)
{
	pid_t child = fork();
	int status;

	if (child == 0) {
		struct error err = ERROR_INIT;
		scoped_secret answer = { 0 };

		setsid();
		_exit(prompt_line("Secret", true, &answer, &err) < 0 &&
				      err.kind == ERROR_UNSUPPORTED && strstr(err.text, "stdin")
			      ? 0
			      : 1);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("prompt");
	TCase *tcase = tcase_create("prompt");

	tcase_add_loop_test(tcase, typed, 0, (int)array_len(rows));
	tcase_add_test(tcase, echo);
	tcase_add_test(tcase, long_answer);
	tcase_add_test(tcase, signalled);
	tcase_add_test(tcase, no_terminal);
	suite_add_tcase(s, tcase);
	return s;
}
