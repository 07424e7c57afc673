/* SPDX-License-Identifier: Apache-2.0 */
#include "credhelper/config_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/client/docker_config.h"
#include "common/client/secret_file.h"
#include "credhelper/local_file.h"

#define FILE_MODE (S_IRUSR | S_IWUSR)

void config_file_release(struct config_file *file)
{
	free_str(&file->dir);
	free_str(&file->path);
	free_str(&file->real);
	secret_release(&file->bytes);
	config_doc_release(&file->doc);
}

/* --- Reading. */

/* Opening does not wait: a named pipe would hold us for ever. -1 with ERROR_NOT_FOUND: no file. */
static int open_file(const char *path, struct stat *st, struct error *err)
{
	scoped_fd fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

	if (fd < 0 || fstat(fd, st) < 0)
		return error_errno(err, errno, "read %s", path);
	if (!S_ISREG(st->st_mode))
		return error_set(err, ERROR_INPUT, 0, "%s is no regular file", path);
	return take_fd(fd);
}

static int read_bytes(const char *path, struct secret *out, struct stat *st, struct error *err)
{
	scoped_fd fd = open_file(path, st, err);

	if (fd < 0)
		return -1;
	if (secret_read_fd(fd, CONFIG_MAX, 0, out, err) < 0)
		return error_wrap(err, "read %s", path);
	return 0;
}

static void free_libc(char **p)
{
	free(*p);
}

static int read_there(struct config_file *file, struct error *err)
{
	scoped(free_libc) char *real = realpath(file->path, NULL);
	struct stat st;

	if (!real)
		return error_errno(err, errno, "read %s", file->path);
	if (read_bytes(real, &file->bytes, &st, err) < 0)
		return -1;
	file->real = xstrdup(real);
	file->there = true;
	file->mode = st.st_mode & 07777;
	return 0;
}

int config_file_read(struct config_file *out, const char *dir, struct error *err)
{
	*out = (struct config_file){ .mode = FILE_MODE };
	if (docker_config_dir(&out->dir, dir, err) < 0)
		return -1;
	out->path = xasprintf("%s/config.json", out->dir);
	if (path_is_absent(out->path))
		out->real = xstrdup(out->path);
	else if (read_there(out, err) < 0)
		return -1;
	if (config_parse(&out->doc, out->bytes.data, out->bytes.len, err) < 0)
		return error_wrap(err, "%s", out->path);
	return 0;
}

/* --- Replacing. */

/* Somebody may have made, changed or removed it. */
static int check_same(const struct config_file *was, struct error *err)
{
	scoped_secret now = { 0 };
	struct stat st = { 0 };
	scoped(free_libc) char *real = realpath(was->path, NULL);

	if (!was->there && path_is_absent(was->path))
		return 0;
	if (was->there && real && strcmp(real, was->real) == 0) {
		if (read_bytes(real, &now, &st, err) < 0)
			return -1;
		if (secret_equal(&now, &was->bytes) && (st.st_mode & 07777) == was->mode)
			return 0;
	}
	return error_set(err, ERROR_CONFLICT, 0,
			 "%s was changed meanwhile; nothing was changed in it: do it again",
			 was->path);
}

static int check_owner(const struct config_file *was, struct error *err)
{
	struct stat st;

	if (was->there && stat(was->real, &st) == 0 && st.st_uid != geteuid())
		return error_set(err, ERROR_DENIED, 0,
				 "%s belongs to user %lu: who owns it is to do this", was->real,
				 (unsigned long)st.st_uid);
	return 0;
}

static int write_all(int fd, const struct buf *text)
{
	size_t done = 0;

	while (done < text->len) {
		ssize_t n = write(fd, text->data + done, text->len - done);

		if (n < 0 && errno != EINTR)
			return -1;
		done += n > 0 ? (size_t)n : 0;
	}
	return 0;
}

/* What a program that was killed has left may hold secrets; it is ours alone, by the lock. */
static char *temporary_path(const struct config_file *was)
{
	return xasprintf("%s.pushgate-new", was->real);
}

void config_file_tidy(const struct config_file *file)
{
	scoped_str path = temporary_path(file);

	unlink(path);
}

static int write_temporary(const char *path, mode_t mode, const struct buf *text, struct error *err)
{
	if (unlink(path) < 0 && errno != ENOENT)
		return error_errno(err, errno, "remove %s", path);
	scoped_fd fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, FILE_MODE);

	if (fd < 0 || fchmod(fd, mode) < 0 || write_all(fd, text) < 0 || fsync(fd) < 0)
		return error_errno(err, errno, "write %s", path);
	return 0;
}

/* The rename itself must be on the disk too; some file systems cannot do this. */
static void sync_directory(const char *path)
{
	const char *slash = strrchr(path, '/');
	scoped_str dir = xstrndup(path, (size_t)(slash - path) + 1);
	scoped_fd fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd >= 0)
		(void)fsync(fd);
}

static int read_back(const struct config_file *was, const struct buf *text, struct error *err)
{
	const struct secret meant = { text->data, text->len, text->room };
	scoped_secret now = { 0 };
	struct stat st;

	if (read_bytes(was->path, &now, &st, err) < 0)
		return -1;
	if (!secret_equal(&now, &meant))
		return error_set(err, ERROR_CONFLICT, 0, "%s was changed by somebody just now",
				 was->path);
	return 0;
}

static int put(const struct config_file *was, const char *temporary, const struct buf *text,
	       struct error *err)
{
	if (write_temporary(temporary, was->mode, text, err) < 0 || check_same(was, err) < 0)
		return -1;
	if (rename(temporary, was->real) < 0)
		return error_errno(err, errno, "write %s", was->real);
	sync_directory(was->real);
	return read_back(was, text, err);
}

int config_file_replace(const struct config_file *was, const json_t *root, struct error *err)
{
	scoped_str temporary = temporary_path(was);
	scoped_buf text;

	buf_init_wiped(&text, 2 * CONFIG_MAX);
	config_format(root, &text);
	if (buf_failed(&text) || !text.len)
		return error_set(err, ERROR_LIMIT, 0, "%s would be too large", was->path);
	if (check_owner(was, err) < 0)
		return -1;
	if (put(was, temporary, &text, err) == 0)
		return 0;
	unlink(temporary);
	return -1;
}
