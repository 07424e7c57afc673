/* SPDX-License-Identifier: Apache-2.0 */
#include "credhelper/cgroup_unit.h"

#include <stdbool.h>
#include <string.h>

#include "common/base/alloc.h"

/* PROC_CGROUP_INIT_INO of the kernel's include/linux/proc_ns.h. */
#define FIRST_SPACE "cgroup:[4026531835]"
#define SUFFIX      ".service"

/* The path of systemd's hierarchy: "0::/..." of version 2, "N:name=systemd:/..." of version 1. Both
 * are there in the hybrid layout, and then systemd's own is the named one. */
static const char *find_path(const char *text)
{
	static const char *const marks[] = { ":name=systemd:", "0::" };

	for (size_t i = 0; i < array_len(marks); i++)
		for (const char *line = text; line; line = strchr(line, '\n')) {
			line += *line == '\n';
			size_t number = marks[i][0] == ':' ? strspn(line, "0123456789") : 0;

			if (strncmp(line + number, marks[i], strlen(marks[i])) == 0)
				return line + number + strlen(marks[i]);
		}
	return NULL;
}

static bool ends_in(const char *part, size_t len, const char *suffix)
{
	size_t n = strlen(suffix);

	return len > n && memcmp(part + len - n, suffix, n) == 0;
}

char *cgroup_unit(const char *space, const char *text)
{
	const char *path = find_path(text);

	if (!path || strcmp(space, FIRST_SPACE) != 0)
		return NULL;
	scoped_str line = xstrndup(path, strcspn(path, "\n"));
	bool slices = true;

	/* "/a.slice/a-b.slice/x.service/...": slices, then the unit, then what it made itself. */
	for (const char *part = line; *part == '/' && slices;) {
		size_t len = strcspn(++part, "/");

		slices = ends_in(part, len, ".slice") && strncmp(part, "user.slice", len) != 0;
		if (ends_in(part, len, SUFFIX))
			return xstrndup(part, len);
		part += len;
	}
	return NULL;
}
