/* SPDX-License-Identifier: Apache-2.0 */
#include "common/os/which.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/alloc.h"

static bool is_program(const char *path)
{
	struct stat st;

	return access(path, X_OK) == 0 && stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

char *which(const char *name)
{
	const char *path = getenv("PATH");

	for (path = path ? path : "/usr/bin:/bin"; *path;) {
		size_t len = strcspn(path, ":");
		scoped_str file = xasprintf("%.*s/%s", (int)len, path, name);

		if (path[0] == '/' && is_program(file))
			return take_ptr(file);
		path += len;
		path += *path == ':';
	}
	return NULL;
}
