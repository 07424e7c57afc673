/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/client/scratch.h"

#include <check.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/client/files.h"

static char dir[4096];

void scratch_make(void)
{
	const char *base = getenv("TMPDIR");
	scoped_str name = xasprintf("%s/client.XXXXXX", base && *base ? base : "/tmp");

	ck_assert_ptr_nonnull(mkdtemp(name));
	ck_assert_ptr_nonnull(realpath(name, dir));
}

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	return remove(path);
}

void scratch_remove(void)
{
	nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

const char *scratch_dir(void)
{
	return dir;
}

char *scratch_path(const char *name)
{
	return xasprintf("%s/%s", dir, name);
}

void scratch_write(const char *name, const char *text, mode_t mode)
{
	scoped_str path = scratch_path(name);
	scoped_str above = xstrndup(path, (size_t)(strrchr(path, '/') - path));
	struct error err = ERROR_INIT;

	ck_assert_msg(dir_make(above, 0755, &err) == 0, "%s", err.text);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	ck_assert_int_eq(fchmod(fd, mode), 0);
	close(fd);
}

char *scratch_read(const char *name)
{
	scoped_str path = scratch_path(name);
	struct error err = ERROR_INIT;
	scoped_buf bytes;

	buf_init(&bytes, (size_t)1 << 20);
	ck_assert_msg(file_read(path, (size_t)1 << 20, &bytes, &err) == 0, "%s", err.text);
	return buf_take(&bytes);
}
