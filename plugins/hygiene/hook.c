/* SPDX-License-Identifier: Apache-2.0 */
#include "plugins/hygiene/hook.h"

#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "common/base/alloc.h"
#include "common/base/clock.h"
#include "common/client/docker_config.h"
#include "common/os/ancestry.h"
#include "plugins/hygiene/advice.h"
#include "plugins/hygiene/gate_ask.h"
#include "plugins/hygiene/hook_push.h"

/* A build that just failed has removed its own files again, so a full disk has a little room. */
#define FULL_BELOW_PERCENT 2
#define FULL_BELOW_BYTES   (UINT64_C(256) << 20)

/* It answers in milliseconds, but a keyring that hangs costs it 2 s. */
#define WHY_DEADLINE (3 * NSEC_PER_SEC)

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

/* docker runs the hook itself. What DOCKER_AUTH_CONFIG has goes around every helper. */
static char *push_target(struct cli *cli, const struct plugin_hook *hook)
{
	const char *around = cli->env("DOCKER_AUTH_CONFIG");
	const struct strings none = { 0 };
	scoped_ancestry ancestry = { 0 };
	struct error err = ERROR_INIT;

	if (!hook_push_needs_argv(hook))
		return hook_push_target(hook, &none);
	if ((around && *around) || ancestry_read(&ancestry, "/proc", getpid(), &err) < 0 ||
	    ancestry.count == 0)
		return NULL;
	return hook_push_target(hook, &ancestry.items[0].argv);
}

static void explain_push(struct cli *cli, const struct plugin_hook *hook, struct buf *out)
{
	scoped_str target = push_target(cli, hook);
	scoped_docker_config config = { 0 };
	scoped_gate_view view = { 0 };
	struct error err = ERROR_INIT;

	if (target && docker_config_open(&config, NULL, &err) == 0 &&
	    hook_push_is_ours(config.root, target) &&
	    gate_ask(&view, target, NULL, WHY_DEADLINE, NULL, &err) == 0)
		hook_push_explain(target, &view, out);
}

void hygiene_hook(struct cli *cli, const struct plugin_hook *hook, struct buf *out)
{
	enum advice_disk disk = advice_needs_disk(hook) ? local_disk(cli) : ADVICE_DISK_UNKNOWN;

	if (advice_full_disk(hook, disk))
		buf_str(out, advice_text);
	else
		explain_push(cli, hook, out);
}
