/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "common/cli/out.h"

#define WIDTH_UNKNOWN 80
#define ANSWER_MAX    64

bool term_is(FILE *stream)
{
	int fd = stream ? fileno(stream) : -1;

	return fd >= 0 && isatty(fd);
}

size_t term_width(FILE *stream)
{
	struct winsize size = { 0 };
	int fd = stream ? fileno(stream) : -1;

	if (fd < 0 || ioctl(fd, TIOCGWINSZ, &size) < 0 || size.ws_col == 0)
		return WIDTH_UNKNOWN;
	return size.ws_col;
}

bool term_colour(FILE *stream, const char *(*env)(const char *name))
{
	const char *no = env("NO_COLOR"), *term = env("TERM");

	return term_is(stream) && !(no && *no) && term && *term && strcmp(term, "dumb") != 0;
}

/* Waits until fd can be read, or wait_fd says stop. */
static int wait_readable(int fd, int wait_fd, struct error *err)
{
	struct pollfd fds[] = { { fd, POLLIN, 0 }, { wait_fd, POLLIN, 0 } };

	while (poll(fds, array_len(fds), -1) < 0)
		if (errno != EINTR)
			return error_errno(err, errno, "waiting for an answer");
	if (fds[1].revents)
		return error_set(err, ERROR_CANCELLED, 0, "cancelled before an answer");
	return 0;
}

/*
 * Byte by byte, so that nothing behind the line is taken from who reads next; the terminal hands
 * out whole lines anyway. A longer line is cut, which makes it no "yes".
 */
static int read_line(int fd, int wait_fd, char line[ANSWER_MAX], bool *ended, struct error *err)
{
	size_t len = 0;
	char c = 0;

	*ended = false;
	while (c != '\n') {
		if (wait_readable(fd, wait_fd, err) < 0)
			return -1;
		ssize_t n = read(fd, &c, 1);

		if (n < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (n < 0 && errno != EIO)
			return error_errno(err, errno, "reading the answer");
		if (n <= 0) {
			*ended = true;
			break;
		}
		if (c != '\n' && len < ANSWER_MAX - 1)
			line[len++] = c;
	}
	line[len] = '\0';
	return 0;
}

static bool means_yes(const char *line)
{
	size_t len;

	line += strspn(line, " \t");
	len = strcspn(line, " \t\r");
	return (len == 1 && strncasecmp(line, "y", 1) == 0) ||
	       (len == 3 && strncasecmp(line, "yes", 3) == 0);
}

int term_ask(FILE *in, FILE *out, const char *question, int wait_fd, bool *yes, struct error *err)
{
	char line[ANSWER_MAX];
	bool ended;

	fprintf(out, "%s [y/N] ", question);
	if (out_flush(out, err) < 0)
		return -1;
	if (read_line(fileno(in), wait_fd, line, &ended, err) < 0) {
		fputc('\n', out);
		return -1;
	}
	/* Nobody pressed Enter, so the line is still the question's. */
	if (ended)
		fputc('\n', out);
	*yes = !ended && means_yes(line);
	return 0;
}
