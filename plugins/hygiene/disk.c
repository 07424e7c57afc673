/* SPDX-License-Identifier: Apache-2.0 */
#include "plugins/hygiene/disk.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "common/base/buf.h"
#include "common/client/process.h"
#include "common/client/ssh.h"
#include "plugins/hygiene/collect.h"

#define SSH_DEADLINE      (30 * NSEC_PER_SEC)
#define SYSTEM_CONTAINERD "/var/lib/containerd"

/*
 * With containerd's store the images are where containerd keeps them: below the engine's directory
 * if the engine started its own containerd, else with the system's.
 */
static char *data_path(const struct api_info *info)
{
	scoped_str own = xasprintf("%s/containerd/daemon/io.containerd.metadata.v1.bolt",
				   info->root_dir);
	struct stat st;

	if (info->containerd_store && stat(own, &st) < 0 && stat(SYSTEM_CONTAINERD, &st) == 0)
		return xstrdup(SYSTEM_CONTAINERD);
	return xstrdup(info->root_dir);
}

/*
 * Total is what df's percentages are of: without the blocks that only root may fill, so that 20 %
 * free is where df says 80 % used.
 */
static int measure_here(const struct api_info *info, int64_t *total, int64_t *available,
			struct error *err)
{
	scoped_str path = data_path(info);
	struct statvfs vfs;
	int64_t unit, used;

	if (statvfs(path, &vfs) < 0)
		return error_errno(err, errno, "%s", path);
	unit = (int64_t)vfs.f_frsize;
	used = (int64_t)vfs.f_blocks - (int64_t)vfs.f_bfree;
	if (unit <= 0 || used < 0 ||
	    __builtin_mul_overflow((int64_t)vfs.f_bavail, unit, available) ||
	    __builtin_mul_overflow(used + (int64_t)vfs.f_bavail, unit, total))
		return error_set(err, ERROR_UNSUPPORTED, 0,
				 "the disk under %s does not tell its size", path);
	return 0;
}

static bool number(const char *word, int64_t *out)
{
	char *end;

	if (!isdigit((unsigned char)*word))
		return false;
	errno = 0;
	*out = strtoll(word, &end, 10);
	return !errno && (!*end || isspace((unsigned char)*end));
}

static const char *next_word(const char *at)
{
	at += strcspn(at, " \t");
	return at + strspn(at, " \t");
}

/*
 * "Filesystem 1024-blocks Used Available Capacity Mounted on" (POSIX). The first and the last may
 * hold blanks, so the three numbers before a percentage are looked for.
 */
static bool parse_df_line(const char *line, int64_t *used, int64_t *available)
{
	int64_t blocks;

	for (const char *at = next_word(line); *at; at = next_word(at)) {
		const char *second = next_word(at), *third = next_word(second);
		const char *percent = next_word(third);

		if (number(at, &blocks) && number(second, used) && number(third, available) &&
		    isdigit((unsigned char)*percent) &&
		    percent[strspn(percent, "0123456789")] == '%')
			return true;
	}
	return false;
}

int disk_parse_df(const char *text, int64_t *total, int64_t *available, struct error *err)
{
	scoped_str copy = xstrdup(text);
	int64_t used = -1, free_kib = -1;
	char *rest = copy, *line;

	while ((line = strsep(&rest, "\n"))) {
		int64_t u, a;

		if (!parse_df_line(line, &u, &a))
			continue;
		if (used >= 0 && (u != used || a != free_kib))
			return error_set(err, ERROR_UNSUPPORTED, 0,
					 "the engine's data is on more than one disk");
		used = u;
		free_kib = a;
	}
	if (used < 0 || used > INT64_MAX / 2048 || free_kib > INT64_MAX / 2048)
		return error_set(err, ERROR_INPUT, 0, "df does not tell the size of the disk");
	*total = (used + free_kib) * 1024;
	*available = free_kib * 1024;
	return 0;
}

/* df prints what it can of several paths, and fails if one is not there. */
static int measure_by_ssh(const struct endpoint *endpoint, const struct api_info *info,
			  int64_t *total, int64_t *available, struct error *err)
{
	struct process_result result = { 0 };
	scoped_strings room = { 0 };
	const char *argv[SSH_ARGV];
	scoped_buf command;
	scoped_buf out;
	scoped_buf said;

	buf_init(&command, 8192);
	buf_init(&out, 65536);
	buf_init(&said, 65536);
	buf_str(&command, "env LC_ALL=C df -Pk -- ");
	ssh_quote(&command, info->root_dir);
	if (info->containerd_store)
		buf_str(&command, " " SYSTEM_CONTAINERD);
	ssh_argv(argv, &room, endpoint, command.data);
	if (process_run(argv, NULL, &out, &said, SSH_DEADLINE, NULL, &result, err) < 0)
		return -1;
	if (result.status != 0 && !(info->containerd_store && out.len))
		return error_set(err, ERROR_UNSUPPORTED, 0, "df over ssh: %.*s",
				 (int)strcspn(said.data, "\n"), said.data);
	return disk_parse_df(out.data, total, available, err);
}

static int measure(struct engine *engine, const struct api_info *info, int64_t *total,
		   int64_t *available, struct error *err)
{
	const struct endpoint *endpoint = engine_endpoint(engine);

	if (endpoint->scheme == ENDPOINT_SSH) {
		if (!info->root_dir || info->root_dir[0] != '/')
			return error_set(err, ERROR_UNSUPPORTED, 0,
					 "the engine does not tell where its data is");
		return measure_by_ssh(endpoint, info, total, available, err);
	}
	if (disk_is_local(engine, info, err) < 0)
		return -1;
	return measure_here(info, total, available, err);
}

int disk_measure(struct engine *engine, const struct api_info *info, int64_t *total,
		 int64_t *available, struct error *err)
{
	int64_t all, left;

	if (measure(engine, info, &all, &left, err) < 0) {
		if (err->kind != ERROR_CANCELLED)
			err->kind = ERROR_UNSUPPORTED;
		error_wrap(err, "the free space of the engine's disk cannot be read");
		return error_hint(err, "use --max-size instead of --free");
	}
	*total = all;
	*available = left;
	return 0;
}
