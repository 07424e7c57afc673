/* SPDX-License-Identifier: Apache-2.0 */
#include "common/client/buildkit.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/base/clock.h"

#ifndef MSG_NOSIGNAL /* macOS: a property of the socket, see connect_to() */
#define MSG_NOSIGNAL 0
#endif

#define DEADLINE    (5 * NSEC_PER_SEC)
#define METHOD      "/moby.buildkit.v1.Control/DiskUsage"
#define FRAME_MAX   16384 /* RFC 9113 6.5.2: what a peer may send that was told nothing else */
#define FRAMES_MAX  64    /* settings, window, ping, headers: a handful come before the data */
#define GRPC_PREFIX 5     /* compressed flag, length of the message */

enum frame_type {
	FRAME_DATA = 0,
	FRAME_HEADERS = 1,
	FRAME_RST_STREAM = 3,
	FRAME_SETTINGS = 4,
	FRAME_PING = 6,
	FRAME_GOAWAY = 7,
};
#define FLAG_ACK        0x1 /* SETTINGS, PING */
#define FLAG_END_STREAM 0x1
#define FLAG_PADDED     0x8

struct frame {
	unsigned type, flags;
	uint32_t stream;
	size_t len;
	unsigned char data[FRAME_MAX];
};

struct talk {
	int fd;
	int64_t until;
};

static int wait_for(const struct talk *talk, short events, struct error *err)
{
	struct pollfd p = { .fd = talk->fd, .events = events };
	int64_t left = talk->until - clock_system.monotonic(&clock_system);
	int rc = left > 0 ? poll(&p, 1, (int)(left / NSEC_PER_MSEC) + 1) : 0;

	if (rc > 0)
		return 0;
	if (rc < 0 && errno == EINTR)
		return 0;
	if (rc < 0)
		return error_errno(err, errno, "waiting for the builder");
	return error_set(err, ERROR_TIMEOUT, 0, "the builder does not answer");
}

static int put(const struct talk *talk, const void *data, size_t len, struct error *err)
{
	const unsigned char *at = data;

	while (len) {
		ssize_t n = send(talk->fd, at, len, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n > 0) {
			at += n;
			len -= (size_t)n;
			continue;
		}
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			return error_errno(err, errno, "asking the builder");
		if (wait_for(talk, POLLOUT, err) < 0)
			return -1;
	}
	return 0;
}

static int get(const struct talk *talk, void *data, size_t len, struct error *err)
{
	unsigned char *at = data;

	while (len) {
		ssize_t n = recv(talk->fd, at, len, MSG_DONTWAIT);

		if (n == 0)
			return error_set(err, ERROR_PROTOCOL, 0,
					 "the builder closed the connection before it answered");
		if (n > 0) {
			at += n;
			len -= (size_t)n;
			continue;
		}
		if (errno != EAGAIN && errno != EINTR)
			return error_errno(err, errno, "hearing from the builder");
		if (wait_for(talk, POLLIN, err) < 0)
			return -1;
	}
	return 0;
}

/* Byte by byte up to the empty line: what follows is HTTP/2 already. */
static int upgrade(const struct talk *talk, int api_minor, struct error *err)
{
	char head[2048];
	size_t len = 0;
	int n = snprintf(head, sizeof(head),
			 "POST /v1.%d/grpc HTTP/1.1\r\nHost: docker\r\nConnection: Upgrade\r\n"
			 "Upgrade: h2c\r\nContent-Length: 0\r\n\r\n",
			 api_minor);

	if (put(talk, head, (size_t)n, err) < 0)
		return -1;
	do {
		if (len + 1 == sizeof(head))
			return error_set(err, ERROR_PROTOCOL, 0, "the answer has too long a head");
		if (get(talk, head + len, 1, err) < 0)
			return -1;
		head[++len] = '\0';
	} while (len < 4 || strcmp(head + len - 4, "\r\n\r\n") != 0);
	if (strncmp(head, "HTTP/1.1 101 ", 13) != 0)
		return error_set(err, ERROR_UNSUPPORTED, 0, "the engine has no builder to talk to");
	return 0;
}

static int put_frame(const struct talk *talk, enum frame_type type, unsigned flags, uint32_t stream,
		     const void *data, size_t len, struct error *err)
{
	const unsigned char head[] = {
		(unsigned char)(len >> 16),
		(unsigned char)(len >> 8),
		(unsigned char)len,
		(unsigned char)type,
		(unsigned char)flags,
		0,
		0,
		0,
		(unsigned char)stream,
	};

	if (put(talk, head, sizeof(head), err) < 0)
		return -1;
	return put(talk, data, len, err);
}

static int get_frame(const struct talk *talk, struct frame *f, struct error *err)
{
	unsigned char head[9];

	if (get(talk, head, sizeof(head), err) < 0)
		return -1;
	f->len = (size_t)head[0] << 16 | (size_t)head[1] << 8 | head[2];
	f->type = head[3];
	f->flags = head[4];
	f->stream = ((uint32_t)head[5] << 24 | (uint32_t)head[6] << 16 | (uint32_t)head[7] << 8 |
		     head[8]) &
		    0x7fffffff;
	if (f->len > sizeof(f->data))
		return error_set(err, ERROR_PROTOCOL, 0, "the builder sends a frame of %zu bytes",
				 f->len);
	return get(talk, f->data, f->len, err);
}

/* The request in HPACK's literal form (RFC 7541 6.2.2), and an empty DiskUsageRequest. */
static int ask(const struct talk *talk, struct error *err)
{
	static const char preface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
	static const unsigned char message[GRPC_PREFIX] = { 0 };
	static const char headers[] = "\x83"            /* :method POST */
				      "\x86"            /* :scheme http */
				      "\x04\x23" METHOD /* :path, 35 bytes */
				      "\x01\x06"
				      "docker" /* :authority */
				      "\x00\x0c"
				      "content-type\x10"
				      "application/grpc"
				      "\x00\x02"
				      "te\x08"
				      "trailers";

	_Static_assert(sizeof(METHOD) - 1 == 0x23, "the length byte of :path");
	if (put(talk, preface, sizeof(preface) - 1, err) < 0 ||
	    put_frame(talk, FRAME_SETTINGS, 0, 0, "", 0, err) < 0 ||
	    put_frame(talk, FRAME_HEADERS, 0x4 /* END_HEADERS */, 1, headers, sizeof(headers) - 1,
		      err) < 0)
		return -1;
	return put_frame(talk, FRAME_DATA, FLAG_END_STREAM, 1, message, sizeof(message), err);
}

/* What holds of every connection. */
static int housekeeping(const struct talk *talk, const struct frame *f, struct error *err)
{
	if (f->type == FRAME_SETTINGS && !(f->flags & FLAG_ACK))
		return put_frame(talk, FRAME_SETTINGS, FLAG_ACK, 0, "", 0, err);
	if (f->type == FRAME_PING && !(f->flags & FLAG_ACK))
		return put_frame(talk, FRAME_PING, FLAG_ACK, 0, f->data, f->len, err);
	if (f->type == FRAME_GOAWAY || f->type == FRAME_RST_STREAM)
		return error_set(err, ERROR_REMOTE, 0, "the builder refuses");
	return 0;
}

/* Appends the payload of a DATA frame to the start of the message. */
static int take_data(const struct frame *f, unsigned char prefix[GRPC_PREFIX], size_t *have,
		     struct error *err)
{
	size_t from = f->flags & FLAG_PADDED ? 1 : 0;
	size_t padding = from && f->len ? f->data[0] : 0;

	if (f->len < from + padding)
		return error_set(err, ERROR_PROTOCOL, 0, "the builder sends a frame all padding");
	for (size_t i = from; i < f->len - padding && *have < GRPC_PREFIX; i++)
		prefix[(*have)++] = f->data[i];
	return 0;
}

/*
 * The answer's only field are the records, so a message without a byte is a builder without a
 * record. An error comes as headers alone.
 */
static int hear(const struct talk *talk, bool *empty, struct error *err)
{
	unsigned char prefix[GRPC_PREFIX];
	size_t have = 0;
	struct frame f;

	for (unsigned i = 0; i < FRAMES_MAX; i++) {
		if (get_frame(talk, &f, err) < 0 || housekeeping(talk, &f, err) < 0)
			return -1;
		if (f.stream != 1)
			continue;
		if (f.type == FRAME_DATA && take_data(&f, prefix, &have, err) < 0)
			return -1;
		if (have == GRPC_PREFIX) {
			*empty = !(prefix[1] | prefix[2] | prefix[3] | prefix[4]);
			return 0;
		}
		if ((f.type == FRAME_HEADERS || f.type == FRAME_DATA) &&
		    (f.flags & FLAG_END_STREAM))
			return error_set(err, ERROR_REMOTE, 0, "the builder answers with an error");
	}
	return error_set(err, ERROR_PROTOCOL, 0, "the builder talks and does not answer");
}

int buildkit_ask(int fd, int api_minor, bool *empty, struct error *err)
{
	struct talk talk = { fd, clock_system.monotonic(&clock_system) + DEADLINE };

	if (upgrade(&talk, api_minor, err) < 0 || ask(&talk, err) < 0)
		return -1;
	return hear(&talk, empty, err);
}

static int connect_to(const char *path, struct error *err)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	if (fd < 0)
		return error_errno(err, errno, "making a socket");
	fcntl(fd, F_SETFD, FD_CLOEXEC);
#ifdef SO_NOSIGPIPE
	setsockopt(fd, SOL_SOCKET, SO_NOSIGPIPE, &(int){ 1 }, sizeof(int));
#endif
	memcpy(address.sun_path, path, strlen(path));
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
		error_errno(err, errno, "connecting to %s", path);
		close(fd);
		return -1;
	}
	return fd;
}

int buildkit_is_empty(const struct endpoint *endpoint, int api_minor, bool *empty,
		      struct error *err)
{
	int fd, rc;

	if (endpoint->scheme != ENDPOINT_UNIX ||
	    strlen(endpoint->path) >= sizeof(((struct sockaddr_un *)NULL)->sun_path))
		return error_set(err, ERROR_UNSUPPORTED, 0,
				 "the builder can be asked over a unix socket only");
	fd = connect_to(endpoint->path, err);
	if (fd < 0)
		return -1;
	rc = buildkit_ask(fd, api_minor, empty, err);
	close(fd);
	return rc;
}
