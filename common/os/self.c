/* SPDX-License-Identifier: Apache-2.0 */
#include "common/os/self.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>
#ifdef __APPLE__
#include <mach-o/dyld.h>
#endif

#include "common/base/alloc.h"

#ifdef __APPLE__

int self_path(char **out, struct error *err)
{
	char path[PATH_MAX];
	uint32_t size = sizeof(path);
	char *real = _NSGetExecutablePath(path, &size) == 0 ? realpath(path, NULL) : NULL;

	if (!real)
		return error_errno(err, errno, "cannot find the path of this program");
	*out = real;
	return 0;
}

#else

int self_path(char **out, struct error *err)
{
	char path[PATH_MAX];
	ssize_t len = readlink("/proc/self/exe", path, sizeof(path) - 1);

	if (len < 0)
		return error_errno(err, errno, "cannot find the path of this program");
	*out = xstrndup(path, (size_t)len);
	return 0;
}

#endif
