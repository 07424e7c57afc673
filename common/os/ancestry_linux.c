/* SPDX-License-Identifier: Apache-2.0 */
#ifdef __linux__
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#include "common/codec/proc_stat.h"
#include "common/os/ancestry_look.h"

#define STATUS_MAX   4096
#define DELETED_MARK " (deleted)"

/* Appends "/proc/7/stat" to path: no memory, no failure but a path too long to exist. */
#define path_of(path, proc, pid, name) \
	((size_t)snprintf(path, sizeof(path), "%s/%ld/%s", proc, (long)(pid), name) < sizeof(path))

/* One read: what the kernel makes while we read would not be of one moment else. */
static ssize_t read_once(const char *proc, pid_t pid, const char *name, char *out, size_t room)
{
	char path[PATH_MAX];
	ssize_t n;
	int fd;

	if (!path_of(path, proc, pid, name))
		return -1;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0)
		return -1;
	do
		n = read(fd, out, room);
	while (n < 0 && errno == EINTR);
	close(fd);
	return n;
}

/* "Uid:\treal\teffective\t..." of /proc/PID/status. */
static uid_t real_uid(const char *proc, pid_t pid)
{
	char text[STATUS_MAX + 1];
	ssize_t n = read_once(proc, pid, "status", text, STATUS_MAX);
	unsigned long uid;

	if (n <= 0)
		return (uid_t)-1;
	text[n] = '\0';
	const char *line = strstr(text, "\nUid:");

	return line && sscanf(line, "\nUid: %lu", &uid) == 1 ? (uid_t)uid : (uid_t)-1;
}

static void read_exe(struct ancestor *out, const char *proc, pid_t pid)
{
	static const size_t mark = sizeof(DELETED_MARK) - 1;
	char path[PATH_MAX], target[PATH_MAX];

	if (!path_of(path, proc, pid, "exe"))
		return;
	ssize_t n = readlink(path, target, sizeof(target));

	/* Cut, or of another mount namespace: not a path to go by. */
	if (n <= 0 || (size_t)n == sizeof(target) || target[0] != '/')
		return;
	if ((size_t)n > mark && memcmp(target + n - mark, DELETED_MARK, mark) == 0) {
		out->deleted = true;
		n -= (ssize_t)mark;
	}
	out->exe = xstrndup(target, (size_t)n);
}

static void read_argv(struct ancestor *out, const char *proc, pid_t pid)
{
	char *bytes = xmalloc(ANCESTRY_ARGV_MAX + 1);
	ssize_t n = read_once(proc, pid, "cmdline", bytes, ANCESTRY_ARGV_MAX + 1);

	if (n > ANCESTRY_ARGV_MAX) {
		out->argv_cut = true;
		n = ANCESTRY_ARGV_MAX;
	}
	if (n > 0)
		ancestry_argv(out, bytes, (size_t)n, SIZE_MAX);
	free(bytes);
}

int ancestry_look(const char *proc, pid_t pid, struct ancestor *out, struct ancestry_link *link)
{
	char text[PROC_STAT_MAX];
	ssize_t n = read_once(proc, pid, "stat", text, sizeof(text));
	struct error err = ERROR_INIT;
	struct proc_stat stat;

	if (n <= 0 || proc_stat_parse(&stat, text, (size_t)n, &err) < 0 || stat.pid != pid ||
	    stat.ppid > INT_MAX)
		return -1;
	*link = (struct ancestry_link){ (pid_t)stat.ppid, stat.started };
	if (!out)
		return 0;
	out->uid = real_uid(proc, pid);
	read_exe(out, proc, pid);
	read_argv(out, proc, pid);
	return 0;
}
#else
extern int ancestry_elsewhere;
#endif
