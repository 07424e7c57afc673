/* SPDX-License-Identifier: Apache-2.0 */
#include "plugins/hygiene/disk.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/base/buf.h"
#include "common/client/files.h"

static void close_dir(DIR **dir)
{
	if (*dir)
		closedir(*dir);
}
#define scoped_dir scoped(close_dir) DIR

/* A link's target, owned; NULL with errno. */
static char *read_link(const char *path)
{
	char target[PATH_MAX];
	ssize_t n = readlink(path, target, sizeof(target));

	return n < 0 ? NULL : xstrndup(target, (size_t)n);
}

static char *link_of(const char *proc, const char *process, const char *name)
{
	scoped_str path = xasprintf("%s/%s/%s", proc, process, name);

	return read_link(path);
}

static bool same_namespace(const char *proc, const char *process)
{
	scoped_str ours = link_of(proc, "self", "ns/mnt");
	scoped_str theirs = link_of(proc, process, "ns/mnt");

	return ours && theirs && strcmp(ours, theirs) == 0;
}

static int check_namespace(const char *proc, pid_t listener, struct error *err)
{
	scoped_str process = xasprintf("%d", (int)listener);
	scoped_str theirs = NULL;

	/* The kernel names a process of a namespace that is not below ours 0. */
	if (listener <= 0)
		return error_set(err, ERROR_UNSUPPORTED, 0,
				 "the engine runs in another process namespace");
	theirs = link_of(proc, process, "ns/mnt");
	if (!theirs && errno == EACCES)
		return error_set(
			err, ERROR_DENIED, EACCES,
			"process %d, which listens for the engine, may only be looked at by "
			"root; try with sudo",
			(int)listener);
	if (!theirs)
		return error_set(
			err, ERROR_UNSUPPORTED, errno,
			"process %d, which listens for the engine, cannot be looked at: %s",
			(int)listener, strerror(errno));
	if (!same_namespace(proc, process))
		return error_set(err, ERROR_UNSUPPORTED, 0,
				 "the engine runs in another mount namespace");
	return 0;
}

static bool is_engine_program(const char *proc, const char *process)
{
	scoped_str exe = link_of(proc, process, "exe");
	const char *name = exe ? strrchr(exe, '/') : NULL;

	/* A package upgrade under a running engine leaves "/usr/bin/dockerd (deleted)". */
	return name &&
	       (strcmp(name, "/dockerd") == 0 || strcmp(name, "/podman") == 0 ||
		strcmp(name, "/dockerd (deleted)") == 0 || strcmp(name, "/podman (deleted)") == 0);
}

static bool has_open_below(const char *proc, const char *process, const char *root)
{
	scoped_str path = xasprintf("%s/%s/fd", proc, process);
	scoped_dir *dir = opendir(path);
	size_t len = strlen(root);
	const struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		scoped_str fd = xasprintf("%s/%s", path, entry->d_name);
		scoped_str target = read_link(fd);

		if (target && strncmp(target, root, len) == 0 && target[len] == '/')
			return true;
	}
	return false;
}

/*
 * Where systemd listens for the engine, the engine is another process: one with the directory's
 * databases open.
 */
static bool some_engine_holds(const char *proc, const char *root)
{
	scoped_dir *dir = opendir(proc);
	const struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		const char *process = entry->d_name;

		if (process[strspn(process, "0123456789")] == '\0' &&
		    is_engine_program(proc, process) && same_namespace(proc, process) &&
		    has_open_below(proc, process, root))
			return true;
	}
	return false;
}

/* 1: it is the engine's; 0: there is none (engines before 23, Podman). */
static int check_engine_id(const struct api_info *info, struct error *err)
{
	scoped_str path = xasprintf("%s/engine-id", info->root_dir);
	struct error failed = ERROR_INIT;
	scoped_buf text;

	buf_init(&text, 1024);
	if (file_read(path, text.limit, &text, &failed) < 0) {
		if (failed.kind == ERROR_NOT_FOUND)
			return 0;
		*err = failed;
		return failed.kind == ERROR_DENIED ? error_hint(err, "try with sudo") : -1;
	}
	text.data[strcspn(text.data, "\n")] = '\0';
	if (!info->id || strcmp(text.data, info->id) != 0)
		return error_set(err, ERROR_UNSUPPORTED, 0, "%s here is another engine's",
				 info->root_dir);
	return 1;
}

int disk_prove(const char *proc, pid_t listener, const struct api_info *info, struct error *err)
{
	scoped_str process = xasprintf("%d", (int)listener);
	int known;

	if (!info->root_dir || info->root_dir[0] != '/')
		return error_set(err, ERROR_UNSUPPORTED, 0,
				 "the engine does not tell where its data is");
	if (check_namespace(proc, listener, err) < 0)
		return -1;
	known = check_engine_id(info, err);
	if (known != 0)
		return known < 0 ? -1 : 0;
	if (access(info->root_dir, F_OK) < 0)
		return error_errno(err, errno, "%s", info->root_dir);
	if (is_engine_program(proc, process) || some_engine_holds(proc, info->root_dir))
		return 0;
	return error_set(err, ERROR_UNSUPPORTED, 0, "no engine of this machine is seen to use %s",
			 info->root_dir);
}

#ifdef SO_PEERCRED
static int listener_of(const char *path, pid_t *pid, struct error *err)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct ucred peer = { 0 };
	socklen_t len = sizeof(peer);
	int fd, rc = 0;

	if (strlen(path) >= sizeof(address.sun_path))
		return error_set(err, ERROR_UNSUPPORTED, 0, "the socket's path is too long");
	memcpy(address.sun_path, path, strlen(path));
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return error_errno(err, errno, "make a socket");
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		rc = error_errno(err, errno, "connect to %s", path);
	else if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) < 0)
		rc = error_errno(err, errno, "ask who listens on %s", path);
	else
		*pid = peer.pid;
	close(fd);
	return rc;
}
#else
static int listener_of(const char *path unused_arg, pid_t *pid unused_arg, struct error *err)
{
	return error_set(err, ERROR_UNSUPPORTED, 0,
			 "this system's engines run in a virtual machine of their own");
}
#endif

int disk_is_local(struct engine *engine, const struct api_info *info, struct error *err)
{
	const struct endpoint *endpoint = engine_endpoint(engine);
	pid_t listener = 0;

	if (endpoint->scheme != ENDPOINT_UNIX)
		return error_set(err, ERROR_UNSUPPORTED, 0,
				 "the engine is not on a unix socket of this machine");
	if (listener_of(endpoint->path, &listener, err) < 0)
		return -1;
	return disk_prove("/proc", listener, info, err);
}
