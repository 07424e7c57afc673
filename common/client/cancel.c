/* SPDX-License-Identifier: Apache-2.0 */
#include "common/client/cancel.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/epoll.h>
#else
#include <sys/event.h>
#endif

#include "common/base/alloc.h"

static const int signals[] = { SIGINT, SIGTERM, SIGHUP };

struct cancel {
	int wake[2]; /* socket pair; the handler writes the signal's number to [1] */
	int plugin;  /* docker's plugin socket, -1 if there is none */
	int set;     /* epoll or kqueue over wake[0] and plugin: readable when either is */
	bool docker_gone;
	struct sigaction before[array_len(signals)];
	bool handled[array_len(signals)];
};

/*
 * The one writable global of the suite: a signal handler has no other way to find its descriptor.
 * -1 while no struct cancel is open.
 */
static volatile sig_atomic_t wake_fd = -1;

static void on_signal(int number)
{
	unsigned char byte = (unsigned char)number;
	int errnum = errno;

	(void)!write((int)wake_fd, &byte, 1);
	errno = errnum;
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static void no_wait(int fd)
{
	fcntl(fd, F_SETFL, O_NONBLOCK);
	fcntl(fd, F_SETFD, FD_CLOEXEC);
}

static int open_plugin_socket(const char *name)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	size_t len = name ? strlen(name) : 0;

	if (len == 0 || len >= sizeof(address.sun_path))
		return -1;
	memcpy(address.sun_path, name, len);
	if (name[0] == '@')
		address.sun_path[0] = '\0';
	else
		len++;

	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	if (fd < 0)
		return -1;
	no_wait(fd);
	if (connect(fd, (struct sockaddr *)&address,
		    (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len)) < 0)
		close_fd(&fd);
	return fd;
}

/* A descriptor that is readable when one of the two is. */
static int open_set(int a, int b)
{
	int fds[2] = { a, b };
#ifdef __linux__
	int set = epoll_create1(EPOLL_CLOEXEC);
#else
	int set = kqueue();
#endif
	for (size_t i = 0; set >= 0 && i < array_len(fds); i++) {
		int failed;

		if (fds[i] < 0)
			continue;
#ifdef __linux__
		struct epoll_event event = { .events = EPOLLIN };

		failed = epoll_ctl(set, EPOLL_CTL_ADD, fds[i], &event);
#else
		struct kevent event;

		EV_SET(&event, (uintptr_t)fds[i], EVFILT_READ, EV_ADD, 0, 0, NULL);
		failed = kevent(set, &event, 1, NULL, 0, NULL);
#endif
		if (failed < 0)
			close_fd(&set);
	}
	return set;
}

static void install_handlers(struct cancel *cancel)
{
	/*
	 * SA_RESETHAND: the second one of the same signal ends the program at once. SA_RESTART:
	 * output that is under way when the signal comes is not cut off.
	 */
	struct sigaction action = { .sa_handler = on_signal,
				    .sa_flags = (int)SA_RESETHAND | SA_RESTART };

	sigemptyset(&action.sa_mask);
	wake_fd = cancel->wake[1];
	for (size_t i = 0; i < array_len(signals); i++) {
		if (sigaction(signals[i], NULL, &cancel->before[i]) < 0)
			continue;
		/* What was ignored when we were started (nohup) stays so. */
		if (cancel->before[i].sa_handler == SIG_IGN)
			continue;
		cancel->handled[i] = sigaction(signals[i], &action, NULL) == 0;
	}
}

int cancel_open(struct cancel **out, const char *socket_name, struct error *err)
{
	struct cancel *cancel = xcalloc(1, sizeof(*cancel));

	*cancel = (struct cancel){ .wake = { -1, -1 }, .plugin = -1, .set = -1 };
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, cancel->wake) == 0) {
		no_wait(cancel->wake[0]);
		no_wait(cancel->wake[1]);
		cancel->plugin = open_plugin_socket(socket_name);
		cancel->set = open_set(cancel->wake[0], cancel->plugin);
	}
	if (cancel->set < 0) {
		int errnum = errno;

		cancel_close(&cancel);
		return error_errno(err, errnum, "prepare for signals");
	}
	install_handlers(cancel);
	*out = cancel;
	return 0;
}

void cancel_close(struct cancel **out)
{
	struct cancel *cancel = take_ptr(*out);

	if (!cancel)
		return;
	for (size_t i = 0; i < array_len(signals); i++)
		if (cancel->handled[i])
			sigaction(signals[i], &cancel->before[i], NULL);
	if (wake_fd == cancel->wake[1])
		wake_fd = -1;
	close_fd(&cancel->set);
	close_fd(&cancel->plugin);
	close_fd(&cancel->wake[0]);
	close_fd(&cancel->wake[1]);
	free(cancel);
}

int cancel_fd(const struct cancel *cancel)
{
	return cancel->set;
}

/* Docker sends nothing; end of file is its word. Whatever does come is thrown away. */
static void look_at_docker(struct cancel *cancel)
{
	char bytes[64];
	ssize_t n;

	if (cancel->plugin < 0 || cancel->docker_gone)
		return;
	do
		n = recv(cancel->plugin, bytes, sizeof(bytes), 0);
	while (n > 0 || (n < 0 && errno == EINTR));
	cancel->docker_gone = n == 0 || (errno != EAGAIN && errno != EWOULDBLOCK);
}

bool cancel_requested(struct cancel *cancel)
{
	if (!cancel)
		return false;
	look_at_docker(cancel);
	return cancel->docker_gone || cancel_signal(cancel) != 0;
}

int cancel_signal(const struct cancel *cancel)
{
	unsigned char byte;

	/* Looked at and left there, so that the descriptor stays readable. */
	return recv(cancel->wake[0], &byte, 1, MSG_PEEK) == 1 ? byte : 0;
}

int cancel_error(const struct cancel *cancel, struct error *err)
{
	switch (cancel_signal(cancel)) {
	case 0:
		return error_set(err, ERROR_CANCELLED, 0, "interrupted: docker ended");
	case SIGINT:
		return error_set(err, ERROR_CANCELLED, SIGINT, "interrupted");
	case SIGTERM:
		return error_set(err, ERROR_CANCELLED, SIGTERM, "interrupted by SIGTERM");
	default:
		return error_set(err, ERROR_CANCELLED, SIGHUP,
				 "interrupted: the terminal went away");
	}
}
