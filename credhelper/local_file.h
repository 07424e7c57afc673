/* SPDX-License-Identifier: Apache-2.0 */
/* Small words about descriptors and paths, for all that keeps files. */
#ifndef CREDHELPER_LOCAL_FILE_H
#define CREDHELPER_LOCAL_FILE_H

#include <errno.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/attr.h"

static inline void fd_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}
#define scoped_fd scoped(fd_close) int

/* Only lstat(2)'s word that nothing has that name: a link to nowhere or a directory that we may not
 * look into hides something. */
static inline bool path_is_absent(const char *path)
{
	struct stat st;

	return lstat(path, &st) < 0 && (errno == ENOENT || errno == ENOTDIR);
}

#endif
