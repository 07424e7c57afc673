/* SPDX-License-Identifier: Apache-2.0 */
#include "common/cli/prompt.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/select.h>
#include <termios.h>
#include <unistd.h>

#define TERMINAL "/dev/tty"

enum {
	KEY_ETX = 0x03,
	KEY_EOT = 0x04,
	KEY_BS = 0x08,
	KEY_NAK = 0x15,
	KEY_SUB = 0x1a,
	KEY_DEL = 0x7f
};

static const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };

/* The terminal and the signals as they are found, to be put back. */
struct terminal {
	int fd;
	bool changed;
	struct termios before;
	sigset_t mask;
	struct sigaction actions[array_len(signals)], stop;
};

static volatile sig_atomic_t interrupted;

static void on_signal(int number)
{
	interrupted = number;
}

/*
 * Signals come only while the terminal is waited for, so that none falls between looking and
 * waiting. Nobody stops us meanwhile: it would leave a shell behind that shows nothing.
 */
static void catch_signals(struct terminal *t)
{
	struct sigaction action = { .sa_handler = on_signal };
	struct sigaction ignore = { .sa_handler = SIG_IGN };
	sigset_t block;

	interrupted = 0;
	sigemptyset(&block);
	sigemptyset(&action.sa_mask);
	sigemptyset(&ignore.sa_mask);
	for (size_t i = 0; i < array_len(signals); i++) {
		sigaddset(&block, signals[i]);
		sigaction(signals[i], &action, &t->actions[i]);
	}
	sigaction(SIGTSTP, &ignore, &t->stop);
	sigprocmask(SIG_BLOCK, &block, &t->mask);
}

static void release_signals(const struct terminal *t)
{
	for (size_t i = 0; i < array_len(signals); i++)
		sigaction(signals[i], &t->actions[i], NULL);
	sigaction(SIGTSTP, &t->stop, NULL);
	sigprocmask(SIG_SETMASK, &t->mask, NULL);
}

/* Byte by byte: a line of the terminal's own editing ends after 4095 bytes, without a word. */
static int hide(struct terminal *t, struct error *err)
{
	struct termios hidden;

	if (tcgetattr(t->fd, &t->before) < 0)
		return error_errno(err, errno, TERMINAL);
	hidden = t->before;
	hidden.c_lflag &= ~(tcflag_t)(ECHO | ECHONL | ICANON | IEXTEN);
	/* Ctrl-Z would throw away what was typed before it. */
	hidden.c_cc[VSUSP] = _POSIX_VDISABLE;
	hidden.c_cc[VMIN] = 1;
	hidden.c_cc[VTIME] = 0;
	if (tcsetattr(t->fd, TCSAFLUSH, &hidden) < 0)
		return error_errno(err, errno, TERMINAL);
	t->changed = true;
	return 0;
}

static void show_again(struct terminal *t)
{
	if (!t->changed)
		return;
	while (tcsetattr(t->fd, TCSAFLUSH, &t->before) < 0 && errno == EINTR)
		continue;
	t->changed = false;
}

static void say(const struct terminal *t, const char *text)
{
	size_t len = strlen(text);

	if (write(t->fd, text, len) < 0)
		return; /* then nobody is there, and reading says so */
}

static int wait_for_key(const struct terminal *t, struct error *err)
{
	fd_set fds;

	for (;;) {
		if (interrupted)
			return error_set(err, ERROR_CANCELLED, 0, "cancelled");
		FD_ZERO(&fds);
		FD_SET(t->fd, &fds);
		if (pselect(t->fd + 1, &fds, NULL, NULL, NULL, &t->mask) > 0)
			return 0;
		if (errno != EINTR)
			return error_errno(err, errno, "waiting for an answer");
	}
}

/* 1: a byte, 0: the terminal has ended. */
static int read_key(const struct terminal *t, char *c, struct error *err)
{
	for (;;) {
		if (wait_for_key(t, err) < 0)
			return -1;
		ssize_t n = read(t->fd, c, 1);

		if (n >= 0)
			return (int)n;
		if (errno == EIO)
			return 0;
		if (errno != EINTR && errno != EAGAIN)
			return error_errno(err, errno, "reading the answer");
	}
}

/* The last character goes, all bytes of it. */
static void rub_out(struct secret *line)
{
	while (line->len && ((unsigned char)line->data[line->len - 1] & 0xc0) == 0x80)
		line->len--;
	if (line->len)
		line->len--;
}

/* What the terminal would do with it, had it its own editing. True: it was no character. */
static bool edit(const struct terminal *t, bool hidden, char c, struct secret *line)
{
	if (!hidden)
		return false;
	if (c == KEY_BS || c == KEY_DEL || c == (char)t->before.c_cc[VERASE])
		rub_out(line);
	else if (c == KEY_NAK || c == (char)t->before.c_cc[VKILL])
		line->len = 0;
	else if (c != KEY_SUB)
		return false;
	return true;
}

static int read_line(const struct terminal *t, bool hidden, struct secret *line, struct error *err)
{
	char c = 0;

	for (;;) {
		int rc = read_key(t, &c, err);

		if (rc < 0)
			return -1;
		if (rc == 0 || (hidden && (c == KEY_EOT || c == KEY_ETX)))
			return error_set(err, ERROR_CANCELLED, 0, "cancelled");
		if (c == '\n' || c == '\r')
			return 0;
		if (edit(t, hidden, c, line))
			continue;
		if (line->len == PROMPT_MAX)
			return error_set(err, ERROR_LIMIT, 0, "the answer is too long");
		secret_add(line, &c, 1);
	}
}

static int ask(struct terminal *t, const char *question, bool hidden, struct secret *line,
	       struct error *err)
{
	if (hidden && hide(t, err) < 0)
		return -1;
	say(t, question);
	say(t, ": ");
	int rc = read_line(t, hidden, line, err);

	/* Nobody's Enter was shown. */
	if (hidden || rc < 0)
		say(t, "\n");
	show_again(t);
	return rc;
}

int prompt_line(const char *question, bool hidden, struct secret *out, struct error *err)
{
	struct terminal t = { .fd = open(TERMINAL, O_RDWR | O_CLOEXEC | O_NOCTTY) };
	scoped_secret line = { 0 };

	/* select(2) knows no higher ones. */
	if (t.fd >= FD_SETSIZE) {
		close(t.fd);
		t.fd = -1;
	}
	if (t.fd < 0)
		return error_set(err, ERROR_UNSUPPORTED, errno,
				 "there is no terminal to ask \"%s\" on; give it on stdin",
				 question);
	catch_signals(&t);
	int rc = ask(&t, question, hidden, &line, err);

	release_signals(&t);
	close(t.fd);
	if (rc < 0)
		return -1;
	secret_release(out);
	*out = take_value(line);
	return 0;
}
