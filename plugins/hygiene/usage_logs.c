/* SPDX-License-Identifier: Apache-2.0 */
#include "plugins/hygiene/usage.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

/*
 * Sum of the regular files in a directory whose names begin so: a log and what it was rotated into
 * ("x-json.log", "x-json.log.1", "x-json.log.2.gz"). -1: the directory cannot be read.
 */
static int64_t sum_files(const char *folder, const char *prefix)
{
	DIR *dir = opendir(folder);
	const struct dirent *entry;
	int64_t sum = 0;

	if (!dir)
		return -1;
	while ((entry = readdir(dir))) {
		scoped_str path = xasprintf("%s/%s", folder, entry->d_name);
		struct stat st;

		if (strncmp(entry->d_name, prefix, strlen(prefix)) == 0 && lstat(path, &st) == 0 &&
		    S_ISREG(st.st_mode))
			sum += st.st_size;
	}
	closedir(dir);
	return sum;
}

static int64_t log_bytes(const struct api_container *c, const struct api_info *info)
{
	scoped_str folder = NULL;
	char *name;
	int64_t sum;

	if (c->log_path && c->log_path[0] == '/') {
		folder = xstrdup(c->log_path);
		name = strrchr(folder, '/');
		*name++ = '\0';
		return sum_files(folder, name);
	}
	/* The "local" driver tells no path; drivers that log elsewhere have no such folder. */
	folder = xasprintf("%s/containers/%s/local-logs", info->root_dir, c->id);
	sum = sum_files(folder, "container.log");
	return sum < 0 && errno == ENOENT ? 0 : sum;
}

void usage_read_logs(int64_t *out, const struct snapshot *snap)
{
	for (size_t i = 0; i < snap->containers.count; i++) {
		const struct api_container *c = &snap->containers.items[i];

		out[i] = c->inspected && snap->info.root_dir ? log_bytes(c, &snap->info) : -1;
	}
}
