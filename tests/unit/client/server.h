/* SPDX-License-Identifier: Apache-2.0 */
/* An engine that says what the test wants: a process that answers requests from a table. */
#ifndef TESTS_UNIT_CLIENT_SERVER_H
#define TESTS_UNIT_CLIENT_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "common/client/engine.h"

struct server_seen;

enum then {
	THEN_KEEP,  /* keeps the connection for the next request */
	THEN_CLOSE, /* closes it */
	THEN_HANG,  /* says nothing more, keeps it open */
	THEN_ECHO,  /* is a stream then: what comes goes back in frames of stdout */
};

struct route {
	const char *request; /* how the request begins: "GET /v1.41/info"; NULL ends the table */
	const char *reply;   /* bytes as they are; NULL: nothing */
	size_t len;          /* of them; 0: up to the first NUL */
	/* Makes the reply instead, in the server's process: a string to free(). */
	char *(*make)(const struct server_seen *seen);
	enum then then;
	int delay_ms;   /* before the reply */
	int drip_ms;    /* after each byte; 0: at once */
	size_t padding; /* "x" bytes after the reply */
};

/* ROUTE(request, reply, .then = THEN_HANG): the members that are not named are zero. */
#define ROUTE(how_it_begins, bytes, ...)                                    \
	{                                                                   \
		.request = (how_it_begins), .reply = (bytes), ##__VA_ARGS__ \
	}
/* The same for bytes with NULs among them: a literal. */
#define ROUTE_BYTES(how_it_begins, bytes, ...) \
	ROUTE(how_it_begins, bytes, .len = sizeof(bytes) - 1, ##__VA_ARGS__)
#define ROUTES_END              \
	{                       \
		.request = NULL \
	}

#define OK_HEAD(length) "HTTP/1.1 200 OK\r\nContent-Length: " length "\r\n\r\n"
#define PING_OK \
	"HTTP/1.1 200 OK\r\nApi-Version: 1.41\r\nOstype: linux\r\nContent-Length: 2\r\n\r\nOK"

/* What the server saw; shared memory. */
struct server_seen {
	int connections, requests, at_once, most_at_once;
	int hung_up;      /* streams of THEN_ECHO that the client ended */
	size_t last_len;  /* of the last request */
	char last[65536]; /* it, whole, and a NUL */
};

struct server {
	pid_t pid;
	char *address; /* "unix://..." or "tcp://127.0.0.1:PORT" */
	struct server_seen *seen;
};

/* Without a route of its own "GET /_ping" is answered with PING_OK, everything else with 404. */
void server_start(struct server *server, const struct route *routes, bool tcp);
/* On TCP, and answers whatever the first bytes are, as if they were a request. */
void server_start_raw(struct server *server, const struct route *routes);
void server_stop(struct server *server);
#define scoped_server scoped(server_stop) struct server

/* engine_open() on an address with deadlines of half a second. */
int open_engine(struct engine **out, const char *address, struct cancel *cancel, struct error *err)
	must_check;

#endif
