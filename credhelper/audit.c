/* SPDX-License-Identifier: Apache-2.0 */
#include "credhelper/audit.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "common/codec/json.h"
#include "common/codec/timefmt.h"
#include "credhelper/local_file.h"
#include "credhelper/serve.h"

#define RECORD_MAX 16384
/* Of a writer that is just adding its line, in steps of 10 ms: a helper that waits for a log holds
 * up docker. */
#define LOCK_TRIES 100

/* --- The record. */

/* Of bytes that are no text, "?" is kept. */
static void add_text(json_t *line, const char *name, const char *text)
{
	if (!text)
		return;
	json_t *value = json_string(text);

	json_object_set_new(line, name, value ? value : json_string("?"));
}

static void add_caller(json_t *line, const struct ancestor *caller)
{
	if (!caller)
		return;
	add_text(line, "exe", caller->exe);
	json_object_set_new(line, "pid", json_integer(caller->pid));
	if (caller->uid != (uid_t)-1)
		json_object_set_new(line, "uid", json_integer(caller->uid));
	json_object_set_new(line, "started", json_integer((json_int_t)caller->started));
}

static int add_piece(const char *text, size_t len, void *out)
{
	buf_add(out, text, len);
	return 0;
}

void audit_format(const struct audit_record *record, struct buf *out)
{
	char time[TIME_TEXT];
	scoped_json *line = json_object();

	add_text(line, "time", time_format_rfc3339(time, record->time, 1));
	add_text(line, "action", record->action);
	add_text(line, "registry", record->registry);
	add_caller(line, record->caller);
	add_text(line, "verb", record->verb);
	add_text(line, "class", record->class);
	add_text(line, "verdict", record->verdict);
	add_text(line, "reason", record->reason);
	add_text(line, "gate", record->gate);
	add_text(line, "sealed", record->sealed);
	(void)!json_dump_callback(line, add_piece, out, JSON_COMPACT | JSON_ENSURE_ASCII);
	buf_char(out, '\n');
}

/* --- The file. */

static int lock(int fd, const char *path, struct error *err)
{
	const struct timespec pause = { 0, 10000000 };

	for (int i = 0; i < LOCK_TRIES; i++) {
		if (flock(fd, LOCK_EX | LOCK_NB) == 0)
			return 0;
		if (errno != EWOULDBLOCK && errno != EINTR)
			return error_errno(err, errno, "lock %s", path);
		nanosleep(&pause, NULL);
	}
	return error_set(err, ERROR_BUSY, 0, "%s: somebody holds its lock", path);
}

/* The file that has this name, locked: another of us may have moved it away in between. */
static int open_locked(const char *path, struct stat *st, struct error *err)
{
	for (int i = 0; i < LOCK_TRIES; i++) {
		struct stat now;
		scoped_fd fd = open(path,
				    O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK |
					    O_CLOEXEC | O_NOCTTY,
				    0600);

		if (fd < 0 || fstat(fd, st) < 0)
			return error_errno(err, errno, "write %s", path);
		if (!S_ISREG(st->st_mode))
			return error_set(err, ERROR_INPUT, 0, "%s is no regular file", path);
		if (lock(fd, path, err) < 0)
			return -1;
		if (lstat(path, &now) == 0 && now.st_ino == st->st_ino && now.st_dev == st->st_dev)
			return fstat(fd, st) < 0 ? error_errno(err, errno, "write %s", path)
						 : take_fd(fd);
	}
	return error_set(err, ERROR_BUSY, 0, "%s is moved away all the time", path);
}

static int move_away(const char *path, struct error *err)
{
	scoped_str old = xasprintf("%s.1", path);

	return rename(path, old) < 0 ? error_errno(err, errno, "rename %s", path) : 0;
}

static int append(const char *path, int64_t most, const struct buf *line, struct error *err)
{
	struct stat st;
	scoped_fd fd = open_locked(path, &st, err);

	if (fd < 0)
		return -1;
	if (st.st_size > 0 && st.st_size + (int64_t)line->len > most) {
		if (move_away(path, err) < 0)
			return -1;
		fd_close(&fd);
		fd = open_locked(path, &st, err);
		if (fd < 0)
			return -1;
	}
	/* One write: a line is there whole or, on a full disk, cut and told. */
	ssize_t n = write(fd, line->data, line->len);

	if (n < 0)
		return error_errno(err, errno, "write %s", path);
	if ((size_t)n < line->len)
		return error_set(err, ERROR_IO, ENOSPC, "write %s: the disk is full", path);
	return 0;
}

/* --- Both kinds. */

static const struct policy_file *who_says(const struct policy *policy)
{
	const struct policy_file *const files[] = { policy->system, policy->user };

	for (size_t i = 0; i < array_len(files); i++)
		if (files[i] && files[i]->audit != AUDIT_OFF)
			return files[i];
	return NULL;
}

bool audit_is_on(const struct policy *policy)
{
	return who_says(policy) != NULL;
}

int audit_check(const struct policy *policy, struct error *err)
{
	const struct policy_file *file = who_says(policy);
	struct stat st;

	if (!file || file->audit != AUDIT_FILE)
		return 0;
	const char *path = file->audit_file;
	size_t above = (size_t)(strrchr(path, '/') - path);
	scoped_str folder = xstrndup(path, above ? above : 1);

	if (access(folder, W_OK | X_OK) < 0)
		return error_errno(err, errno, "write to %s", folder);
	if (lstat(path, &st) < 0)
		return 0;
	if (!S_ISREG(st.st_mode))
		return error_set(err, ERROR_INPUT, 0, "%s is no regular file", path);
	return access(path, W_OK) < 0 ? error_errno(err, errno, "write %s", path) : 0;
}

static void tell(const struct world *world, const struct error *err)
{
	scoped_str line = xasprintf("pushgate: the audit log was not written: %s\n", err->text);

	if (write(world->err, line, strlen(line)) < 0)
		return; /* there is nowhere left to say it */
}

void audit_write(const struct world *world, const struct policy *policy,
		 const struct audit_record *record)
{
	const struct policy_file *file = who_says(policy);
	struct error err = ERROR_INIT;
	scoped_buf line = { 0 };

	if (!file)
		return;
	buf_init(&line, RECORD_MAX);
	audit_format(record, &line);
	if (file->audit == AUDIT_SYSLOG) {
		openlog(SERVE_NAME, LOG_PID, LOG_AUTHPRIV);
		syslog(LOG_NOTICE, "%.*s", (int)(line.len - (line.len > 0)), line.data);
		closelog();
		return;
	}
	if (append(file->audit_file, file->audit_max, &line, &err) < 0)
		tell(world, &err);
}
