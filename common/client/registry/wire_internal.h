/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of wire.h share; nobody else includes it. */
#ifndef COMMON_CLIENT_REGISTRY_WIRE_INTERNAL_H
#define COMMON_CLIENT_REGISTRY_WIRE_INTERNAL_H

#include "common/client/curl_api.h"
#include "common/client/registry/tls_roots.h"
#include "common/client/registry/wire.h"

#define WIRE_AT_INNER "it lies at an inner address"

/* The roots of one registry, read once. */
struct known_roots {
	const struct trust *trust;
	struct tls_roots *roots;
};

/* Why a callback ended a transfer. */
enum wire_stop {
	STOP_NONE,
	STOP_LARGE,   /* more than the limit */
	STOP_CALLER,  /* chunk() said so */
	STOP_ENOUGH,  /* of the body of a refusal */
	STOP_GARBLED, /* headers without end */
};

struct flight {
	struct wire *wire;
	struct flight *next;
	CURL *easy;
	struct curl_slist *headers;
	struct wire_request request;
	struct wire_reply reply;
	struct error chunk_err;
	int64_t started, progressed;
	size_t header_bytes, body_bytes;
	size_t crumbs; /* of a stream, since it was last said to go on */
	enum wire_stop stop;
	bool flying, over;
	char *origin;
	const char *proxy;  /* it connects, not we; "": none */
	const char *barred; /* why an address was not connected to; NULL */
	char detail[CURL_ERROR_SIZE];
};

struct wire {
	struct curl_api curl;
	CURLM *multi;
	bool http2; /* this libcurl knows it */
	struct wire_options options;
	char *https_proxy, *http_proxy; /* as libcurl is to have them; NULL: none */
	struct flight *flights;         /* all: in flight, over, and at rest */
	struct strings inner;           /* origins that a connection went to, at inner addresses */
	struct {
		struct known_roots *items;
		size_t count, room;
	} roots;
};

static inline int64_t wire_monotonic(const struct wire *wire)
{
	return wire->options.clock->monotonic(wire->options.clock);
}

/* wire_setup.c: makes f->easy what f->request says. */
int flight_prepare(struct flight *f, struct error *err) must_check;
void flight_drop_headers(struct flight *f);

/* wire_answer.c: libcurl's callbacks; their last argument is the flight. */
size_t flight_on_header(char *line, size_t size, size_t count, void *arg);
size_t flight_on_body(char *data, size_t size, size_t count, void *arg);
curl_socket_t flight_on_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *address);

#endif
