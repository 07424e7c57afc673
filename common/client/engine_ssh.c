/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ssh:// as docker/cli cli/connhelper does it: each connection is a process
 * "ssh -- HOST docker system dial-stdio" whose stdin and stdout are the connection.
 *
 * libcurl can be given a connected socket (CURL_SOCKOPT_ALREADY_CONNECTED), but some versions
 * connect it all the same (7.88, curl#10626). So it connects, to a socket that only we can reach.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/client/engine_internal.h"
#include "common/client/process.h"
#include "common/client/ssh.h"

#define SAID_LIMIT ((size_t)8 << 10)
#define END_GRACE  (1 * NSEC_PER_SEC)

static void prepare_fd(int fd)
{
	fcntl(fd, F_SETFL, O_NONBLOCK);
	fcntl(fd, F_SETFD, FD_CLOEXEC);
}

/* Takes the socket, and the directory made for it, out of the file system. */
static void remove_path(const char *path)
{
	scoped_str dir = xstrndup(path, (size_t)(strrchr(path, '/') - path));

	unlink(path);
	rmdir(dir);
}

/*
 * A path in a directory that others may not enter. (An abstract name would need none, but libcurl
 * does not keep connections to those: it takes them for not yet resolved, 7.88.) Where there is
 * /proc the path is gone again at once, so that nothing is left behind however we end.
 */
static int bind_listener(struct ssh *ssh)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	const char *base = getenv("TMPDIR");
	bool usable = base && base[0] == '/' && strlen(base) < sizeof(address.sun_path) / 2;
	scoped_str dir = xasprintf("%s/docker-hygiene.XXXXXX", usable ? base : "/tmp");

	if (!mkdtemp(dir))
		return -1;
	ssh->path = xasprintf("%s/s", dir);
	memcpy(address.sun_path, ssh->path, strlen(ssh->path) + 1);
	if (bind(ssh->listener, (struct sockaddr *)&address, sizeof(address)) < 0)
		return -1;
#ifdef O_PATH
	ssh->pin = open(ssh->path, O_PATH | O_CLOEXEC);
	scoped_str pinned = xasprintf("/proc/self/fd/%d", ssh->pin);
	if (ssh->pin >= 0 && access(pinned, W_OK) == 0) {
		remove_path(ssh->path);
		str_replace(&ssh->path, take_ptr(pinned));
	}
#endif
	return 0;
}

int ssh_open(struct ssh *ssh, const struct endpoint *endpoint, struct error *err)
{
	*ssh = (struct ssh){ .pin = -1, .errors = { -1, -1 }, .endpoint = endpoint };
	buf_init(&ssh->said, SAID_LIMIT);
	ssh->listener = socket(AF_UNIX, SOCK_STREAM, 0);
	if (ssh->listener < 0)
		return error_errno(err, errno, "prepare for ssh");
	prepare_fd(ssh->listener);
	if (bind_listener(ssh) < 0 || listen(ssh->listener, SSH_CHILDREN) < 0 ||
	    pipe(ssh->errors) < 0)
		return error_errno(err, errno, "prepare for ssh");
	/* Our end only: the other one is the stderr of programs that expect it to block. */
	prepare_fd(ssh->errors[0]);
	fcntl(ssh->errors[1], F_SETFD, FD_CLOEXEC);
	return 0;
}

/* Takes the processes that have ended off the list. Returns how many are left. */
static size_t reap(struct ssh *ssh)
{
	size_t left = 0;

	for (size_t i = 0; i < array_len(ssh->children); i++) {
		int status;

		if (ssh->children[i] && waitpid(ssh->children[i], &status, WNOHANG) != 0)
			ssh->children[i] = 0;
		left += ssh->children[i] != 0;
	}
	return left;
}

/* The end of what was said is what counts: the older half makes room. */
static void remember(struct buf *said, const char *data, size_t len)
{
	if (said->len + len > SAID_LIMIT) {
		size_t kept = said->len / 2;

		memmove(said->data, said->data + said->len - kept, kept);
		said->len = kept;
	}
	buf_add(said, data, len);
}

static void hear(struct ssh *ssh)
{
	char chunk[1024];
	ssize_t n;

	while ((n = read(ssh->errors[0], chunk, sizeof(chunk))) > 0)
		remember(&ssh->said, chunk, (size_t)n);
}

static void signal_all(const struct ssh *ssh, int number)
{
	for (size_t i = 0; i < array_len(ssh->children); i++)
		if (ssh->children[i])
			kill(ssh->children[i], number);
}

static bool wait_for_all(struct ssh *ssh)
{
	int64_t end = monotonic_now() + END_GRACE;

	while (reap(ssh) > 0) {
		if (monotonic_now() >= end)
			return false;
		hear(ssh);
		poll(NULL, 0, 10);
	}
	return true;
}

void ssh_close(struct ssh *ssh)
{
	if (ssh->listener < 0)
		return;
	/* The end of its input ends dial-stdio, and so ssh; else it is told. */
	if (!wait_for_all(ssh)) {
		signal_all(ssh, SIGTERM);
		if (!wait_for_all(ssh)) {
			signal_all(ssh, SIGKILL);
			wait_for_all(ssh);
		}
	}
	if (ssh->path && strncmp(ssh->path, "/proc/", strlen("/proc/")) != 0)
		remove_path(ssh->path);
	close(ssh->listener);
	if (ssh->pin >= 0)
		close(ssh->pin);
	for (int i = 0; i < 2; i++)
		if (ssh->errors[i] >= 0)
			close(ssh->errors[i]);
	buf_release(&ssh->said);
	free(ssh->path);
	*ssh = (struct ssh){ .listener = -1 };
}

static char *dial_stdio(const struct endpoint *e)
{
	scoped_buf command;

	buf_init(&command, 8192);
	buf_str(&command, "docker");
	if (e->path) {
		scoped_str option = xasprintf("--host=unix://%s", e->path);

		buf_char(&command, ' ');
		ssh_quote(&command, option);
	}
	buf_str(&command, " system dial-stdio");
	return buf_take(&command);
}

/* A process for one connection. Fails into ssh->failed; the closed connection makes it known. */
static void start_child(struct ssh *ssh, int fd)
{
	scoped_strings room = { 0 };
	const char *argv[SSH_ARGV];
	size_t i = 0;

	error_clear(&ssh->failed);
	reap(ssh);
	while (i < array_len(ssh->children) && ssh->children[i])
		i++;
	if (i == array_len(ssh->children)) {
		error_set(&ssh->failed, ERROR_LIMIT, 0, "%zu ssh processes do not end", i);
		return;
	}
	scoped_str command = dial_stdio(ssh->endpoint);
	ssh_argv(argv, &room, ssh->endpoint, command);
	pid_t pid = process_on_socket(argv, fd, ssh->errors[1], &ssh->failed);
	if (pid > 0)
		ssh->children[i] = pid;
}

void ssh_attend(struct ssh *ssh)
{
	int fd;

	while ((fd = accept(ssh->listener, NULL, NULL)) >= 0) {
		/* It blocks, whatever the listener does: it becomes somebody's stdin. */
		fcntl(fd, F_SETFL, 0);
		fcntl(fd, F_SETFD, FD_CLOEXEC);
		start_child(ssh, fd);
		close(fd);
	}
	hear(ssh);
	reap(ssh);
}
