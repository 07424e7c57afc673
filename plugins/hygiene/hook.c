/* SPDX-License-Identifier: Apache-2.0 */
#include "plugins/hygiene/hook.h"

#include <string.h>
#include <sys/statvfs.h>

#include "common/base/alloc.h"
#include "plugins/hygiene/advice.h"

/* A build that just failed has removed its own files again, so a full disk has a little room. */
#define FULL_BELOW_PERCENT 2
#define FULL_BELOW_BYTES   (UINT64_C(256) << 20)

static enum advice_disk disk_of(const char *dir)
{
	struct statvfs fs;

	if (statvfs(dir, &fs) < 0 || fs.f_blocks == 0)
		return ADVICE_DISK_UNKNOWN;
	uint64_t free_bytes = (uint64_t)fs.f_bavail * fs.f_frsize;
	bool low = (double)fs.f_bavail * 100 < (double)fs.f_blocks * FULL_BELOW_PERCENT;
	bool no_inodes = fs.f_files > 0 && fs.f_favail == 0;

	return no_inodes || (low && free_bytes < FULL_BELOW_BYTES) ? ADVICE_DISK_FULL
								   : ADVICE_DISK_ROOM;
}

/* The usual data roots of an engine on this machine: the system's, and a rootless one. */
static enum advice_disk local_disk(struct cli *cli)
{
	const char *host = cli->env("DOCKER_HOST");
	const char *data = cli->env("XDG_DATA_HOME"), *home = cli->env("HOME");
	scoped_str rootless = NULL;

	if (host && *host && strncmp(host, "unix://", 7) != 0)
		return ADVICE_DISK_UNKNOWN;
	if (data && *data)
		rootless = xasprintf("%s/docker", data);
	else if (home && *home)
		rootless = xasprintf("%s/.local/share/docker", home);
	enum advice_disk disk = disk_of("/var/lib/docker");

	return disk == ADVICE_DISK_FULL || !rootless ? disk : disk_of(rootless);
}

void hygiene_hook(struct cli *cli, const struct plugin_hook *hook, struct buf *out)
{
	enum advice_disk disk = advice_needs_disk(hook) ? local_disk(cli) : ADVICE_DISK_UNKNOWN;

	if (advice_full_disk(hook, disk))
		buf_str(out, advice_text);
}
