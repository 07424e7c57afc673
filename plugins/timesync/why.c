/* SPDX-License-Identifier: Apache-2.0 */
#include "plugins/timesync/why.h"

#include <string.h>
#include <strings.h>

#include "common/base/sort.h"
#include "common/codec/printable.h"

/* Linux's, as the helper tells them: they are not this machine's. */
#define LINUX_EPERM  1
#define LINUX_EACCES 13

const char *cannot_name(enum cannot cannot)
{
	static const char *const names[] = {
#define CANNOT_NAME(cannot, name) [CANNOT_##cannot] = name,
		CANNOTS(CANNOT_NAME)
#undef CANNOT_NAME
	};

	return names[cannot];
}

/* --- What /info tells. Strings that it does not tell are NULL, and so may info be. */

static bool has(const char *text, const char *part)
{
	return text && strcasestr(text, part);
}

static bool starts(const char *text, const char *part)
{
	return text && strncmp(text, part, strlen(part)) == 0;
}

static bool lists(const struct strings *list, const char *start)
{
	for (size_t i = 0; i < list->count; i++)
		if (starts(list->items[i], start))
			return true;
	return false;
}

static bool is_rootless(const struct api_info *info)
{
	return info && lists(&info->security, "name=rootless");
}

static bool is_desktop(const struct api_info *info)
{
	return info && has(info->operating_system, "Docker Desktop");
}

static bool is_gvisor(const struct api_info *info)
{
	return info && has(info->default_runtime, "runsc");
}

/* Podman's service has no mark of its own in /info but where its storage lies. */
static bool is_podman(const struct api_info *info)
{
	return has(info->root_dir, "/containers/storage");
}

static bool is_wsl(const struct api_info *info)
{
	return info && has(info->kernel_version, "microsoft");
}

/* --- Which of the reasons. */

enum cannot why_info(const struct api_info *info, bool set)
{
	if (info->os_type && strcasecmp(info->os_type, "windows") == 0)
		return CANNOT_WINDOWS;
	if (has(info->default_runtime, "kata"))
		return CANNOT_RUNTIME;
	if (set && is_rootless(info))
		return CANNOT_ROOTLESS;
	if (set && is_gvisor(info))
		return CANNOT_KERNEL;
	return CANNOT_NONE;
}

enum cannot why_hello(const struct session_hello *hello, const struct api_info *info)
{
	if (!hello->init_userns) {
		if (is_rootless(info))
			return CANNOT_ROOTLESS;
		return is_desktop(info) ? CANNOT_ECI : CANNOT_USERNS;
	}
	if (!hello->can_read_timex)
		return is_gvisor(info) ? CANNOT_KERNEL : CANNOT_SECCOMP;
	if (!hello->can_set)
		return CANNOT_CAPABILITY;
	return CANNOT_NONE;
}

enum cannot why_set(const struct session_hello *hello, const struct api_info *info, int error)
{
	enum cannot cannot = why_hello(hello, info);

	if (cannot != CANNOT_NONE)
		return cannot;
	/* The capability is there, but a security module looks at it, too. */
	return error == LINUX_EPERM || error == LINUX_EACCES ? CANNOT_CAPABILITY : CANNOT_KERNEL;
}

/* --- The command that helps. Each is read by a shell when it is run, so that it is not stale. */

#define SET  "sudo date -u -s @$(date +%%s)"
#define STEP "sudo chronyc makestep || sudo systemctl restart systemd-timesyncd"

struct place {
	const struct api_info *info;
	const char *address; /* of the engine; NULL: not known */
};

/*
 * A name that a machine may have. People paste the command into a shell, and the name comes from
 * the engine: anything else is no part of a command.
 */
static bool is_name(const char *text)
{
	return text && *text && *text != '-' &&
	       text[strspn(text,
			   "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")] ==
		       '\0';
}

static bool at_desktop(const struct place *p, struct buf *out)
{
	if (!is_desktop(p->info))
		return false;
	buf_str(out,
		is_wsl(p->info) ? "wsl -d docker-desktop hwclock -s" : "docker desktop restart");
	return true;
}

static bool at_rancher(const struct place *p, struct buf *out)
{
	if (!has(p->info->name, "rancher") && !has(p->info->operating_system, "Rancher Desktop"))
		return false;
	buf_fmt(out, "rdctl shell " SET);
	return true;
}

/* Names as colima gives them: "colima", "colima-PROFILE", by newer ones with lima's own prefix. */
static bool at_colima(const struct place *p, struct buf *out)
{
	const char *name = p->info->name;

	if (starts(name, "lima-"))
		name += 5;
	if (!starts(name, "colima") && !lists(&p->info->labels, "provider=colima"))
		return false;
	buf_str(out, "colima ssh ");
	if (starts(name, "colima-") && is_name(name + 7))
		buf_fmt(out, "-p %s ", name + 7);
	buf_fmt(out, "-- " SET);
	return true;
}

static bool at_lima(const struct place *p, struct buf *out)
{
	if (!starts(p->info->name, "lima-") || !is_name(p->info->name + 5))
		return false;
	buf_fmt(out, "limactl shell %s " SET, p->info->name + 5);
	return true;
}

/* Both label their engine "provider=DRIVER" and name its machine. */
static bool at_minikube(const struct place *p, struct buf *out)
{
	const char *name = p->info->name;

	if (!is_name(name))
		return false;
	if (has(p->info->operating_system, "Boot2Docker")) {
		buf_fmt(out, "docker-machine ssh %s " SET, name);
		return true;
	}
	if (strcmp(name, "minikube") == 0) {
		buf_fmt(out, "minikube ssh -- " SET);
		return true;
	}
	if (!has(p->info->operating_system, "Buildroot") || !lists(&p->info->labels, "provider="))
		return false;
	buf_fmt(out, "minikube ssh -p %s -- " SET, name);
	return true;
}

/* "ssh://me@host:22/path": what ssh(1) wants of it. */
static bool at_ssh(const struct place *p, struct buf *out)
{
	const char *host, *end, *port;

	if (!starts(p->address, "ssh://"))
		return false;
	host = p->address + 6;
	end = host + strcspn(host, "/");
	port = last_char(host, (size_t)(end - host), ':');
	if (port && memchr(port, ']', (size_t)(end - port)))
		port = NULL;
	buf_str(out, "ssh ");
	if (port)
		buf_fmt(out, "-p %.*s ", (int)(end - port - 1), port + 1);
	buf_add(out, host, (size_t)((port ? port : end) - host));
	buf_str(out, " '" STEP "'");
	return true;
}

/* An endpoint of this machine; what stands behind it has another kernel. */
static bool is_local(const char *address)
{
	const char *host = address ? strstr(address, "://") : NULL;
	size_t user;

	if (!host)
		return false;
	host += 3;
	user = strcspn(host, "/@");
	if (host[user] == '@')
		host += user + 1;
	return starts(address, "unix://") || starts(address, "npipe://") || starts(host, "127.") ||
	       starts(host, "localhost") || starts(host, "[::1]");
}

/* Its machine is reached over a socket, or ssh at a port of this machine: tcp is somebody's own. */
static bool at_podman(const struct place *p, struct buf *out)
{
	if (!is_podman(p->info) || !is_local(p->address) || starts(p->address, "tcp://"))
		return false;
	buf_fmt(out, "podman machine ssh -- " SET);
	return true;
}

static bool at_wsl(const struct place *p, struct buf *out)
{
	if (!is_wsl(p->info))
		return false;
	buf_str(out, "wsl -u root hwclock -s");
	return true;
}

static bool known_command(const struct place *place, struct buf *out)
{
	static bool (*const kinds[])(const struct place *, struct buf *) = {
		at_desktop, at_rancher, at_colima, at_minikube, at_lima, at_podman, at_ssh, at_wsl,
	};

	if (!place->info)
		return at_ssh(place, out);
	for (size_t i = 0; i < array_len(kinds); i++)
		if (kinds[i](place, out))
			return true;
	return false;
}

static void say_command(const struct api_info *info, const char *address, struct buf *out)
{
	struct place place = { info, address };
	scoped_buf command = { 0 };

	buf_init(&command, 1 << 12);
	if (known_command(&place, &command))
		buf_fmt(out, "; run: %s", command.data);
	else
		/* A machine on this one has its hardware clock of it; a server keeps its own. */
		buf_fmt(out, "; run there: %s", is_local(address) ? "sudo hwclock -s" : STEP);
}

/* --- The words. */

static void say_architecture(const struct api_info *info, struct buf *out)
{
	char room[PRINTABLE_SHORT];

	buf_str(out, "there is no helper for machines of the engine's architecture");
	if (info && info->architecture)
		buf_fmt(out, " (%s)", printable_short(room, info->architecture));
}

static const char *cause(enum cannot cannot, const struct api_info *info)
{
	switch (cannot) {
	case CANNOT_ROOTLESS:
		return "the engine is rootless, and the kernel lets nobody in a user namespace set "
		       "the clock";
	case CANNOT_USERNS:
		return "containers there run in a user namespace, and the kernel lets nobody in "
		       "one set the clock";
	case CANNOT_ECI:
		return "Docker Desktop's Enhanced Container Isolation puts containers into a user "
		       "namespace, and the kernel lets nobody in one set the clock";
	case CANNOT_SECCOMP:
		return "a seccomp profile there refuses adjtimex(2), even for reading";
	case CANNOT_CAPABILITY:
		return "containers there cannot have the capability SYS_TIME";
	case CANNOT_KERNEL:
		return is_gvisor(info) ? "containers there run on gVisor, which has no call that "
					 "sets the clock"
				       : "the kernel there refuses to set its clock";
	case CANNOT_RUNTIME:
		return "containers there run in virtual machines of their own, whose clock is not "
		       "the engine's";
	case CANNOT_NO_RUN:
		return "the engine does not run the helper's container";
	case CANNOT_WINDOWS:
		return "Windows containers share the clock of their host";
	case CANNOT_SLOW:
		return "the engine did not start the helper's container in time; try again when "
		       "its machine is less busy";
	case CANNOT_ARCHITECTURE:
	case CANNOT_NONE:
		break;
	}
	return "";
}

void why_text(enum cannot cannot, const struct api_info *info, const char *address, struct buf *out)
{
	if (cannot == CANNOT_NONE)
		return;
	if (cannot == CANNOT_ARCHITECTURE)
		say_architecture(info, out);
	else
		buf_str(out, cause(cannot, info));
	if (cannot == CANNOT_WINDOWS)
		buf_str(out, "; run there: w32tm /resync");
	else if (cannot != CANNOT_SLOW)
		say_command(info, address, out);
}

bool why_same_clock(const struct api_info *info, struct buf *out)
{
	if (!is_wsl(info))
		return false;
	buf_str(out, "This machine is WSL2, whose clock falls behind when Windows sleeps. If it is "
		     "wrong, run: sudo hwclock -s (or, in Windows: wsl --shutdown)");
	return true;
}
