/* SPDX-License-Identifier: Apache-2.0 */
#include "common/client/files.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "common/base/alloc.h"
#include "common/base/clock.h"

#define PIPE_DEADLINE (30 * NSEC_PER_SEC)

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}
#define scoped_fd scoped(close_fd) int

/* Opening does not wait: a named pipe without a writer would hold us for ever. */
static int open_to_read(const char *path, int flags, struct stat *st, struct error *err)
{
	scoped_fd fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | flags);

	if (fd < 0 || fstat(fd, st) < 0)
		return error_errno(err, errno, "read %s", path);
	return take_fd(fd);
}

/* Waits until a pipe has something; regular files always have. */
static int wait_readable(int fd, const char *path, int64_t end, struct error *err)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	int64_t left = end - clock_system.monotonic(&clock_system);
	int n = left > 0 ? poll(&p, 1, (int)(left / NSEC_PER_MSEC) + 1) : 0;

	if (n == 0)
		return error_set(err, ERROR_TIMEOUT, 0, "read %s: nothing came for 30 s", path);
	if (n < 0 && errno != EINTR)
		return error_errno(err, errno, "read %s", path);
	return 0;
}

static int read_all(int fd, const char *path, size_t limit, struct buf *out, struct error *err)
{
	int64_t end = clock_system.monotonic(&clock_system) + PIPE_DEADLINE;
	size_t total = 0;
	char chunk[16384];

	for (;;) {
		ssize_t n = read(fd, chunk, sizeof(chunk));

		if (n == 0)
			return 0;
		if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
			if (wait_readable(fd, path, end, err) < 0)
				return -1;
			continue;
		}
		if (n < 0)
			return error_errno(err, errno, "read %s", path);
		total += (size_t)n;
		buf_add(out, chunk, (size_t)n);
		if (total > limit || buf_failed(out))
			return error_set(err, ERROR_LIMIT, 0, "read %s: larger than %zu bytes",
					 path, limit);
	}
}

/* read_all() into out, or nothing of it. */
static int read_whole(int fd, const char *path, size_t limit, struct buf *out, struct error *err)
{
	scoped_buf bytes;

	buf_init(&bytes, limit);
	if (read_all(fd, path, limit, &bytes, err) < 0)
		return -1;
	buf_add(out, bytes.data, bytes.len);
	if (buf_failed(out))
		return error_set(err, ERROR_LIMIT, 0, "read %s: too large", path);
	return 0;
}

int file_read(const char *path, size_t limit, struct buf *out, struct error *err)
{
	struct stat st = { 0 };
	scoped_fd fd = open_to_read(path, 0, &st, err);

	if (fd < 0)
		return -1;
	if (!S_ISREG(st.st_mode) && !S_ISFIFO(st.st_mode))
		return error_set(err, ERROR_INPUT, 0, "read %s: it is %s, not a file", path,
				 S_ISDIR(st.st_mode) ? "a directory" : "a device or socket");
	return read_whole(fd, path, limit, out, err);
}

static int check_trust(const char *path, const struct stat *st, struct error *err)
{
	if (st->st_uid != 0 && st->st_uid != geteuid())
		return error_set(err, ERROR_DENIED, 0,
				 "%s belongs to user %lu: only files of yours or of root are "
				 "trusted; copy it or chown it",
				 path, (unsigned long)st->st_uid);
	if ((st->st_mode & (S_IWGRP | S_IWOTH)) == 0)
		return 0;
	if (S_ISDIR(st->st_mode) && (st->st_mode & S_ISVTX))
		return 0;
	return error_set(err, ERROR_DENIED, 0, "%s may be written by others; chmod go-w it", path);
}

/* Every directory above: whoever may write one of them can put another file in place. */
static int check_parents(const char *path, struct error *err)
{
	scoped_str dir = xstrdup(path);
	char *slash;

	while ((slash = strrchr(dir, '/')) != NULL) {
		struct stat st;

		slash[slash == dir] = '\0';
		if (stat(dir, &st) < 0)
			return error_errno(err, errno, "look at %s", dir);
		if (check_trust(dir, &st, err) < 0)
			return -1;
		if (slash == dir)
			break;
	}
	return 0;
}

static void free_libc(char **p)
{
	free(*p);
}

int file_read_trusted(const char *path, size_t limit, struct buf *out, struct error *err)
{
	scoped(free_libc) char *real = realpath(path, NULL);
	struct stat st;

	if (!real)
		return error_errno(err, errno, "read %s", path);
	if (check_parents(real, err) < 0)
		return -1;

	scoped_fd fd = open_to_read(real, O_NOFOLLOW, &st, err);
	if (fd < 0)
		return -1;
	if (!S_ISREG(st.st_mode))
		return error_set(err, ERROR_INPUT, 0, "read %s: it is not a regular file", path);
	if (check_trust(real, &st, err) < 0)
		return -1;
	return read_whole(fd, path, limit, out, err);
}

int dir_trusted(const char *path, struct error *err)
{
	scoped(free_libc) char *real = realpath(path, NULL);
	struct stat st;

	if (!real || stat(real, &st) < 0)
		return error_errno(err, errno, "look at %s", path);
	if (check_trust(real, &st, err) < 0)
		return -1;
	return check_parents(real, err);
}

static int write_all(int fd, const void *data, size_t len)
{
	const char *at = data;

	while (len > 0) {
		ssize_t n = write(fd, at, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		at += n;
		len -= (size_t)n;
	}
	return 0;
}

static int write_into(const char *path, const void *data, size_t len, struct error *err)
{
	scoped_fd fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);

	if (fd < 0 || write_all(fd, data, len) < 0)
		return error_errno(err, errno, "write %s", path);
	return 0;
}

/* A new name in the same directory, made exclusively; *name is the caller's. */
static int open_temporary(const char *path, mode_t mode, char **name, struct error *err)
{
	const char *slash = strrchr(path, '/');
	int dir_len = slash ? (int)(slash - path) + 1 : 0;

	for (unsigned attempt = 0; attempt < 100; attempt++) {
		struct timespec now;

		clock_gettime(CLOCK_REALTIME, &now);
		scoped_str candidate = xasprintf("%.*s.%s.%ld.%lx.tmp", dir_len, path,
						 path + dir_len, (long)getpid(),
						 (unsigned long)now.tv_nsec + attempt);
		int fd = open(candidate, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
			      mode);
		if (fd >= 0) {
			*name = take_ptr(candidate);
			return fd;
		}
		if (errno != EEXIST)
			break;
	}
	return error_errno(err, errno, "write %s", path);
}

/* The rename itself must be on the disk too, so that a crash right after keeps the new file. */
static void sync_directory(const char *path)
{
	const char *slash = strrchr(path, '/');
	scoped_str dir = !slash ? xstrdup(".") : xstrndup(path, (size_t)(slash - path) + 1);
	scoped_fd fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	/* Some file systems cannot do this; there is nothing better to do then. */
	if (fd >= 0)
		(void)fsync(fd);
}

/* Gives what was written its name. */
typedef int name_fn(const char *temporary, const char *path);

static int write_then(name_fn *give_name, const char *path, const void *data, size_t len,
		      mode_t mode, struct error *err)
{
	scoped_str temporary = NULL;
	scoped_fd fd = open_temporary(path, mode, &temporary, err);

	if (fd < 0)
		return -1;
	if (write_all(fd, data, len) < 0 || fsync(fd) < 0 || give_name(temporary, path) < 0) {
		int errnum = errno;

		unlink(temporary);
		if (errnum == EEXIST)
			return error_set(err, ERROR_CONFLICT, errnum, "write %s: it is there",
					 path);
		return error_errno(err, errnum, "write %s", path);
	}
	sync_directory(path);
	return 0;
}

/* The name is taken only where it is free. */
static int name_new(const char *temporary, const char *path)
{
	struct stat st;

	if (link(temporary, path) == 0) {
		unlink(temporary);
		return 0;
	}
	if (errno != EPERM && errno != EOPNOTSUPP && errno != ENOSYS)
		return -1;
	/* No hard links here. */
	if (lstat(path, &st) == 0) {
		errno = EEXIST;
		return -1;
	}
	return rename(temporary, path);
}

int file_replace_itself(const char *path, const void *data, size_t len, mode_t mode,
			struct error *err)
{
	return write_then(rename, path, data, len, mode, err);
}

int file_create(const char *path, const void *data, size_t len, mode_t mode, struct error *err)
{
	return write_then(name_new, path, data, len, mode, err);
}

static int no_directory(const char *path, const struct stat *st, struct error *err)
{
	if (!S_ISDIR(st->st_mode))
		return 0;
	return error_set(err, ERROR_INPUT, EISDIR, "write %s: it is a directory", path);
}

int file_replace(const char *path, const void *data, size_t len, mode_t mode, struct error *err)
{
	struct stat st;

	if (stat(path, &st) == 0) {
		if (no_directory(path, &st, err) < 0)
			return -1;
		/* Renaming over /dev/stdout or /dev/null would break the machine. */
		if (!S_ISREG(st.st_mode))
			return write_into(path, data, len, err);
	}
	scoped(free_libc) char *real = realpath(path, NULL);
	return file_replace_itself(real ? real : path, data, len, mode, err);
}

int file_replaceable(const char *path, struct error *err)
{
	struct stat st;

	if (stat(path, &st) == 0) {
		if (no_directory(path, &st, err) < 0)
			return -1;
		/* Opening a pipe would wait for its reader. */
		if (!S_ISREG(st.st_mode))
			return access(path, W_OK) == 0 ? 0
						       : error_errno(err, errno, "write %s", path);
	}
	scoped(free_libc) char *real = realpath(path, NULL);
	scoped_str temporary = NULL;
	scoped_fd fd = open_temporary(real ? real : path, 0600, &temporary, err);

	if (fd < 0)
		return -1;
	unlink(temporary);
	return 0;
}

int dir_make(const char *path, mode_t mode, struct error *err)
{
	scoped_str part = xstrdup(path);

	for (char *at = part;; at++) {
		char was = *at;

		if (was != '/' && was != '\0')
			continue;
		*at = '\0';
		if (*part && mkdir(part, mode) < 0 && errno != EEXIST) {
			/* A read-only parent that is there answers EROFS or EACCES. */
			struct stat st;
			int errnum = errno;

			if (stat(part, &st) < 0 || !S_ISDIR(st.st_mode))
				return error_errno(err, errnum, "make directory %s", path);
		}
		if (was == '\0')
			break;
		*at = was;
	}

	struct stat st;
	if (stat(path, &st) < 0)
		return error_errno(err, errno, "make directory %s", path);
	if (!S_ISDIR(st.st_mode))
		return error_errno(err, ENOTDIR, "make directory %s", path);
	return 0;
}

int dir_home(char **out, struct error *err)
{
	const char *home = getenv("HOME");
	struct passwd entry, *found = NULL;
	char room[4096];

	if (home && home[0] == '/') {
		*out = xstrdup(home);
		return 0;
	}
	int errnum = getpwuid_r(geteuid(), &entry, room, sizeof(room), &found);
	if (!found || found->pw_dir[0] != '/')
		return error_set(err, ERROR_NOT_FOUND, errnum,
				 "no home directory: HOME is not set and the password database has "
				 "none; set HOME");
	*out = xstrdup(found->pw_dir);
	return 0;
}

static int xdg_dir(char **out, const char *variable, const char *below_home, const char *name,
		   struct error *err)
{
	const char *base = getenv(variable);
	scoped_str home = NULL;

	if (base && base[0] == '/') {
		*out = xasprintf("%s/%s", base, name);
		return 0;
	}
	if (dir_home(&home, err) < 0)
		return -1;
	*out = xasprintf("%s/%s/%s", home, below_home, name);
	return 0;
}

int dir_state(char **out, const char *name, struct error *err)
{
	return xdg_dir(out, "XDG_STATE_HOME", ".local/state", name, err);
}

int dir_config(char **out, const char *name, struct error *err)
{
	return xdg_dir(out, "XDG_CONFIG_HOME", ".config", name, err);
}

static int busy_error(int fd, const char *path, struct error *err)
{
	char text[24];
	ssize_t n = pread(fd, text, sizeof(text) - 1, 0);
	long pid;

	text[n > 0 ? n : 0] = '\0';
	pid = strtol(text, NULL, 10);
	if (pid > 0)
		return error_set(err, ERROR_BUSY, 0, "%s is locked by process %ld", path, pid);
	return error_set(err, ERROR_BUSY, 0, "%s is locked by another process", path);
}

/* Whether the path still leads to the file that was locked. */
static bool still_there(int fd, const char *path)
{
	struct stat ours, theirs;

	return fstat(fd, &ours) == 0 && stat(path, &theirs) == 0 && ours.st_dev == theirs.st_dev &&
	       ours.st_ino == theirs.st_ino;
}

int lock_take(const char *path, struct error *err)
{
	for (;;) {
		scoped_fd fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
		char text[24];
		int len;

		if (fd < 0)
			return error_errno(err, errno, "lock %s", path);
		if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
			if (errno == EINTR)
				continue;
			if (errno == EWOULDBLOCK)
				return busy_error(fd, path, err);
			return error_errno(err, errno, "lock %s", path);
		}
		if (!still_there(fd, path))
			continue;
		/* The pid is only for the message that others print. */
		len = snprintf(text, sizeof(text), "%ld\n", (long)getpid());
		if (ftruncate(fd, 0) == 0)
			(void)!pwrite(fd, text, (size_t)len, 0);
		return take_fd(fd);
	}
}
