/* SPDX-License-Identifier: Apache-2.0 */
#include "common/client/secret_file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/alloc.h"
#include "common/base/clock.h"
#include "common/client/files.h"

#define TEMPORARY_END ".tmp"
#define MODE_OWNER    (S_IRUSR | S_IWUSR)

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}
#define scoped_fd scoped(close_fd) int

/* Until fd has something, or has ended. */
static int wait_for(int fd, int64_t end, struct error *err)
{
	struct pollfd polled = { .fd = fd, .events = POLLIN };
	int64_t left = end ? end - clock_system.monotonic(&clock_system) : NSEC_PER_SEC;

	if (left <= 0)
		return error_set(err, ERROR_TIMEOUT, 0, "nothing more came in time");
	if (left > NSEC_PER_SEC)
		left = NSEC_PER_SEC;
	if (poll(&polled, 1, (int)(left / NSEC_PER_MSEC) + 1) < 0 && errno != EINTR)
		return error_errno(err, errno, "cannot wait for input");
	return polled.revents != 0;
}

static int read_some(int fd, size_t limit, struct secret *to, struct error *err)
{
	char chunk[8192];
	ssize_t n = read(fd, chunk, sizeof(chunk));
	int rc = n > 0;

	if (n < 0 && errno != EINTR && errno != EAGAIN)
		rc = error_errno(err, errno, "cannot read");
	else if (n < 0)
		rc = 1;
	else if ((size_t)n > limit - to->len)
		rc = error_set(err, ERROR_LIMIT, 0, "more than %zu bytes", limit);
	else
		secret_add(to, chunk, (size_t)n);
	wipe(chunk, sizeof(chunk));
	return rc;
}

int secret_read_fd(int fd, size_t limit, int64_t deadline, struct secret *out, struct error *err)
{
	scoped_secret bytes = { 0 };
	int64_t end = deadline ? clock_system.monotonic(&clock_system) + deadline : 0;
	int rc;

	do {
		rc = wait_for(fd, end, err);
		if (rc > 0)
			rc = read_some(fd, limit, &bytes, err);
		else if (rc == 0)
			rc = 1;
	} while (rc > 0);
	if (rc < 0)
		return -1;
	secret_release(out);
	*out = take_value(bytes);
	return 0;
}

/* --- A file's directory, held open, so that what is looked at is what is used. */

/* name: of the file within it. */
static int open_directory(const char *path, const char **name, struct error *err)
{
	const char *slash = strrchr(path, '/');
	scoped_str dir = !slash ? xstrdup(".") : xstrndup(path, (size_t)(slash - path) + 1);
	int fd;

	*name = slash ? slash + 1 : path;
	if (dir_trusted(dir, err) < 0)
		return -1;
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd >= 0 ? fd : error_errno(err, errno, "open %s", dir);
}

static int make_directory(const char *path, const char **name, struct error *err)
{
	const char *slash = strrchr(path, '/');
	scoped_str dir = slash && slash > path ? xstrndup(path, (size_t)(slash - path)) : NULL;

	if (dir && dir_make(dir, S_IRWXU, err) < 0)
		return -1;
	return open_directory(path, name, err);
}

/* A link, opened with O_NOFOLLOW, is ELOOP on Linux and macOS, and means no loop. */
static int open_error(const char *path, const char *what, struct error *err)
{
	int errnum = errno;

	if (errnum == ELOOP)
		return error_set(err, ERROR_DENIED, errnum,
				 "%s %s: it is a link, and links are not followed here", what,
				 path);
	return error_errno(err, errnum, "%s %s", what, path);
}

/* Opening does not wait: a named pipe would hold us for ever. */
static int open_own(int dir, const char *name, int flags)
{
	return openat(dir, name, flags | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY | O_NONBLOCK,
		      MODE_OWNER);
}

/* --- Reading. */

static int check_private(int fd, const char *path, struct error *err)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return error_errno(err, errno, "read %s", path);
	if (!S_ISREG(st.st_mode))
		return error_set(err, ERROR_DENIED, 0, "read %s: it is not a regular file", path);
	if (st.st_uid != 0 && st.st_uid != geteuid())
		return error_set(err, ERROR_DENIED, 0,
				 "read %s: it belongs to user %lu; copy it or chown it", path,
				 (unsigned long)st.st_uid);
	if (st.st_mode & (S_IRWXG | S_IRWXO))
		return error_set(err, ERROR_DENIED, 0,
				 "read %s: others than its owner may use it; chmod 600 it", path);
	return 0;
}

/* path is for the texts alone. */
static int read_at(int dir, const char *name, const char *path, size_t limit, struct secret *out,
		   struct error *err)
{
	scoped_fd fd = open_own(dir, name, O_RDONLY);

	if (fd < 0)
		return open_error(path, "read", err);
	if (check_private(fd, path, err) < 0)
		return -1;
	if (secret_read_fd(fd, limit, 0, out, err) < 0)
		return error_wrap(err, "read %s", path);
	return 0;
}

int secret_read_file(const char *path, size_t limit, struct secret *out, struct error *err)
{
	const char *name;
	scoped_fd dir = open_directory(path, &name, err);

	return dir < 0 ? -1 : read_at(dir, name, path, limit, out, err);
}

/* --- Through links. */

#define LINKS_MAX 8

/* Where the link leads. Owned. */
static char *target_of(int dir, const char *name, const char *path, struct error *err)
{
	char target[PATH_MAX];
	ssize_t len = readlinkat(dir, name, target, sizeof(target) - 1);

	if (len < 0) {
		error_errno(err, errno, "read %s", path);
		return NULL;
	}
	target[len] = '\0';
	return target[0] == '/' ? xstrdup(target)
				: xasprintf("%.*s%s", (int)(name - path), path, target);
}

/* 1: *path is a link, and becomes where it leads. */
static int read_or_follow(char **path, size_t limit, struct secret *out, struct error *err)
{
	const char *name;
	scoped_fd dir = open_directory(*path, &name, err);
	struct stat st;

	if (dir < 0)
		return -1;
	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISLNK(st.st_mode))
		return read_at(dir, name, *path, limit, out, err);
	if (st.st_uid != 0 && st.st_uid != geteuid())
		return error_set(err, ERROR_DENIED, 0,
				 "read %s: the link belongs to user %lu; name the file itself",
				 *path, (unsigned long)st.st_uid);
	char *target = target_of(dir, name, *path, err);

	if (!target)
		return -1;
	free(*path);
	*path = target;
	return 1;
}

int secret_read_linked(const char *path, size_t limit, struct secret *out, struct error *err)
{
	scoped_str at = xstrdup(path);

	for (int links = 0; links <= LINKS_MAX; links++) {
		int rc = read_or_follow(&at, limit, out, err);

		if (rc < 0 && links)
			return error_wrap(err, "%s", path);
		if (rc <= 0)
			return rc;
	}
	return error_set(err, ERROR_DENIED, ELOOP, "read %s: more than %d links", path, LINKS_MAX);
}

/* --- Replacing. */

static int write_all(int fd, const struct secret *data)
{
	size_t done = 0;

	while (done < data->len) {
		ssize_t n = write(fd, data->data + done, data->len - done);

		if (n < 0 && errno != EINTR)
			return -1;
		done += n > 0 ? (size_t)n : 0;
	}
	return 0;
}

/* ".name.1234.5f3a.tmp": hidden, and found again by what lies around the numbers. */
static char *temporary_name(const char *name)
{
	int64_t now = clock_system.now(&clock_system);

	return xasprintf(".%s.%ld.%lx" TEMPORARY_END, name, (long)getpid(), (unsigned long)now);
}

static bool is_temporary(const char *entry, const char *name)
{
	size_t len = strlen(entry), name_len = strlen(name), end_len = strlen(TEMPORARY_END);

	return len > name_len + end_len + 1 && entry[0] == '.' &&
	       strncmp(entry + 1, name, name_len) == 0 && entry[name_len + 1] == '.' &&
	       strcmp(entry + len - end_len, TEMPORARY_END) == 0;
}

static int refuse_odd(int dir, const char *name, const char *path, struct error *err)
{
	struct stat st;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0) {
		if (errno == ENOENT)
			return 0;
		return error_errno(err, errno, "write %s", path);
	}
	if (S_ISREG(st.st_mode))
		return 0;
	return error_set(err, ERROR_DENIED, 0, "write %s: %s", path,
			 S_ISLNK(st.st_mode) ? "it is a link, and links are not followed here"
					     : "it is not a regular file");
}

int secret_replace_file(const char *path, const struct secret *data, struct error *err)
{
	const char *name;
	scoped_fd dir = make_directory(path, &name, err);

	if (dir < 0 || refuse_odd(dir, name, path, err) < 0)
		return -1;
	scoped_str temporary = temporary_name(name);
	scoped_fd fd = open_own(dir, temporary, O_WRONLY | O_CREAT | O_EXCL);

	if (fd < 0)
		return error_errno(err, errno, "write %s", path);
	/* The umask may have taken the owner's bits. */
	if (fchmod(fd, MODE_OWNER) < 0 || write_all(fd, data) < 0 || fsync(fd) < 0 ||
	    renameat(dir, temporary, dir, name) < 0) {
		int errnum = errno;

		unlinkat(dir, temporary, 0);
		return error_errno(err, errnum, "write %s", path);
	}
	/* Some file systems cannot do this; there is nothing better to do then. */
	(void)fsync(dir);
	return 0;
}

/* --- Locking. */

static void close_dir(DIR **dir)
{
	if (*dir)
		closedir(*dir);
}

/* Whoever made one is dead: the living wait for the lock. They hold secrets that are to be gone
 * after an erase, too. */
static void sweep(int dir, const char *name)
{
	int copy = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	scoped(close_dir) DIR *entries = copy >= 0 ? fdopendir(copy) : NULL;
	const struct dirent *entry;

	while (entries && (entry = readdir(entries)) != NULL)
		if (is_temporary(entry->d_name, name))
			unlinkat(dir, entry->d_name, 0);
}

#define PAUSE_MAX 40 /* ms */

/* Pauses are of different lengths, so that many who wait do not wake together, and grow. */
static int wait_for_lock(int fd, const char *path, int64_t deadline, struct error *err)
{
	int64_t end = clock_system.monotonic(&clock_system) + deadline;
	int pause = 1 + (int)(getpid() % 7);

	while (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return error_errno(err, errno, "lock %s", path);
		if (clock_system.monotonic(&clock_system) >= end)
			return error_set(err, ERROR_BUSY, 0,
					 "%s is locked by another process for too long", path);
		poll(NULL, 0, pause);
		pause = pause < PAUSE_MAX ? pause + pause / 2 + 1 : PAUSE_MAX;
	}
	return 0;
}

int secret_lock_file(const char *path, int64_t deadline, struct error *err)
{
	const char *name;
	struct stat st;
	scoped_fd dir = make_directory(path, &name, err);

	if (dir < 0)
		return -1;
	scoped_str lock = xasprintf("%s.lock", name);
	scoped_fd fd = open_own(dir, lock, O_RDWR | O_CREAT);

	if (fd < 0 || fstat(fd, &st) < 0)
		return open_error(path, "lock", err);
	if (!S_ISREG(st.st_mode))
		return error_set(err, ERROR_DENIED, 0, "lock %s: %s is not a regular file", path,
				 lock);
	if (wait_for_lock(fd, path, deadline, err) < 0)
		return -1;
	sweep(dir, name);
	return take_fd(fd);
}
