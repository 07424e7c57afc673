/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ssh:// as docker/cli cli/connhelper does it: each connection is a process
 * "ssh -- HOST docker system dial-stdio" whose stdin and stdout are the connection.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
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
#define END_GRACE  (2 * NSEC_PER_SEC)

static int bind_hidden(struct ssh *ssh, const char *folder)
{
	struct sockaddr_un own = { .sun_family = AF_UNIX };
	int n = snprintf(own.sun_path, sizeof(own.sun_path), "%s/s", folder);

	if (n < 0 || (size_t)n >= sizeof(own.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	if (bind(ssh->listener, (struct sockaddr *)&own, sizeof(own)) < 0)
		return -1;
#ifdef O_PATH
	ssh->place = open(own.sun_path, O_PATH | O_CLOEXEC);
#endif
	unlink(own.sun_path);
	if (ssh->place < 0 || listen(ssh->listener, SSH_CHILDREN) < 0)
		return -1;
	snprintf(ssh->name, sizeof(ssh->name), "/proc/self/fd/%d", ssh->place);
	return 0;
}

/*
 * A listener that only this process can name: its file is gone as soon as it is open. (A name in
 * Linux's abstract namespace would do, but libcurl 7.88 keeps no connection to such a name.)
 */
static int listen_to_self(struct ssh *ssh, struct error *err)
{
	char folder[] = "/tmp/docker-hygiene-XXXXXX";

	ssh->listener = socket(AF_UNIX, SOCK_STREAM, 0);
	if (ssh->listener < 0 || !mkdtemp(folder))
		return error_errno(err, errno, "prepare for ssh");
	fcntl(ssh->listener, F_SETFD, FD_CLOEXEC);
	fcntl(ssh->listener, F_SETFL, O_NONBLOCK);
	int rc = bind_hidden(ssh, folder);
	if (rc < 0)
		error_errno(err, errno, "prepare for ssh");
	rmdir(folder);
	return rc;
}

int ssh_open(struct ssh *ssh, const struct endpoint *endpoint, bool listen, struct error *err)
{
	*ssh = (struct ssh){ .endpoint = endpoint, .errors = { -1, -1 }, .listener = -1, .place = -1 };
	for (size_t i = 0; i < array_len(ssh->children); i++)
		ssh->children[i].fd = -1;
	buf_init(&ssh->said, SAID_LIMIT);
	if (pipe(ssh->errors) < 0)
		return error_errno(err, errno, "prepare for ssh");
	for (int i = 0; i < 2; i++)
		fcntl(ssh->errors[i], F_SETFD, FD_CLOEXEC);
	/* Our end only: the other one is the stderr of programs that expect it to block. */
	fcntl(ssh->errors[0], F_SETFL, O_NONBLOCK);
	return listen ? listen_to_self(ssh, err) : 0;
}

/* Takes the processes that have ended off the list. Returns how many are left. */
static size_t reap(struct ssh *ssh)
{
	size_t left = 0;

	for (size_t i = 0; i < array_len(ssh->children); i++) {
		int status;

		if (ssh->children[i].pid == 0)
			continue;
		if (ssh->children[i].fd < 0 && waitpid(ssh->children[i].pid, &status, WNOHANG) != 0)
			ssh->children[i].pid = 0;
		else
			left++;
	}
	return left;
}

static void signal_all(const struct ssh *ssh, int number)
{
	for (size_t i = 0; i < array_len(ssh->children); i++)
		if (ssh->children[i].pid > 0)
			kill(ssh->children[i].pid, number);
}

static bool wait_for_all(struct ssh *ssh, int64_t grace)
{
	int64_t end = monotonic_now() + grace;

	while (reap(ssh) > 0) {
		if (monotonic_now() >= end)
			return false;
		ssh_attend(ssh);
		poll(NULL, 0, 10);
	}
	return true;
}

void ssh_close(struct ssh *ssh)
{
	if (ssh->errors[0] < 0)
		return;
	for (size_t i = 0; i < array_len(ssh->children); i++) {
		if (ssh->children[i].fd >= 0)
			close(ssh->children[i].fd);
		ssh->children[i].fd = -1;
	}
	/* The end of its input ends dial-stdio, and so ssh; else it is told. */
	if (!wait_for_all(ssh, END_GRACE / 2)) {
		signal_all(ssh, SIGTERM);
		if (!wait_for_all(ssh, END_GRACE / 2)) {
			signal_all(ssh, SIGKILL);
			wait_for_all(ssh, END_GRACE);
		}
	}
	for (int i = 0; i < 2; i++)
		if (ssh->errors[i] >= 0)
			close(ssh->errors[i]);
	if (ssh->listener >= 0)
		close(ssh->listener);
	if (ssh->place >= 0)
		close(ssh->place);
	buf_release(&ssh->said);
	*ssh = (struct ssh){ .errors = { -1, -1 }, .listener = -1, .place = -1 };
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

/* The ssh of one connection: with connection -1 it brings its own, whose other end is returned. */
static int start_ssh(struct ssh *ssh, int connection, pid_t *pid)
{
	scoped_str command = dial_stdio(ssh->endpoint);
	scoped_strings room = { 0 };
	const char *argv[SSH_ARGV];

	ssh_argv(argv, &room, ssh->endpoint, command);
	if (connection < 0)
		return process_connect(argv, ssh->errors[1], pid, &ssh->failed);
	return process_serve(argv, connection, ssh->errors[1], pid, &ssh->failed);
}

/* A socket that libcurl is to connect to the listener. */
static int unconnected(struct ssh *ssh)
{
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	if (fd < 0)
		return error_errno(&ssh->failed, errno, "prepare for ssh");
	fcntl(fd, F_SETFD, FD_CLOEXEC);
	return fd;
}

curl_socket_t ssh_connect(struct ssh *ssh)
{
	pid_t pid = 0;
	size_t i = 0;

	error_clear(&ssh->failed);
	reap(ssh);
	while (i < array_len(ssh->children)
	       && (ssh->children[i].pid || ssh->children[i].fd >= 0))
		i++;
	if (i == array_len(ssh->children)) {
		error_set(&ssh->failed, ERROR_LIMIT, 0, "%zu ssh processes do not end",
			  array_len(ssh->children));
		return CURL_SOCKET_BAD;
	}
	int fd = ssh->listener >= 0 ? unconnected(ssh) : start_ssh(ssh, -1, &pid);
	if (fd < 0)
		return CURL_SOCKET_BAD;
	ssh->children[i].fd = fd;
	ssh->children[i].pid = pid;
	return fd;
}

/*
 * Connections come in the order in which their sockets were made, or so nearly that it does not
 * matter: a slot's process is only waited for.
 */
static void serve_connections(struct ssh *ssh)
{
	int fd;

	while ((fd = accept(ssh->listener, NULL, NULL)) >= 0) {
		size_t i = 0;

		fcntl(fd, F_SETFD, FD_CLOEXEC);
		while (i < array_len(ssh->children)
		       && (ssh->children[i].pid || ssh->children[i].fd < 0))
			i++;
		/* libcurl sees the end of it if ssh does not start, and then asks why. */
		if (i < array_len(ssh->children)
		    && start_ssh(ssh, fd, &ssh->children[i].pid) < 0)
			ssh->children[i].pid = 0;
		close(fd);
	}
}

void ssh_disconnect(struct ssh *ssh, curl_socket_t fd)
{
	close(fd);
	for (size_t i = 0; i < array_len(ssh->children); i++)
		if (ssh->children[i].fd == fd)
			ssh->children[i].fd = -1;
	reap(ssh);
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

void ssh_attend(struct ssh *ssh)
{
	char chunk[1024];
	ssize_t n;

	while ((n = read(ssh->errors[0], chunk, sizeof(chunk))) > 0)
		remember(&ssh->said, chunk, (size_t)n);
	if (ssh->listener >= 0)
		serve_connections(ssh);
	reap(ssh);
}
