/* SPDX-License-Identifier: Apache-2.0 */
/* Terminal and progress, on a pseudo-terminal. */
#include "tests/unit/suite.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "common/base/attr.h"
#include "common/cli/out.h"
#include "common/cli/progress.h"

struct pty {
	int master;
	FILE *slave;
};

static struct pty pty_open(unsigned short columns)
{
	struct pty pty = { .master = posix_openpt(O_RDWR | O_NOCTTY) };
	struct winsize size = { .ws_col = columns, .ws_row = 24 };
	struct termios mode;

	ck_assert_int_ge(pty.master, 0);
	ck_assert_int_eq(grantpt(pty.master), 0);
	ck_assert_int_eq(unlockpt(pty.master), 0);
	int fd = open(ptsname(pty.master), O_RDWR | O_NOCTTY);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(tcgetattr(fd, &mode), 0);
	mode.c_lflag &= (tcflag_t) ~(tcflag_t)ECHO;
	mode.c_oflag &= (tcflag_t) ~(tcflag_t)OPOST;
	ck_assert_int_eq(tcsetattr(fd, TCSANOW, &mode), 0);
	ck_assert_int_eq(ioctl(fd, TIOCSWINSZ, &size), 0);
	pty.slave = fdopen(fd, "r+");
	ck_assert_ptr_nonnull(pty.slave);
	return pty;
}

static void pty_close(struct pty *pty)
{
	fclose(pty->slave);
	close(pty->master);
}

/* What the terminal has been sent so far. */
static const char *pty_read(struct pty *pty, char text[4096])
{
	size_t len = 0;
	ssize_t n;

	fcntl(pty->master, F_SETFL, O_NONBLOCK);
	while ((n = read(pty->master, text + len, 4095 - len)) > 0)
		len += (size_t)n;
	text[len] = '\0';
	return text;
}

static const char *env_no_color, *env_term;

static const char *fake_env(const char *name)
{
	return strcmp(name, "NO_COLOR") == 0 ? env_no_color : env_term;
}

static const struct {
	const char *no_color, *term;
	bool colour;
	const char *why;
} colours[] = {
	{ NULL, "xterm", true, "a usual terminal" },
	{ "", "xterm", true, "empty NO_COLOR is not set (no-color.org)" },
	{ "1", "xterm", false, "NO_COLOR" },
	{ NULL, "dumb", false, "a dumb one" },
	{ NULL, NULL, false, "nobody says which one" },
};

START_TEST(colour)
{
	struct pty pty = pty_open(100);
	FILE *file = tmpfile();

	env_no_color = colours[_i].no_color;
	env_term = colours[_i].term;
	ck_assert_msg(term_colour(pty.slave, fake_env) == colours[_i].colour, "%s",
		      colours[_i].why);
	ck_assert_msg(!term_colour(file, fake_env), "never into a file");
	fclose(file);
	pty_close(&pty);
}
END_TEST

START_TEST(widths)
{
	struct pty pty = pty_open(100), unknown = pty_open(0);
	FILE *file = tmpfile();

	ck_assert(term_is(pty.slave) && !term_is(file) && !term_is(NULL));
	ck_assert_uint_eq(term_width(pty.slave), 100);
	ck_assert_uint_eq(term_width(unknown.slave), 80);
	ck_assert_uint_eq(term_width(file), 80);
	ck_assert_uint_eq(term_width(NULL), 80);
	fclose(file);
	pty_close(&pty);
	pty_close(&unknown);
}
END_TEST

static const struct {
	const char *typed;
	bool yes;
	const char *why;
} answers[] = {
	{ "y\n", true, "y" },
	{ "Y\n", true, "Y" },
	{ "yes\n", true, "yes" },
	{ " YeS \r\n", true, "blanks and case" },
	{ "\n", false, "Enter alone is no" },
	{ "n\n", false, "no" },
	{ "ye\n", false, "not quite" },
	{ "yesterday\n", false, "not at all" },
	{ "", false, "end of file is no" },
	{ "y", false, "end of file before Enter is no" },
	{ "                                                                          y\n", false,
	  "a line that is too long is no" },
};

START_TEST(ask)
{
	struct error err = ERROR_INIT;
	bool yes = !answers[_i].yes;
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	int fds[2];

	ck_assert_int_eq(pipe(fds), 0);
	ck_assert_int_eq(write(fds[1], answers[_i].typed, strlen(answers[_i].typed)),
			 (ssize_t)strlen(answers[_i].typed));
	close(fds[1]);
	FILE *in = fdopen(fds[0], "r");

	ck_assert_int_eq(term_ask(in, out, "Remove these?", -1, &yes, &err), 0);
	ck_assert_msg(yes == answers[_i].yes, "%s", answers[_i].why);
	fclose(out);
	ck_assert_ptr_eq(strstr(text, "Remove these? [y/N] "), text);
	free(text);
	fclose(in);
}
END_TEST

/* What follows the answer belongs to who reads next. */
START_TEST(ask_takes_one_line)
{
	struct error err = ERROR_INIT;
	bool yes = false;
	char rest[16] = "";
	FILE *out = fopen("/dev/null", "w");
	int fds[2];

	ck_assert_int_eq(pipe(fds), 0);
	ck_assert_int_eq(write(fds[1], "y\nrest", 6), 6);
	FILE *in = fdopen(fds[0], "r");

	ck_assert_int_eq(term_ask(in, out, "?", -1, &yes, &err), 0);
	ck_assert_int_eq(read(fds[0], rest, sizeof(rest) - 1), 4);
	ck_assert_str_eq(rest, "rest");
	fclose(in);
	close(fds[1]);
	fclose(out);
}
END_TEST

START_TEST(ask_is_cancelled)
{
	struct error err = ERROR_INIT;
	bool yes = true;
	FILE *out = fopen("/dev/null", "w");
	int fds[2], cancel[2];

	ck_assert_int_eq(pipe(fds), 0);
	ck_assert_int_eq(pipe(cancel), 0);
	ck_assert_int_eq(write(cancel[1], "", 1), 1);
	FILE *in = fdopen(fds[0], "r");

	ck_assert_int_eq(term_ask(in, out, "?", cancel[0], &yes, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_CANCELLED);
	ck_assert_msg(yes, "untouched");
	fclose(in);
	fclose(out);
	close(fds[1]);
	close(cancel[0]);
	close(cancel[1]);
}
END_TEST

static int64_t fake_now;

static int64_t fake_monotonic(const struct clock *clock)
{
	(void)clock;
	return fake_now;
}

static const struct clock fake_clock = { fake_monotonic, fake_monotonic };

START_TEST(progress_bar)
{
	struct pty pty = pty_open(80);
	struct progress p;
	char text[4096];

	progress_start(&p, pty.slave, &fake_clock, "removing", 300);
	p.done = 150;
	p.bytes = 1230000000;
	p.skipped = 4;
	p.failed = 1;
	progress_update(&p);
	ck_assert_str_eq(pty_read(&pty, text),
			 "\rremoving  [############............]  150/300  1.23GB  4 skipped  "
			 "1 failed\033[K");
	progress_end(&p);
	ck_assert_str_eq(pty_read(&pty, text), "\r\033[K");
	progress_end(&p);
	ck_assert_str_eq(pty_read(&pty, text), "");
	pty_close(&pty);
}
END_TEST

START_TEST(progress_ten_times_a_second)
{
	struct pty pty = pty_open(80);
	struct progress p;
	char text[4096];
	int draws = 0;

	fake_now = 0;
	progress_start(&p, pty.slave, &fake_clock, "x", 1000);
	for (p.done = 0; p.done < 1000; p.done++) {
		progress_update(&p);
		draws += *pty_read(&pty, text) != '\0';
		fake_now += 10 * NSEC_PER_MSEC;
	}
	ck_assert_int_eq(draws, 100);
	progress_end(&p);
	pty_close(&pty);
}
END_TEST

static const struct {
	unsigned short columns;
	size_t done, total;
	const char *want;
	const char *why;
} bars[] = {
	{ 26, 1, 3, "\rremoving  [##......]  1/3\033[K", "narrow: a short bar" },
	{ 20, 1, 3, "\rremoving  1/3\033[K", "no room for a bar" },
	{ 6, 1, 3, "\rremov\033[K", "no room for anything" },
	{ 80, 0, 0, "\rremoving  [........................]  0/0\033[K", "nothing to do" },
	{ 80, 5, 3, "\rremoving  [########################]  5/3\033[K", "more than planned" },
};

START_TEST(progress_widths)
{
	struct pty pty = pty_open(bars[_i].columns);
	struct progress p;
	char text[4096];

	progress_start(&p, pty.slave, &fake_clock, "removing", bars[_i].total);
	p.done = bars[_i].done;
	progress_update(&p);
	ck_assert_msg(strcmp(pty_read(&pty, text), bars[_i].want) == 0, "%s: %s", bars[_i].why,
		      text + 1);
	pty_close(&pty);
}
END_TEST

START_TEST(progress_is_silent_elsewhere)
{
	FILE *file = tmpfile();
	struct progress p;

	progress_start(&p, file, &fake_clock, "removing", 3);
	progress_update(&p);
	progress_end(&p);
	ck_assert_int_eq(ftell(file), 0);
	progress_start(&p, NULL, &fake_clock, "removing", 3);
	progress_update(&p);
	progress_end(&p);
	fclose(file);
}
END_TEST

START_TEST(json_on_a_terminal)
{
	struct pty pty = pty_open(80);
	struct error err = ERROR_INIT;
	json_t *json = json_pack("{s:s}", "a",
				 "\xc2\x9b"
				 "2J");
	char text[4096];

	ck_assert_int_eq(out_json(pty.slave, json, &err), 0);
	ck_assert_str_eq(pty_read(&pty, text), "{\n  \"a\": \"\\u009B2J\"\n}\n");
	json_decref(json);
	pty_close(&pty);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("term");
	TCase *t = tcase_create("term");

	tcase_add_loop_test(t, colour, 0, array_len(colours));
	tcase_add_test(t, widths);
	tcase_add_loop_test(t, ask, 0, array_len(answers));
	tcase_add_test(t, ask_takes_one_line);
	tcase_add_test(t, ask_is_cancelled);
	tcase_add_test(t, progress_bar);
	tcase_add_test(t, progress_ten_times_a_second);
	tcase_add_loop_test(t, progress_widths, 0, array_len(bars));
	tcase_add_test(t, progress_is_silent_elsewhere);
	tcase_add_test(t, json_on_a_terminal);
	suite_add_tcase(s, t);
	return s;
}
