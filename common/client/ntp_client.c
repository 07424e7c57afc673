/* SPDX-License-Identifier: Apache-2.0 */
#include "common/client/ntp_client.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/client/resolve.h"
#include "common/codec/hostport.h"

#define NTP_PORT     123
/* Longer ones are cut: what is behind the 48 bytes (extension fields, MACs) is not used. */
#define RECEIVE_ROOM 512
/* REALTIME - MONOTONIC moves by less than this while nobody steps REALTIME. */
#define STEP         NSEC_PER_MSEC

/* What is known of one server, and the packet that is on its way to it. */
struct question {
	struct ntp_server *server;
	const struct clock *clock;
	struct resolve *job; /* while its name is looked up */
	struct addrinfo *list;
	const struct addrinfo *at; /* the one that is asked */
	unsigned burst, asked;     /* packets: at most, and sent to this address */
	bool answered;             /* this address has: it is the one */
	bool over;                 /* nothing more is sent */
	int fd;                    /* of the packet on its way; -1: none */
	uint64_t cookie;
	int64_t sent, anchor; /* of that packet: t1; the system's REALTIME - MONOTONIC */
	int64_t due;          /* when it is given up, or the next may go; MONOTONIC */
	unsigned ignored;     /* packets that were no answer */
};

struct asking {
	struct question questions[NTP_SERVERS_MAX];
	size_t count;
	const struct clock *clock;
	int64_t end; /* MONOTONIC */
};

static void hang_up(struct question *q)
{
	if (q->fd >= 0)
		close(q->fd);
	q->fd = -1;
}

static void finish(struct question *q)
{
	hang_up(q);
	resolve_drop(&q->job);
	q->over = true;
}

static void asking_release(struct asking *a)
{
	for (size_t i = 0; i < a->count; i++) {
		finish(&a->questions[i]);
		if (a->questions[i].list)
			freeaddrinfo(a->questions[i].list);
	}
}

/* Ends the questions to a server, with what went wrong. */
static void fail(struct question *q, const struct error *why)
{
	finish(q);
	q->server->err = *why;
}

/* This address does not work: the next one at once, or none is left. */
static void next_address(struct question *q, int errnum)
{
	struct error err = ERROR_INIT;

	hang_up(q);
	if (!q->answered && q->at->ai_next) {
		q->at = q->at->ai_next;
		q->asked = 0;
		q->due = q->clock->monotonic(q->clock);
		return;
	}
	if (errnum == ECONNREFUSED)
		error_set(&err, ERROR_UNREACHABLE, errnum,
			  "no NTP server at %s: nobody listens there", q->server->name);
	else
		error_set(&err, ERROR_UNREACHABLE, errnum, "no NTP server at %s: %s",
			  q->server->name, strerror(errnum));
	fail(q, &err);
}

/* Connected: the kernel drops what others send, and tells when nobody listens. -1 with errno. */
static int open_socket(const struct addrinfo *to)
{
	int fd = socket(to->ai_family, SOCK_DGRAM, 0);

	if (fd < 0)
		return -1;
	fcntl(fd, F_SETFD, FD_CLOEXEC);
	fcntl(fd, F_SETFL, O_NONBLOCK);
#ifdef SO_TIMESTAMPNS
	setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &(int){ 1 }, sizeof(int));
#endif
	if (connect(fd, to->ai_addr, to->ai_addrlen) < 0) {
		int errnum = errno;

		close(fd);
		errno = errnum;
		return -1;
	}
	return fd;
}

static void send_one(struct question *q, int64_t end)
{
	uint8_t packet[NTP_PACKET_SIZE];
	struct error err = ERROR_INIT;
	bool last = q->asked + 1 >= q->burst && (q->answered || !q->at->ai_next);

	if (getentropy(&q->cookie, sizeof(q->cookie)) < 0) {
		error_errno(&err, errno, "random numbers");
		fail(q, &err);
		return;
	}
	q->fd = open_socket(q->at);
	if (q->fd < 0) {
		next_address(q, errno);
		return;
	}
	ntp_request(packet, q->cookie);
	q->asked++;
	q->anchor = clock_system.now(&clock_system);
	q->anchor -= clock_system.monotonic(&clock_system);
	q->sent = q->clock->monotonic(q->clock);
	/* After the last one there is nothing to do but to wait. */
	q->due = last ? end : q->sent + NTP_BURST_SPACING;
	if (send(q->fd, packet, sizeof(packet), 0) < 0)
		next_address(q, errno);
}

/* No answer in time: the next packet, to the next address if this one has never answered. */
static void give_up(struct question *q, int64_t now)
{
	hang_up(q);
	q->due = now;
	if (!q->answered && q->at->ai_next) {
		q->at = q->at->ai_next;
		q->asked = 0;
	}
}

static void take_addresses(struct question *q)
{
	struct error err = ERROR_INIT;
	int rc = resolve_take(q->job, &q->list, &err);

	if (rc == 0)
		return;
	resolve_drop(&q->job);
	q->at = q->list;
	q->due = q->clock->monotonic(q->clock);
	if (rc < 0)
		fail(q, &err);
}

/* How long ago the packet came, by the kernel's stamp and REALTIME; 0 where there is none. */
static int64_t stamp_age(const struct msghdr *message, int64_t real)
{
	int64_t age = 0;
#ifdef SO_TIMESTAMPNS
	for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c;
	     c = CMSG_NXTHDR((struct msghdr *)message, c)) {
		struct timespec stamp;

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_TIMESTAMPNS)
			continue;
		memcpy(&stamp, CMSG_DATA(c), sizeof(stamp));
		age = real - ((int64_t)stamp.tv_sec * NSEC_PER_SEC + stamp.tv_nsec);
	}
#else
	(void)message;
	(void)real;
#endif
	return age;
}

/*
 * When the packet came. The kernel's stamp does not wait for us to be scheduled, but it is by
 * REALTIME; so its age, which is the same by every clock, is taken off our MONOTONIC. All errors
 * are to the late side, on which the interval stays true: MONOTONIC is read last, and what REALTIME
 * went ahead of it since the packet was sent (a step, which makes the stamp look old) is taken off
 * the age; reading the two clocks in opposite orders there and here can only overrate that. An age
 * that cannot be counts as none: then it is when recvmsg() returned.
 */
static int64_t arrival(const struct question *q, const struct msghdr *message)
{
	int64_t before = clock_system.monotonic(&clock_system);
	int64_t real = clock_system.now(&clock_system);
	int64_t now = q->clock->monotonic(q->clock);
	int64_t ahead = time_diff(real - before, q->anchor);
	int64_t age = stamp_age(message, real) - time_max(ahead, 0);

	return age < 0 || age > now - q->sent ? now : now - age;
}

static void judge(struct question *q, const uint8_t *data, size_t len, int64_t answered)
{
	struct ntp_server *server = q->server;
	struct ntp_sample sample = { .sent = q->sent, .answered = answered };
	struct error err = ERROR_INIT;

	if (ntp_reply_parse(&sample.reply, data, len, q->cookie, q->clock->now(q->clock), &err) <
	    0) {
		/* Not to our request, or too short to tell: anybody can have sent that. */
		if (err.kind == ERROR_CONFLICT || len < NTP_PACKET_SIZE) {
			q->ignored++;
			return;
		}
		error_wrap(&err, "NTP server %s", server->name);
		fail(q, &err);
		return;
	}
	server->samples[server->count++] = sample;
	q->answered = true;
	hang_up(q);
	q->due = q->sent + NTP_BURST_SPACING;
	q->over = q->asked >= q->burst;
}

static void receive(struct question *q)
{
	/* Aligned as the headers in it must be. */
	union {
		struct cmsghdr header;
		char room[256];
	} control;
	uint8_t data[RECEIVE_ROOM];
	struct iovec part = { data, sizeof(data) };
	struct msghdr message = { .msg_iov = &part,
				  .msg_iovlen = 1,
				  .msg_control = &control,
				  .msg_controllen = sizeof(control) };
	ssize_t n = recvmsg(q->fd, &message, 0);

	if (n >= 0)
		judge(q, data, (size_t)n, arrival(q, &message));
	else if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR)
		next_address(q, errno);
}

/* What the time asks for. */
static void attend(struct question *q, int64_t end)
{
	int64_t now = q->clock->monotonic(q->clock);

	if (q->over || q->job)
		return;
	if (q->fd >= 0 && now >= q->due)
		give_up(q, now);
	while (!q->over && q->fd < 0 && now >= q->due)
		send_one(q, end);
}

/* Whether every server has answered, or will not. */
static bool enough(const struct asking *a)
{
	for (size_t i = 0; i < a->count; i++)
		if (a->questions[i].server->count == 0 && !a->questions[i].over)
			return false;
	return true;
}

/* Waits for packets, names, the next thing that is due, and the end. */
static void wait_some(struct asking *a, struct cancel *cancel)
{
	struct pollfd fds[NTP_SERVERS_MAX + 1];
	int64_t now = a->clock->monotonic(a->clock);
	int64_t until = a->end;
	nfds_t count = 0;

	for (; count < a->count; count++) {
		const struct question *q = &a->questions[count];

		fds[count] = (struct pollfd){ .events = POLLIN, .fd = q->fd };
		if (q->job)
			fds[count].fd = resolve_fd(q->job);
		else if (!q->over && q->due < until)
			until = q->due;
	}
	if (cancel)
		fds[count++] = (struct pollfd){ .fd = cancel_fd(cancel), .events = POLLIN };
	poll(fds, count, until <= now ? 0 : (int)((until - now) / NSEC_PER_MSEC) + 1);
	for (size_t i = 0; i < a->count; i++) {
		struct question *q = &a->questions[i];

		if (!fds[i].revents)
			continue;
		if (q->job)
			take_addresses(q);
		else
			receive(q);
	}
}

static void begin(struct question *q)
{
	struct error err = ERROR_INIT;
	struct host_port at;

	q->server->count = 0;
	error_clear(&q->server->err);
	if (host_port_parse(&at, q->server->name, NTP_PORT, &err) < 0 ||
	    resolve_start(&q->job, at.host, at.port, SOCK_DGRAM, &err) < 0)
		fail(q, &err);
	else
		take_addresses(q);
}

/* The time is over: why those without an answer have none. */
static void tell_silent(struct asking *a)
{
	for (size_t i = 0; i < a->count; i++) {
		struct question *q = &a->questions[i];
		struct error *err = &q->server->err;

		if (q->over || q->server->count > 0)
			continue;
		if (q->job)
			error_set(err, ERROR_TIMEOUT, 0,
				  "NTP server %s: its name was not resolved in time",
				  q->server->name);
		else
			error_set(err, ERROR_TIMEOUT, 0, "NTP server %s: no answer in time",
				  q->server->name);
		if (q->ignored)
			error_hint(err, "packets that were no answer to our request: %u",
				   q->ignored);
	}
}

int ntp_ask(struct ntp_server *servers, size_t count, unsigned burst, int64_t deadline,
	    const struct clock *clock, struct cancel *cancel, struct error *err)
{
	scoped(asking_release) struct asking a = { .clock = clock };

	a.end = clock->monotonic(clock) + deadline;
	a.count = count < NTP_SERVERS_MAX ? count : NTP_SERVERS_MAX;
	for (size_t i = 0; i < a.count; i++) {
		a.questions[i] = (struct question){
			.server = &servers[i], .clock = clock, .burst = burst, .fd = -1
		};
		if (burst > NTP_BURST)
			a.questions[i].burst = NTP_BURST;
		begin(&a.questions[i]);
	}
	for (;;) {
		if (cancel_requested(cancel))
			return cancel_error(cancel, err);
		if (clock->monotonic(clock) >= a.end)
			break;
		for (size_t i = 0; i < a.count; i++)
			attend(&a.questions[i], a.end);
		if (enough(&a))
			return 0;
		wait_some(&a, cancel);
	}
	tell_silent(&a);
	return 0;
}
