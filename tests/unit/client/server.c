/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/client/server.h"

#include <arpa/inet.h>
#include <check.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "tests/unit/client/scratch.h"

static const struct route fallback[] = {
	{ .request = "GET /_ping", .reply = PING_OK },
	{ .request = "",
	  .reply = "HTTP/1.1 404 Not Found\r\nContent-Length: 22\r\n"
		   "Content-Type: application/json\r\n\r\n{\"message\":\"no route\"}" },
};

static const struct route *find(const struct route *routes, const char *request)
{
	for (; routes && routes->request; routes++)
		if (strncmp(request, routes->request, strlen(routes->request)) == 0)
			return routes;
	for (size_t i = 0;; i++)
		if (strncmp(request, fallback[i].request, strlen(fallback[i].request)) == 0)
			return &fallback[i];
}

static void send_all(int fd, const char *data, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, data, len);

		if (n < 0)
			_exit(0);
		data += n;
		len -= (size_t)n;
	}
}

static void answer(int fd, const struct route *route)
{
	size_t len = route->len ? route->len : route->reply ? strlen(route->reply) : 0;
	char padding[4096];

	poll(NULL, 0, route->delay_ms);
	for (size_t i = 0; route->drip_ms && i < len; i++) {
		send_all(fd, route->reply + i, 1);
		poll(NULL, 0, route->drip_ms);
	}
	if (!route->drip_ms)
		send_all(fd, route->reply, len);
	memset(padding, 'x', sizeof(padding));
	for (size_t left = route->padding; left > 0;) {
		size_t n = left < sizeof(padding) ? left : sizeof(padding);

		send_all(fd, padding, n);
		left -= n;
	}
}

/* Reads one request, with its body if it names a length. Returns its bytes; 0: the client closed.
 */
static size_t read_request(int fd, bool raw, char *room, size_t size)
{
	size_t len = 0;

	for (;;) {
		ssize_t n = read(fd, room + len, size - 1 - len);
		char *end, *length;

		if (n <= 0)
			return 0;
		len += (size_t)n;
		room[len] = '\0';
		end = strstr(room, "\r\n\r\n");
		length = strcasestr(room, "\r\nContent-Length:");
		if (raw || (end && (!length ||
				    (size_t)(room + len - end - 4) >= (size_t)atol(length + 17))))
			return len;
	}
}

/* What comes in one piece goes back in one frame. */
static void echo(int fd, struct server_seen *seen)
{
	char data[8 + 4096] = { 1 };
	ssize_t n;

	while ((n = read(fd, data + 8, sizeof(data) - 8)) > 0) {
		data[6] = (char)(n >> 8);
		data[7] = (char)n;
		send_all(fd, data, 8 + (size_t)n);
	}
	__atomic_add_fetch(&seen->hung_up, 1, __ATOMIC_SEQ_CST);
	_exit(0);
}

static void serve(int fd, bool raw, const struct route *routes, struct server_seen *seen)
{
	char request[sizeof(seen->last)];
	size_t len;

	while ((len = read_request(fd, raw, request, sizeof(request))) > 0) {
		const struct route *route = find(routes, request);
		int now = __atomic_add_fetch(&seen->at_once, 1, __ATOMIC_SEQ_CST);

		if (now > seen->most_at_once)
			seen->most_at_once = now;
		__atomic_add_fetch(&seen->requests, 1, __ATOMIC_SEQ_CST);
		memcpy(seen->last, request, len + 1);
		seen->last_len = len;
		struct route made = *route;
		scoped_str text = route->make ? route->make(seen) : NULL;

		if (text)
			made.reply = text;
		answer(fd, &made);
		if (route->then == THEN_ECHO)
			echo(fd, seen);
		if (route->then == THEN_HANG)
			pause();
		__atomic_sub_fetch(&seen->at_once, 1, __ATOMIC_SEQ_CST);
		if (route->then == THEN_CLOSE)
			return;
	}
}

static int listen_unix(struct server *server)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	scoped_str path = scratch_path("engine.sock");
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ck_assert_uint_lt(strlen(path), sizeof(address.sun_path));
	strcpy(address.sun_path, path);
	unlink(path);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	server->address = xasprintf("unix://%s", path);
	return fd;
}

static int listen_tcp(struct server *server)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	socklen_t len = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&address, &len), 0);
	server->address = xasprintf("tcp://127.0.0.1:%d", ntohs(address.sin_port));
	return fd;
}

static void no_return accept_all(int fd, bool raw, const struct route *routes,
				 struct server_seen *seen)
{
	setpgid(0, 0);
#ifdef __linux__
	/* A test that fails does not come to server_stop(). */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
#endif
	signal(SIGTERM, SIG_DFL);
	signal(SIGINT, SIG_DFL);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGCHLD, SIG_IGN);
	for (;;) {
		int connection = accept(fd, NULL, NULL);

		if (connection < 0)
			_exit(0);
		__atomic_add_fetch(&seen->connections, 1, __ATOMIC_SEQ_CST);
		/* What is written apart shall arrive apart; a unix socket does not mind. */
		setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &(int){ 1 }, sizeof(int));
		if (fork() == 0) {
#ifdef __linux__
			prctl(PR_SET_PDEATHSIG, SIGKILL);
#endif
			close(fd);
			serve(connection, raw, routes, seen);
			_exit(0);
		}
		close(connection);
	}
}

static void start(struct server *server, int fd, bool raw, const struct route *routes)
{
	server->seen = mmap(NULL, sizeof(*server->seen), PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ck_assert(server->seen != MAP_FAILED);
	ck_assert_int_eq(listen(fd, 64), 0);
	server->pid = fork();
	ck_assert_int_ge(server->pid, 0);
	if (server->pid == 0)
		accept_all(fd, raw, routes, server->seen);
	setpgid(server->pid, server->pid);
	close(fd);
}

void server_start(struct server *server, const struct route *routes, bool tcp)
{
	start(server, tcp ? listen_tcp(server) : listen_unix(server), false, routes);
}

void server_start_raw(struct server *server, const struct route *routes)
{
	start(server, listen_tcp(server), true, routes);
}

void server_stop(struct server *server)
{
	if (server->pid > 0) {
		/* Its own group: itself and a process for each connection. */
		kill(-server->pid, SIGKILL);
		waitpid(server->pid, NULL, 0);
	}
	if (server->seen)
		munmap(server->seen, sizeof(*server->seen));
	free(server->address);
	*server = (struct server){ 0 };
}

int open_engine(struct engine **out, const char *address, struct cancel *cancel, struct error *err)
{
	struct engine_options options = { .cancel = cancel,
					  .answer_deadline = 500 * NSEC_PER_MSEC,
					  .connect_deadline = 170 * NSEC_PER_MSEC };
	scoped_endpoint endpoint = { 0 };

	if (endpoint_parse(&endpoint, address, err) < 0)
		return -1;
	return engine_open(out, &endpoint, &options, err);
}
