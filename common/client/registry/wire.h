/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One HTTP exchange of many at a time: libcurl's side of the registry client. Nothing is followed,
 * retried or decided here; an exchange that is over waits to be taken. For registry.c.
 */
#ifndef COMMON_CLIENT_REGISTRY_WIRE_H
#define COMMON_CLIENT_REGISTRY_WIRE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/alloc.h"
#include "common/base/buf.h"
#include "common/base/clock.h"
#include "common/base/error.h"
#include "common/base/secret.h"
#include "common/client/cancel.h"
#include "common/client/registry/trust.h"
#include "common/codec/challenge.h"
#include "common/codec/ratelimit.h"

#define WIRE_ERROR_BODY ((size_t)64 << 10) /* of what is no 2xx; the rest is not waited for */
#define WIRE_SLOW       2 /* answer deadlines for a whole answer, of a stream for its beginning */

struct wire;

struct wire_options {
	struct cancel *cancel; /* watched, not acted on */
	const char *user_agent;
	const char *ca; /* file with roots instead of the system's (SSL_CERT_FILE); NULL */
	/* Proxies for https and for http, and who needs none (no_proxy.h); NULL: none. */
	const char *https_proxy, *http_proxy, *no_proxy;
	int64_t answer_deadline, connect_deadline;
	const struct clock *clock;
};
int wire_open(struct wire **out, const struct wire_options *options, struct error *err) must_check;
void wire_close(struct wire **wire);

/* Borrowed until the exchange is over, but for the URL. */
struct wire_request {
	const char *method, *url;
	const char *accept;                 /* NULL */
	const struct secret *authorization; /* value of the header; empty or NULL: none */
	const struct secret *form;          /* body of a POST, urlencoded; NULL: none */
	const struct trust *trust;          /* roots, certificate, loopback; NULL: the system's */
	bool only_public;                   /* nothing is asked of an inner address */
	bool secret;                        /* the answer's body is: it is wiped */
	size_t limit;                       /* most bytes of a 2xx body */
	int64_t end;                        /* monotonic; INT64_MAX: none but the answer deadline */
	int (*chunk)(void *ctx, const void *data, size_t len, struct error *err); /* of a 2xx */
	void *chunk_ctx;
	void *ctx;
};

enum wire_end {
	WIRE_ANSWERED,
	WIRE_SILENT,    /* no connection */
	WIRE_BROKEN,    /* a connection, and then no whole answer */
	WIRE_GARBLED,   /* what came is no HTTP */
	WIRE_TOO_LARGE, /* more than limit */
	WIRE_REFUSED,   /* chunk() said so */
	WIRE_UNABLE,    /* this machine cannot do it */
	WIRE_BARRED,    /* the address is one that it may not go to */
};
/* Zeroed, then owned by who took it. */
struct wire_reply {
	void *ctx; /* of the request */
	enum wire_end end;
	struct error err; /* unless ANSWERED */
	int status;
	struct buf body;
	bool handed_out; /* chunk() has had bytes */
	bool inner; /* a connection of ours went to a loopback or private address, or the like */
	struct challenges challenges;
	struct strings links; /* of Link */
	char *content_type;   /* as it came; these are NULL where they did not */
	char *content_digest, *location, *retry_after, *date, *name_space;
	char *warning; /* the text of the first for people (warning.h); NULL */
	struct ratelimit ratelimit;
	int64_t content_length; /* of the header; -1 */
};
void wire_reply_release(struct wire_reply *reply);

/* What cannot even start is over at once. Returns nothing: see wire_take(). */
void wire_start(struct wire *wire, const struct wire_request *request);
/* One that is over; false: none is now. */
bool wire_take(struct wire *wire, struct wire_reply *out);
/* Moves bytes, and waits until something happens, until (monotonic) at the longest. */
void wire_wait(struct wire *wire, int64_t until);
/* Ends those, as if the connection broke, with err. which NULL: all. */
void wire_abandon(struct wire *wire, bool (*which)(const void *ctx), const struct error *err);

#endif
