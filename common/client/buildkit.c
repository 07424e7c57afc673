/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libcurl speaks the HTTP/2. What it does not know is Docker's step before it: an upgrade of the
 * connection by a request that gets no other answer. libcurl's own h2c upgrade expects the answer
 * to the upgrading request as stream 1, and a socket that is connected and upgraded already cannot
 * be given to it either (7.88, Debian 12's, connects it again: curl#10626). So it connects by
 * itself, and the upgrade is done on its socket when it is about to send.
 */
#include "common/client/buildkit.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "common/client/curl_api.h"

#ifndef MSG_NOSIGNAL /* macOS: a property of the socket, see open_socket() */
#define MSG_NOSIGNAL 0
#endif

#define DEADLINE    (5 * NSEC_PER_SEC)
#define ADDRESS     "http://docker/moby.buildkit.v1.Control/DiskUsage"
#define GRPC_PREFIX 5 /* compressed flag, length of the message */

struct talk {
	int fd; /* libcurl's */
	int64_t until;
	int api_minor;
	struct error err; /* of the upgrade */
	unsigned char prefix[GRPC_PREFIX];
	size_t have;    /* bytes of the prefix */
	bool more;      /* a message that is not empty, or more than one */
	char status[8]; /* grpc-status; "": none came */
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
static int upgrade(const struct talk *talk, struct error *err)
{
	char head[2048];
	size_t len = 0;
	int n = snprintf(head, sizeof(head),
			 "POST /v1.%d/grpc HTTP/1.1\r\nHost: docker\r\nConnection: Upgrade\r\n"
			 "Upgrade: h2c\r\nContent-Length: 0\r\n\r\n",
			 talk->api_minor);

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

/* --- What libcurl calls. */

static curl_socket_t open_socket(void *ctx, curlsocktype purpose unused_arg,
				 struct curl_sockaddr *address)
{
	struct talk *talk = ctx;

	talk->fd = socket(address->family, address->socktype, address->protocol);
	if (talk->fd < 0)
		return CURL_SOCKET_BAD;
	fcntl(talk->fd, F_SETFD, FD_CLOEXEC);
#ifdef SO_NOSIGPIPE
	setsockopt(talk->fd, SOL_SOCKET, SO_NOSIGPIPE, &(int){ 1 }, sizeof(int));
#endif
	return talk->fd;
}

#if LIBCURL_VERSION_NUM >= 0x075000 /* CURLOPT_PREREQFUNCTION */
static int before_request(void *ctx, char *remote unused_arg, char *local unused_arg,
			  int remote_port unused_arg, int local_port unused_arg)
{
	struct talk *talk = ctx;

	return upgrade(talk, &talk->err) < 0 ? CURL_PREREQFUNC_ABORT : CURL_PREREQFUNC_OK;
}
#endif

/* Headers and trailers; the status of gRPC is a trailer, or a header of an answer without body. */
static size_t take_header(char *data, size_t size, size_t count, void *ctx)
{
	static const char name[] = "grpc-status:";
	struct talk *talk = ctx;
	size_t len = size * count, at = sizeof(name) - 1, n = 0;

	if (len < at || strncasecmp(data, name, at) != 0)
		return len;
	while (at < len && data[at] == ' ')
		at++;
	while (at < len && n + 1 < sizeof(talk->status) && data[at] >= '0' && data[at] <= '9')
		talk->status[n++] = data[at++];
	talk->status[n] = '\0';
	return len;
}

/* The answer may list thousands of records: the first byte of one is enough, and ends it. */
static size_t take_body(char *data, size_t size, size_t count, void *ctx)
{
	struct talk *talk = ctx;
	size_t len = size * count, at = 0;

	while (at < len && talk->have < GRPC_PREFIX)
		talk->prefix[talk->have++] = (unsigned char)data[at++];
	for (size_t i = 0; i < GRPC_PREFIX; i++)
		talk->more |= talk->have == GRPC_PREFIX && talk->prefix[i] != 0;
	talk->more |= at < len;
	return talk->more ? 0 : len;
}

/* --- The question. */

/* What this libcurl can not do, it says here. Returns what easy_setopt() does. */
static CURLcode set_up(const struct curl_api *curl, CURL *easy, struct talk *talk, const char *path,
		       struct curl_slist *headers)
{
#if LIBCURL_VERSION_NUM >= 0x075000
	static const char message[GRPC_PREFIX] = { 0 }; /* an empty DiskUsageRequest */
	CURLcode code = curl->easy_setopt(easy, CURLOPT_PREREQFUNCTION, before_request);

#define SET(option, value)                                             \
	do {                                                           \
		if (code == CURLE_OK)                                  \
			code = curl->easy_setopt(easy, option, value); \
	} while (0)
	SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE);
	SET(CURLOPT_URL, ADDRESS);
	SET(CURLOPT_UNIX_SOCKET_PATH, path);
	SET(CURLOPT_NOSIGNAL, 1L);
	SET(CURLOPT_NOPROXY, "*");
	SET(CURLOPT_PREREQDATA, talk);
	SET(CURLOPT_OPENSOCKETFUNCTION, open_socket);
	SET(CURLOPT_OPENSOCKETDATA, talk);
	SET(CURLOPT_HEADERFUNCTION, take_header);
	SET(CURLOPT_HEADERDATA, talk);
	SET(CURLOPT_WRITEFUNCTION, take_body);
	SET(CURLOPT_WRITEDATA, talk);
	SET(CURLOPT_HTTPHEADER, headers);
	SET(CURLOPT_POSTFIELDS, message);
	SET(CURLOPT_POSTFIELDSIZE, (long)sizeof(message));
	SET(CURLOPT_TIMEOUT_MS, (long)(DEADLINE / NSEC_PER_MSEC));
#undef SET
	return code;
#else
	(void)curl, (void)easy, (void)talk, (void)path, (void)headers;
	return CURLE_UNKNOWN_OPTION;
#endif
}

static int no_answer(const struct curl_api *curl, CURLcode code, const struct talk *talk,
		     struct error *err)
{
	if (error_is_set(&talk->err)) {
		*err = talk->err;
		return -1;
	}
	if (code == CURLE_OPERATION_TIMEDOUT)
		return error_set(err, ERROR_TIMEOUT, (int)code, "the builder does not answer");
	if (code == CURLE_COULDNT_CONNECT)
		return error_set(err, ERROR_UNREACHABLE, (int)code,
				 "the builder cannot be reached");
	return error_set(err, ERROR_PROTOCOL, (int)code, "asking the builder: %s",
			 curl->easy_strerror(code));
}

/*
 * The answer's only field are the records, so a message without a byte is a builder without a
 * record; that it is the whole answer is what grpc-status says.
 */
static int judge(const struct curl_api *curl, CURLcode code, const struct talk *talk, bool *empty,
		 struct error *err)
{
	if (talk->more) {
		*empty = false;
		return 0;
	}
	if (code != CURLE_OK)
		return no_answer(curl, code, talk, err);
	if (*talk->status && strcmp(talk->status, "0") != 0)
		return error_set(err, ERROR_REMOTE, 0, "the builder answers with an error");
	if (!*talk->status || talk->have < GRPC_PREFIX)
		return error_set(err, ERROR_PROTOCOL, 0, "the builder's answer has no end");
	*empty = true;
	return 0;
}

int buildkit_is_empty(const struct endpoint *endpoint, int api_minor, bool *empty,
		      struct error *err)
{
	struct talk talk = { .fd = -1, .api_minor = api_minor, .err = ERROR_INIT };
	struct curl_slist *headers;
	struct curl_api curl;
	CURLcode code;
	CURL *easy;
	int rc;

	if (endpoint->scheme != ENDPOINT_UNIX)
		return error_set(err, ERROR_UNSUPPORTED, 0,
				 "the builder can be asked over a unix socket only");
	if (curl_api_load(&curl, err) < 0)
		return -1;
	easy = curl.easy_init();
	headers = curl.slist_append(NULL, "content-type: application/grpc");
	if (headers)
		curl.slist_append(headers, "te: trailers");
	talk.until = clock_system.monotonic(&clock_system) + DEADLINE;
	code = easy ? set_up(&curl, easy, &talk, endpoint->path, headers) : CURLE_OUT_OF_MEMORY;
	if (code != CURLE_OK)
		rc = error_set(err, ERROR_UNSUPPORTED, (int)code,
			       "libcurl cannot ask a builder: %s", curl.easy_strerror(code));
	else
		rc = judge(&curl, curl.easy_perform(easy), &talk, empty, err);
	curl.slist_free_all(headers);
	curl.easy_cleanup(easy);
	return rc;
}
