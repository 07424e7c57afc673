/* SPDX-License-Identifier: Apache-2.0 */
#include "plugins/hygiene/linelog.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/alloc.h"
#include "common/client/files.h"

static int log_path(char **out, const char *name, struct error *err)
{
	scoped_str dir = NULL;

	if (dir_state(&dir, "docker-hygiene", err) < 0 || dir_make(dir, 0700, err) < 0)
		return -1;
	*out = xasprintf("%s/%s", dir, name);
	return 0;
}

/* Where the newest LINELOG_KEEP lines begin. */
static const char *newest(const struct buf *text)
{
	const char *p = text->data + text->len;
	size_t lines = 0;

	while (p > text->data) {
		if (p[-1] == '\n' && lines++ == LINELOG_KEEP)
			break;
		p--;
	}
	return p;
}

static int cut(const char *path, struct error *err)
{
	scoped_buf text = { 0 };
	const char *from;

	buf_init(&text, LINELOG_LIMIT * 4);
	if (file_read(path, LINELOG_LIMIT * 4, &text, err) < 0)
		return -1;
	from = newest(&text);
	return file_replace(path, from, text.len - (size_t)(from - text.data), 0600, err);
}

int linelog_append(const char *name, const char *line, struct error *err)
{
	scoped_str path = NULL;
	struct stat st;
	ssize_t written;
	int fd;

	if (log_path(&path, name, err) < 0)
		return -1;
	if (stat(path, &st) == 0 && (size_t)st.st_size > LINELOG_LIMIT && cut(path, err) < 0)
		return -1;
	fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return error_errno(err, errno, "cannot open %s", path);
	written = write(fd, line, strlen(line));
	if (written < 0)
		error_errno(err, errno, "cannot write %s", path);
	else if ((size_t)written < strlen(line))
		error_errno(err, ENOSPC, "cannot write %s", path);
	close(fd);
	return error_is_set(err) ? -1 : 0;
}

int linelog_read(const char *name, struct buf *out, struct error *err)
{
	scoped_str path = NULL;

	buf_init(out, LINELOG_LIMIT * 4);
	if (log_path(&path, name, err) < 0)
		return -1;
	if (file_read(path, LINELOG_LIMIT * 4, out, err) < 0) {
		if (err->kind != ERROR_NOT_FOUND)
			return -1;
		error_clear(err);
	}
	return 0;
}
