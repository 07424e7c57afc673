/* SPDX-License-Identifier: Apache-2.0 */
#include "common/codec/job_text.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "common/codec/printable.h"
#include "common/codec/utf8.h"

#define CRON_MARK     "# docker-hygiene job: "
#define MINUTES_A_DAY (24 * 60)

int job_time_parse(const char *s, int *hour, int *minute, struct error *err)
{
	int value[2] = { 0, 0 };
	size_t part = 0, digits = 0;

	for (const char *p = s; *p; p++) {
		if (*p == ':' && part == 0 && digits > 0) {
			part = 1;
			digits = 0;
		} else if (*p >= '0' && *p <= '9' && digits < 2) {
			value[part] = value[part] * 10 + (*p - '0');
			digits++;
		} else {
			part = 0;
			break;
		}
	}
	if (part != 1 || digits != 2 || value[0] > 23 || value[1] > 59)
		return error_set(err, ERROR_USAGE, 0,
				 "'%s' is no time of day; write hours and minutes, as in 04:00", s);
	*hour = value[0];
	*minute = value[1];
	return 0;
}

/* As systemd.time(7) has them: their first three letters. */
static const char *const day_names[] = { "",         "Monday", "Tuesday",  "Wednesday",
					 "Thursday", "Friday", "Saturday", "Sunday" };

int job_day_parse(const char *s, enum job_day *day, struct error *err)
{
	for (size_t i = JOB_MONDAY; i < array_len(day_names); i++)
		if (strcasecmp(s, day_names[i]) == 0 ||
		    (strlen(s) == 3 && strncasecmp(s, day_names[i], 3) == 0)) {
			*day = (enum job_day)i;
			return 0;
		}
	return error_set(err, ERROR_USAGE, 0,
			 "'%s' is no day of the week; write it in English, as in monday", s);
}

const char *job_day_name(enum job_day day)
{
	return day_names[day];
}

/* A newline would end the line in unit files and crontabs; nothing we schedule needs one. */
static int check_lines(const struct job *job, const char *what, struct error *err)
{
	const struct strings *lists[] = { &job->argv, &job->env };

	for (size_t i = 0; i < array_len(lists); i++)
		for (size_t j = 0; j < lists[i]->count; j++)
			if (strpbrk(lists[i]->items[j], "\n\r"))
				return error_set(err, ERROR_INPUT, 0,
						 "%s cannot hold a line break: '%s'", what,
						 lists[i]->items[j]);
	return 0;
}

static int finish(const struct buf *out, const char *what, struct error *err)
{
	if (buf_failed(out))
		return error_set(err, ERROR_LIMIT, 0, "%s is too long", what);
	return 0;
}

/*
 * One word of ExecStart= or Environment=, in double quotes: systemd.syntax(7) quoting, "%" doubled
 * because specifiers are expanded everywhere, "$" doubled where variables are (in ExecStart=, but
 * for the first word).
 */
static void systemd_word(struct buf *out, const char *s, bool dollars)
{
	buf_char(out, '"');
	for (; *s; s++) {
		if (*s == '"' || *s == '\\')
			buf_char(out, '\\');
		else if (*s == '%' || (*s == '$' && dollars))
			buf_char(out, *s);
		if (*s == '\t')
			buf_str(out, "\\t");
		else
			buf_char(out, *s);
	}
	buf_char(out, '"');
}

/* systemd leaves out lines that are no UTF-8, and takes these characters in the path of a program
 * for an error, however they are quoted. */
static int check_systemd(const struct job *job, struct error *err)
{
	const struct strings *lists[] = { &job->argv, &job->env };
	char room[PRINTABLE_SHORT];

	if (check_lines(job, "a systemd unit", err) < 0)
		return -1;
	for (size_t i = 0; i < array_len(lists); i++)
		for (size_t j = 0; j < lists[i]->count; j++)
			if (!utf8_is_valid(lists[i]->items[j]))
				return error_set(err, ERROR_INPUT, 0,
						 "a systemd unit holds UTF-8 alone: '%s'",
						 printable_short(room, lists[i]->items[j]));
	for (const char *p = job->argv.items[0]; *p; p++)
		if ((unsigned char)*p < 0x20 || strchr("\"'\\\x7f", *p))
			return error_set(err, ERROR_INPUT, 0,
					 "systemd starts no program whose path holds quotes, "
					 "backslashes or tabs: '%s'",
					 printable_short(room, job->argv.items[0]));
	return 0;
}

/* The head of a unit, with the section [Unit] left open. */
static void systemd_unit(struct buf *out, const struct job *job, const char *more)
{
	buf_fmt(out,
		"# Written by %s; it is overwritten there.\n"
		"[Unit]\nDescription=%s%s\nDocumentation=%s\n",
		job->writer, job->description, more, job->url);
}

int job_systemd_service(const struct job *job, struct buf *out, struct error *err)
{
	if (check_systemd(job, err) < 0)
		return -1;
	systemd_unit(out, job, "");
	if (job->service)
		/* No limit: a machine whose engine is broken for a night still has it tomorrow. */
		buf_str(out, "StartLimitIntervalSec=0\n\n[Service]\nType=exec\n");
	else
		buf_str(out, "After=docker.service\n\n[Service]\nType=oneshot\n");
	for (size_t i = 0; i < job->env.count; i++) {
		buf_str(out, "Environment=");
		systemd_word(out, job->env.items[i], false);
		buf_char(out, '\n');
	}
	buf_str(out, "ExecStart=");
	for (size_t i = 0; i < job->argv.count; i++) {
		if (i > 0)
			buf_char(out, ' ');
		systemd_word(out, job->argv.items[i], i > 0);
	}
	/*
	 * No sandboxing that makes a mount namespace (PrivateTmp= and its like): --free only trusts
	 * what it reads of the disk when it shares the engine's.
	 */
	buf_fmt(out, "\n%sNoNewPrivileges=yes\nStandardOutput=journal\nStandardError=journal\n",
		job->service ? "" : "Nice=10\nIOSchedulingClass=idle\n");
	if (job->service)
		buf_fmt(out,
			"Restart=on-failure\nRestartSec=%d\nRestartPreventExitStatus=125\n"
			"\n[Install]\nWantedBy=default.target\n",
			JOB_RESTART_SECONDS);
	return finish(out, "the systemd service", err);
}

int job_systemd_timer(const struct job *job, struct buf *out, struct error *err)
{
	systemd_unit(out, job, job->day ? ", weekly" : ", daily");
	buf_fmt(out,
		"\n[Timer]\nOnCalendar=%.3s%s*-*-* %02d:%02d:00\nRandomizedDelaySec=%dmin\n"
		"AccuracySec=1min\nPersistent=true\n\n"
		"[Install]\nWantedBy=timers.target\n",
		day_names[job->day], job->day ? " " : "", job->hour, job->minute,
		job->spread_minutes);
	return finish(out, "the systemd timer", err);
}

/* A shell word in single quotes; "%" is cron's own line break, escaped outside the quotes. */
static void cron_word(struct buf *out, const char *s)
{
	buf_char(out, '\'');
	for (; *s; s++) {
		if (*s == '\'')
			buf_str(out, "'\\''");
		else if (*s == '%')
			buf_str(out, "'\\%'");
		else
			buf_char(out, *s);
	}
	buf_char(out, '\'');
}

static void cron_env(struct buf *out, const char *pair)
{
	size_t name = strcspn(pair, "=");

	buf_add(out, pair, name);
	buf_char(out, '=');
	cron_word(out, pair[name] ? pair + name + 1 : "");
	buf_char(out, ' ');
}

/* The day on which it runs after so many midnights. 0 is Sunday's number everywhere. */
static void cron_day(struct buf *out, enum job_day day, int midnights)
{
	if (day == JOB_DAILY)
		buf_str(out, "* ");
	else
		buf_fmt(out, "%d ", ((int)day + midnights) % 7);
}

int job_cron_entry(const struct job *job, const char *user, int minute_offset, const char *logger,
		   struct buf *out, struct error *err)
{
	int minute = job->hour * 60 + job->minute + minute_offset;

	if (job->service)
		return error_set(err, ERROR_UNSUPPORTED, 0, "cron keeps nothing running");
	if (check_lines(job, "a crontab", err) < 0)
		return -1;
	buf_fmt(out, CRON_MARK "%s\n%d %d * * ", job->name, minute % 60, minute / 60 % 24);
	cron_day(out, job->day, minute / MINUTES_A_DAY);
	if (user)
		buf_fmt(out, "%s ", user);
	for (size_t i = 0; i < job->env.count; i++)
		cron_env(out, job->env.items[i]);
	for (size_t i = 0; i < job->argv.count; i++) {
		cron_word(out, job->argv.items[i]);
		buf_char(out, ' ');
	}
	if (logger) {
		buf_str(out, "2>&1 | ");
		cron_word(out, logger);
		buf_fmt(out, " -t %s\n", job->name);
	} else {
		buf_str(out, ">/dev/null 2>&1\n");
	}
	return finish(out, "the crontab entry", err);
}

/* Start of our mark line in the crontab, NULL if there is none. */
static const char *cron_mark(const char *crontab, const char *name)
{
	size_t mark = strlen(CRON_MARK), len = strlen(name);

	for (const char *line = crontab; *line;) {
		const char *end = line + strcspn(line, "\n");

		if ((size_t)(end - line) == mark + len && memcmp(line, CRON_MARK, mark) == 0 &&
		    memcmp(line + mark, name, len) == 0)
			return line;
		line = *end ? end + 1 : end;
	}
	return NULL;
}

const char *job_cron_find(const char *crontab, const char *name, size_t *len)
{
	const char *line = cron_mark(crontab, name);

	if (!line)
		return NULL;
	line += strcspn(line, "\n");
	if (!*line || !line[1])
		return NULL;
	line++;
	*len = strcspn(line, "\n");
	return line;
}

void job_cron_without(const char *crontab, const char *name, struct buf *out)
{
	const char *mark;

	while ((mark = cron_mark(crontab, name))) {
		buf_add(out, crontab, (size_t)(mark - crontab));
		crontab = mark + strcspn(mark, "\n");
		crontab += *crontab != '\0';
		crontab += strcspn(crontab, "\n");
		crontab += *crontab != '\0';
	}
	buf_str(out, crontab);
}

static int plist_string(struct buf *out, const char *s, struct error *err)
{
	buf_str(out, "<string>");
	for (; *s; s++) {
		if (*s == '&')
			buf_str(out, "&amp;");
		else if (*s == '<')
			buf_str(out, "&lt;");
		else if (*s == '>')
			buf_str(out, "&gt;");
		else if ((unsigned char)*s < 0x20 && *s != '\t' && *s != '\n')
			return error_set(err, ERROR_INPUT, 0,
					 "a property list cannot hold control characters");
		else
			buf_char(out, *s);
	}
	buf_str(out, "</string>\n");
	return 0;
}

static int plist_env(struct buf *out, const char *pair, struct error *err)
{
	size_t name = strcspn(pair, "=");

	buf_str(out, "\t\t<key>");
	buf_add(out, pair, name);
	buf_str(out, "</key>\n\t\t");
	return plist_string(out, pair[name] ? pair + name + 1 : "", err);
}

static void plist_when(struct buf *out, const struct job *job)
{
	if (job->service) {
		/* launchd knows no status that is not to be tried again. */
		buf_fmt(out,
			"\t<key>RunAtLoad</key>\n\t<true/>\n"
			"\t<key>KeepAlive</key>\n\t<dict>\n"
			"\t\t<key>SuccessfulExit</key>\n\t\t<false/>\n\t</dict>\n"
			"\t<key>ThrottleInterval</key>\n\t<integer>%d</integer>\n",
			JOB_RESTART_SECONDS);
		return;
	}
	buf_str(out, "\t<key>StartCalendarInterval</key>\n\t<dict>\n");
	if (job->day)
		buf_fmt(out, "\t\t<key>Weekday</key>\n\t\t<integer>%d</integer>\n", job->day);
	buf_fmt(out,
		"\t\t<key>Hour</key>\n\t\t<integer>%d</integer>\n"
		"\t\t<key>Minute</key>\n\t\t<integer>%d</integer>\n\t</dict>\n"
		"\t<key>LowPriorityIO</key>\n\t<true/>\n",
		job->hour, job->minute);
}

int job_launchd_plist(const struct job *job, const char *log, struct buf *out, struct error *err)
{
	buf_fmt(out,
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		"<!DOCTYPE plist PUBLIC \"-//Apple//DTD PLIST 1.0//EN\" "
		"\"http://www.apple.com/DTDs/PropertyList-1.0.dtd\">\n"
		"<plist version=\"1.0\">\n<dict>\n"
		"\t<key>Label</key>\n\t<string>%s</string>\n\t<key>ProgramArguments</key>\n"
		"\t<array>\n",
		job->name);
	for (size_t i = 0; i < job->argv.count; i++) {
		buf_str(out, "\t\t");
		if (plist_string(out, job->argv.items[i], err) < 0)
			return -1;
	}
	buf_str(out, "\t</array>\n\t<key>EnvironmentVariables</key>\n\t<dict>\n");
	for (size_t i = 0; i < job->env.count; i++)
		if (plist_env(out, job->env.items[i], err) < 0)
			return -1;
	buf_str(out, "\t</dict>\n");
	plist_when(out, job);
	for (int i = 0; i < 2; i++) {
		buf_fmt(out, "\t<key>Standard%sPath</key>\n\t", i ? "Error" : "Out");
		if (plist_string(out, log, err) < 0)
			return -1;
	}
	buf_str(out, "</dict>\n</plist>\n");
	return finish(out, "the property list", err);
}
