/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/attr.h"
#include "common/codec/job_text.h"

/* --- times of day */

static const struct {
	const char *text;
	int hour, minute; /* -1: refused */
	const char *why;
} times[] = {
	{ "04:00", 4, 0, "the usual form" },
	{ "4:05", 4, 5, "one digit of hours" },
	{ "00:00", 0, 0, "midnight" },
	{ "23:59", 23, 59, "the last minute" },
	{ "24:00", -1, -1, "there is no hour 24" },
	{ "12:60", -1, -1, "there is no minute 60" },
	{ "4", -1, -1, "minutes are needed: 4 could be anything" },
	{ "4:5", -1, -1, "4:5 is as likely a slip for 4:50" },
	{ "04:00:00", -1, -1, "seconds are not scheduled" },
	{ ":30", -1, -1, "no hours" },
	{ "-4:00", -1, -1, "no signs" },
	{ "", -1, -1, "empty" },
	{ "004:00", -1, -1, "three digits" },
	{ "4:0O", -1, -1, "a letter" },
};

START_TEST(times_of_day)
{
	struct error err = ERROR_INIT;
	int hour = -1, minute = -1;
	int result = job_time_parse(times[_i].text, &hour, &minute, &err);

	ck_assert_msg((result == 0) == (times[_i].hour >= 0), "%s", times[_i].why);
	ck_assert_msg(hour == times[_i].hour && minute == times[_i].minute, "%s", times[_i].why);
	if (result < 0)
		ck_assert_int_eq(err.kind, ERROR_USAGE);
}
END_TEST

/* --- days */

static const struct {
	const char *text;
	enum job_day day; /* JOB_DAILY: refused */
} days[] = {
	{ "monday", JOB_MONDAY },
	{ "Mon", JOB_MONDAY },
	{ "SUNDAY", JOB_SUNDAY },
	{ "sun", JOB_SUNDAY },
	{ "wednesday", JOB_WEDNESDAY },
	{ "thu", JOB_THURSDAY },
	{ "thurs", JOB_DAILY },
	{ "mo", JOB_DAILY },
	{ "1", JOB_DAILY },
	{ "", JOB_DAILY },
	{ "daily", JOB_DAILY },
	{ "mondays", JOB_DAILY },
};

START_TEST(days_of_the_week)
{
	struct error err = ERROR_INIT;
	enum job_day day = JOB_DAILY;
	int result = job_day_parse(days[_i].text, &day, &err);

	ck_assert_msg((result == 0) == (days[_i].day != JOB_DAILY), "%s", days[_i].text);
	ck_assert_msg(day == days[_i].day, "%s", days[_i].text);
	if (result < 0)
		ck_assert_int_eq(err.kind, ERROR_USAGE);
}
END_TEST

START_TEST(all_days_have_their_names)
{
	scoped_str words = xstrdup(JOB_DAYS);
	char *rest = words, *word;
	int expected = JOB_MONDAY;

	while ((word = strsep(&rest, " "))) {
		struct error err = ERROR_INIT;
		enum job_day day;

		ck_assert_int_eq(job_day_parse(word, &day, &err), 0);
		ck_assert_int_eq(day, expected++);
		ck_assert_int_eq(job_day_parse(job_day_name(day), &day, &err), 0);
		ck_assert_int_eq(day, expected - 1);
	}
	ck_assert_int_eq(expected, JOB_SUNDAY + 1);
}
END_TEST

/* --- words that every scheduler must hand over unchanged */

static const char *const words[] = {
	"plain", "two words", "",     "per%cent", "$HOME", "back\\slash", "\"double\"",
	"it's",  "a;b&&c|d",  "`id`", "$(id)",    "\ttab", "#hash",       "*",
	"~",     "<&>",       "%%",   "'\\''",    "üñí",
};

static struct job job_with(const char *word)
{
	struct job job = { .name = "docker-hygiene-prune",
			   .description = "Clean",
			   .url = "man:x",
			   .writer = "docker test",
			   .hour = 4,
			   .minute = 30,
			   .spread_minutes = 30 };

	strings_add(&job.argv, "/bin/printf");
	strings_add(&job.argv, "%s.");
	strings_add(&job.argv, word);
	strings_take(&job.env, xasprintf("WORD=%s", word));
	return job;
}

static void job_done(struct job *job)
{
	strings_release(&job->argv);
	strings_release(&job->env);
}

/* What cron does before the shell sees a line: "\%" is a percent sign. */
static char *cron_command(const char *entry, size_t len)
{
	scoped_str line = xstrndup(entry, len);
	const char *p = line;
	scoped_buf out = { 0 };

	buf_init(&out, 1 << 16);
	for (int field = 0; field < 5; field++)
		p = strchr(p, ' ') + 1;
	for (; *p; p++) {
		ck_assert_msg(*p != '%', "a bare %% would end the command");
		if (p[0] == '\\' && p[1] == '%')
			p++;
		buf_char(&out, *p);
	}
	return buf_take(&out);
}

static char *shell_output(const char *command)
{
	char text[512] = "";
	FILE *pipe = popen(command, "r");

	ck_assert_ptr_nonnull(pipe);
	text[fread(text, 1, sizeof(text) - 1, pipe)] = '\0';
	ck_assert_int_eq(pclose(pipe), 0);
	return xstrdup(text);
}

START_TEST(cron_keeps_words)
{
	struct job job = job_with(words[_i]);
	struct error err = ERROR_INIT;
	scoped_buf text = { 0 };
	size_t len;

	buf_init(&text, 1 << 16);
	ck_assert_int_eq(job_cron_entry(&job, NULL, 0, "/bin/cat", &text, &err), 0);
	const char *entry = job_cron_find(text.data, job.name, &len);
	ck_assert_ptr_nonnull(entry);
	ck_assert_int_eq(strncmp(entry, "30 4 * * * ", 11), 0);
	scoped_str command = cron_command(entry, len);
	/* The line ends in "| LOGGER -t NAME": what would be logged is what we want to see. */
	*strstr(command, " 2>&1 |") = '\0';
	scoped_str output = shell_output(command);
	scoped_str want = xasprintf("%s.", words[_i]);
	ck_assert_str_eq(output, want);
	job_done(&job);
}
END_TEST

/* A reader of systemd.syntax(7) words: quotes, backslash escapes, "%%" and, where variables are
 * expanded (all words of ExecStart but the first), "$$". */
static char *systemd_read(const char *p, bool dollars)
{
	scoped_buf out = { 0 };

	buf_init(&out, 1 << 16);
	ck_assert_int_eq(*p++, '"');
	for (; *p != '"'; p++) {
		ck_assert_int_ne(*p, '\0');
		if (*p == '\\' && p[1] == 't') {
			buf_char(&out, '\t');
			p++;
			continue;
		}
		if (*p == '\\')
			p++;
		else if (*p == '%' || (dollars && *p == '$')) {
			ck_assert_msg(p[1] == *p, "a single %c would be expanded", *p);
			p++;
		}
		buf_char(&out, *p);
	}
	return buf_take(&out);
}

START_TEST(systemd_keeps_words)
{
	struct job job = job_with(words[_i]);
	struct error err = ERROR_INIT;
	scoped_buf text = { 0 };

	free(job.argv.items[1]);
	job.argv.items[1] = xstrdup("-");
	buf_init(&text, 1 << 16);
	ck_assert_int_eq(job_systemd_service(&job, &text, &err), 0);
	const char *arg = strstr(text.data, "\"/bin/printf\" \"-\" ");
	ck_assert_ptr_nonnull(arg);
	scoped_str word = systemd_read(arg + strlen("\"/bin/printf\" \"-\" "), true);
	ck_assert_str_eq(word, words[_i]);
	const char *env = strstr(text.data, "Environment=");
	scoped_str pair = systemd_read(env + strlen("Environment="), false);
	ck_assert_str_eq(pair + strlen("WORD="), words[_i]);
	job_done(&job);
}
END_TEST

/* The path of the program: no variables, and no characters that systemd takes for an error. */
START_TEST(systemd_keeps_the_program)
{
	struct job job = job_with("x");
	struct error err = ERROR_INIT;
	scoped_str path = xasprintf("/opt/%s/p", words[_i]);
	bool fit = !strpbrk(words[_i], "\"'\\\t");
	scoped_buf text = { 0 };

	free(job.argv.items[0]);
	job.argv.items[0] = xstrdup(path);
	buf_init(&text, 1 << 16);
	ck_assert_int_eq(job_systemd_service(&job, &text, &err), fit ? 0 : -1);
	if (fit) {
		scoped_str read = systemd_read(strstr(text.data, "ExecStart=") + 10, false);

		ck_assert_str_eq(read, path);
	} else {
		ck_assert_int_eq(err.kind, ERROR_INPUT);
		ck_assert_uint_eq(text.len, 0);
	}
	job_done(&job);
}
END_TEST

/* systemd leaves such lines out, and with ExecStart= the whole unit. */
START_TEST(systemd_has_utf8_alone)
{
	struct job job = job_with("--host=unix:///\xff");
	struct error err = ERROR_INIT;
	scoped_buf text = { 0 };

	buf_init(&text, 1 << 16);
	ck_assert_int_eq(job_systemd_service(&job, &text, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_INPUT);
	ck_assert_ptr_nonnull(strstr(err.text, "'--host=unix:///?'"));
	ck_assert_uint_eq(text.len, 0);
	job_done(&job);
}
END_TEST

START_TEST(line_breaks_are_refused)
{
	struct job job = job_with("two\nlines");
	struct error err = ERROR_INIT;
	scoped_buf text = { 0 };

	buf_init(&text, 1 << 16);
	ck_assert_int_eq(job_systemd_service(&job, &text, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_INPUT);
	error_clear(&err);
	ck_assert_int_eq(job_cron_entry(&job, NULL, 0, NULL, &text, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_INPUT);
	ck_assert_uint_eq(text.len, 0);
	job_done(&job);
}
END_TEST

START_TEST(timer_says_when)
{
	struct job job = job_with("x");
	struct error err = ERROR_INIT;
	scoped_buf text = { 0 };

	buf_init(&text, 1 << 16);
	ck_assert_int_eq(job_systemd_timer(&job, &text, &err), 0);
	ck_assert_ptr_nonnull(strstr(text.data, "\nOnCalendar=*-*-* 04:30:00\n"));
	ck_assert_ptr_nonnull(strstr(text.data, "\nRandomizedDelaySec=30min\n"));
	ck_assert_ptr_nonnull(strstr(text.data, "\nPersistent=true\n"));
	ck_assert_ptr_nonnull(strstr(text.data, "Description=Clean, daily\n"));
	job_done(&job);
}
END_TEST

START_TEST(timer_says_which_day)
{
	struct job job = job_with("x");
	struct error err = ERROR_INIT;
	scoped_buf text = { 0 };

	buf_init(&text, 1 << 16);
	job.day = JOB_WEDNESDAY;
	ck_assert_int_eq(job_systemd_timer(&job, &text, &err), 0);
	ck_assert_ptr_nonnull(strstr(text.data, "\nOnCalendar=Wed *-*-* 04:30:00\n"));
	ck_assert_ptr_nonnull(strstr(text.data, "Description=Clean, weekly\n"));
	job_done(&job);
}
END_TEST

static const struct {
	enum job_day day;
	int hour, offset;
	const char *want, *why;
} cron_days[] = {
	{ JOB_DAILY, 4, 0, "30 4 * * * ", "each day" },
	{ JOB_DAILY, 23, 60, "30 0 * * * ", "each day is every day's next day" },
	{ JOB_MONDAY, 4, 0, "30 4 * * 1 ", "1 is Monday" },
	{ JOB_SATURDAY, 4, 0, "30 4 * * 6 ", "6 is Saturday" },
	{ JOB_SUNDAY, 4, 0, "30 4 * * 0 ", "7 is not everywhere" },
	{ JOB_MONDAY, 23, 29, "59 23 * * 1 ", "the last minute" },
	{ JOB_MONDAY, 23, 30, "0 0 * * 2 ", "midnight is the next day" },
	{ JOB_SATURDAY, 23, 60, "30 0 * * 0 ", "after Saturday" },
	{ JOB_SUNDAY, 23, 60, "30 0 * * 1 ", "after Sunday" },
	{ JOB_SUNDAY, 12, 720, "30 0 * * 1 ", "the widest spread" },
};

START_TEST(cron_says_which_day)
{
	struct job job = job_with("x");
	struct error err = ERROR_INIT;
	scoped_buf text = { 0 };
	size_t len;

	job.day = cron_days[_i].day;
	job.hour = cron_days[_i].hour;
	buf_init(&text, 1 << 16);
	ck_assert_int_eq(job_cron_entry(&job, NULL, cron_days[_i].offset, NULL, &text, &err), 0);
	const char *entry = job_cron_find(text.data, job.name, &len);
	ck_assert_msg(strncmp(entry, cron_days[_i].want, strlen(cron_days[_i].want)) == 0, "%s: %s",
		      cron_days[_i].why, entry);
	job_done(&job);
}
END_TEST

START_TEST(plist_says_which_day)
{
	struct job job = job_with("x");
	struct error err = ERROR_INIT;
	scoped_buf text = { 0 };

	buf_init(&text, 1 << 16);
	ck_assert_int_eq(job_launchd_plist(&job, "/log", &text, &err), 0);
	ck_assert_ptr_null(strstr(text.data, "Weekday"));
	buf_clear(&text);
	job.day = JOB_SUNDAY;
	ck_assert_int_eq(job_launchd_plist(&job, "/log", &text, &err), 0);
	ck_assert_ptr_nonnull(strstr(text.data, "<dict>\n\t\t<key>Weekday</key>\n"
						"\t\t<integer>7</integer>\n"
						"\t\t<key>Hour</key>\n"));
	job_done(&job);
}
END_TEST

START_TEST(cron_offset_wraps_at_midnight)
{
	struct job job = job_with("x");
	struct error err = ERROR_INIT;
	scoped_buf text = { 0 };
	size_t len;

	job.hour = 23;
	job.minute = 50;
	free(job.argv.items[1]);
	job.argv.items[1] = xstrdup("-");
	buf_init(&text, 1 << 16);
	ck_assert_int_eq(job_cron_entry(&job, "root", 15, NULL, &text, &err), 0);
	const char *entry = job_cron_find(text.data, job.name, &len);
	ck_assert_int_eq(strncmp(entry, "5 0 * * * root WORD='x' ", 24), 0);
	job_done(&job);
}
END_TEST

/* --- other people's crontab lines */

#define OURS "# docker-hygiene job: j\n0 4 * * * 'x'\n"
static const struct {
	const char *crontab, *want;
	const char *why;
} crontabs[] = {
	{ "", "", "empty" },
	{ OURS, "", "only ours" },
	{ "a\n" OURS "b\n", "a\nb\n", "between others" },
	{ "a\n" OURS "b", "a\nb", "no newline at the end" },
	{ OURS OURS, "", "twice (an older one was copied)" },
	{ "# docker-hygiene job: j2\nk\n", "# docker-hygiene job: j2\nk\n", "another job of ours" },
	{ " # docker-hygiene job: j\nk\n", " # docker-hygiene job: j\nk\n", "not our mark" },
	{ "# docker-hygiene job: j", "", "cut after the mark" },
	{ "a\n# docker-hygiene job: j\n", "a\n", "mark without entry" },
};

START_TEST(crontab_of_others_survives)
{
	scoped_buf out = { 0 };

	buf_init(&out, 1 << 16);
	job_cron_without(crontabs[_i].crontab, "j", &out);
	ck_assert_msg(strcmp(out.data, crontabs[_i].want) == 0, "%s: got '%s'", crontabs[_i].why,
		      out.data);
}
END_TEST

START_TEST(plist_escapes)
{
	struct job job = job_with("<a & b>");
	struct error err = ERROR_INIT;
	scoped_buf text = { 0 };

	buf_init(&text, 1 << 16);
	ck_assert_int_eq(job_launchd_plist(&job, "/log", &text, &err), 0);
	ck_assert_ptr_nonnull(strstr(text.data, "<string>&lt;a &amp; b&gt;</string>"));
	ck_assert_ptr_nonnull(strstr(text.data, "<key>WORD</key>"));
	ck_assert_ptr_nonnull(strstr(text.data, "<integer>30</integer>"));
	job_done(&job);

	struct job bad = job_with("bell\a");
	ck_assert_int_eq(job_launchd_plist(&bad, "/log", &text, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_INPUT);
	job_done(&bad);
}
END_TEST

/* --- services */

static const struct {
	bool service;
	const char *text;
	bool there;
	const char *why;
} service_lines[] = {
	{ true, "\n[Service]\nType=exec\n", true, "it runs until it ends, and its start is seen" },
	{ true, "\nRestart=on-failure\nRestartSec=30\n", true, "started again, with patience" },
	{ true, "\nStartLimitIntervalSec=0\n", true, "and never given up" },
	{ true, "\nRestartPreventExitStatus=125\n", true, "wrong words stay wrong" },
	{ true, "\n[Install]\nWantedBy=default.target\n", true, "at login, without a timer" },
	{ true, "network-online", false, "most engines are on this machine" },
	{ true, "After=", false, "a user's manager does not know docker.service" },
	{ true, "Nice=", false, "a wake-up is corrected at once" },
	{ true, "\nNoNewPrivileges=yes\n", true, "it needs none" },
	{ true, "# Written by docker test; ", true, "says who overwrites it" },
	{ false, "[Install]", false, "a daily job is started by its timer" },
	{ false, "Restart", false, "a daily job waits for the next day" },
	{ false, "\nType=oneshot\n", true, "a daily job ends" },
	{ false, "\nNice=10\n", true, "a daily job is in no hurry" },
};

START_TEST(systemd_service_kind)
{
	struct job job = job_with("x");
	struct error err = ERROR_INIT;
	scoped_buf text = { 0 };

	buf_init(&text, 1 << 16);
	job.service = service_lines[_i].service;
	ck_assert_int_eq(job_systemd_service(&job, &text, &err), 0);
	ck_assert_msg(!!strstr(text.data, service_lines[_i].text) == service_lines[_i].there,
		      "%s: %s", service_lines[_i].why, text.data);
	job_done(&job);
}
END_TEST

START_TEST(launchd_service_kind)
{
	struct job job = job_with("x");
	struct error err = ERROR_INIT;
	scoped_buf text = { 0 };

	buf_init(&text, 1 << 16);
	job.service = true;
	ck_assert_int_eq(job_launchd_plist(&job, "/log", &text, &err), 0);
	ck_assert_ptr_nonnull(strstr(text.data, "<key>RunAtLoad</key>\n\t<true/>"));
	ck_assert_ptr_nonnull(strstr(text.data, "<key>KeepAlive</key>"));
	ck_assert_ptr_nonnull(
		strstr(text.data, "<key>ThrottleInterval</key>\n\t<integer>30</integer>"));
	ck_assert_ptr_null(strstr(text.data, "StartCalendarInterval"));
	ck_assert_ptr_null(strstr(text.data, "LowPriorityIO"));
	job_done(&job);
}
END_TEST

START_TEST(cron_has_no_services)
{
	struct job job = job_with("x");
	struct error err = ERROR_INIT;
	scoped_buf text = { 0 };

	buf_init(&text, 1 << 16);
	job.service = true;
	ck_assert_int_eq(job_cron_entry(&job, NULL, 0, NULL, &text, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_UNSUPPORTED);
	ck_assert_uint_eq(text.len, 0);
	job_done(&job);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("job_text");
	TCase *tc = tcase_create("job_text");

	tcase_add_loop_test(tc, times_of_day, 0, array_len(times));
	tcase_add_loop_test(tc, days_of_the_week, 0, array_len(days));
	tcase_add_test(tc, all_days_have_their_names);
	tcase_add_test(tc, timer_says_which_day);
	tcase_add_loop_test(tc, cron_says_which_day, 0, array_len(cron_days));
	tcase_add_test(tc, plist_says_which_day);
	tcase_add_loop_test(tc, cron_keeps_words, 0, array_len(words));
	tcase_add_loop_test(tc, systemd_keeps_words, 0, array_len(words));
	tcase_add_loop_test(tc, systemd_keeps_the_program, 0, array_len(words));
	tcase_add_test(tc, systemd_has_utf8_alone);
	tcase_add_test(tc, line_breaks_are_refused);
	tcase_add_test(tc, timer_says_when);
	tcase_add_test(tc, cron_offset_wraps_at_midnight);
	tcase_add_loop_test(tc, crontab_of_others_survives, 0, array_len(crontabs));
	tcase_add_test(tc, plist_escapes);
	tcase_add_loop_test(tc, systemd_service_kind, 0, array_len(service_lines));
	tcase_add_test(tc, launchd_service_kind);
	tcase_add_test(tc, cron_has_no_services);
	suite_add_tcase(s, tc);
	return s;
}
