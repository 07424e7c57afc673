/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the engine client share; nobody else includes it. */
#ifndef COMMON_CLIENT_ENGINE_INTERNAL_H
#define COMMON_CLIENT_ENGINE_INTERNAL_H

#include "common/base/buf.h"
#include "common/base/clock.h"
#include "common/client/curl_api.h"
#include "common/client/engine.h"
#include "common/client/ping.h"

#define SSH_PARALLEL 3
#define SSH_CHILDREN 16

/*
 * The ssh processes that connections of an ssh:// endpoint go through. libcurl connects to a
 * listening socket of ours; each connection that comes out of it becomes stdin and stdout of one.
 */
struct ssh {
	int listener;        /* -1 if the endpoint is not ssh */
	char *path;          /* of the listener */
	int pin;             /* holds its inode where the path is gone; -1 */
	int errors[2];       /* pipe: stderr of all of them */
	struct buf said;     /* what came out of it; bounded */
	struct error failed; /* why the last one did not start */
	const struct endpoint *endpoint;
	pid_t children[SSH_CHILDREN]; /* 0: free */
};

/* One request under way, or a slot for one; slots keep handle and buffer for the next. */
struct transfer {
	struct engine *engine;
	CURL *easy;
	struct engine_request request;
	struct buf body;
	struct curl_slist *headers; /* of a request whose body is no JSON; NULL: the engine's */
	struct stream *stream;      /* engine_stream(); NULL */
	struct ping *ping;          /* /_ping; NULL */
	bool busy;
	bool too_large;     /* the answer exceeded the limit */
	int64_t started;    /* monotonic */
	int64_t progressed; /* when the last byte came, or started */
	char detail[CURL_ERROR_SIZE];
};

struct engine {
	struct curl_api curl;
	CURLM *multi;
	struct endpoint endpoint;
	struct cancel *cancel;
	int64_t answer_deadline, connect_deadline;
	char *user_agent;
	void (*trace)(void *ctx, const char *line);
	void *trace_ctx;
	char *origin;  /* "http://localhost", with the prefix of tcp:// addresses */
	char *proxy;   /* for every request; "": none */
	int api_minor; /* 0 until agreed: paths go out without a version then */
	struct ping ping;
	struct curl_slist *headers;      /* for requests without a body */
	struct curl_slist *body_headers; /* for requests with one, in JSON */
	struct transfer slots[ENGINE_PARALLEL_MAX];
	struct ssh ssh;
	struct attach *attached; /* those that are open */
	bool running;            /* inside engine_run() */
};

/* A stream of documents instead of a body. */
struct stream {
	int (*chunk)(struct stream *stream, const char *data, size_t len, struct error *err);
	bool ended; /* chunk() returned 1: the caller has enough */
	struct error err;
};

static inline int64_t monotonic_now(void)
{
	return clock_system.monotonic(&clock_system);
}

/* engine.c: the headers of a request whose body is of that type (NULL: no body). Owned by the
 * caller; curl copies nothing of it. */
struct curl_slist *engine_headers(const struct engine *engine, const char *type) must_check;

/* engine_request.c: sets the slot's handle up for its request. */
int transfer_prepare(struct transfer *transfer, struct error *err) must_check;
/* The same for a bare connection: libcurl connects (proxy, TLS), and what is said is ours. */
int transfer_prepare_connection(struct transfer *transfer, struct error *err) must_check;
/* Of a path below the version. Owned by the caller. */
char *engine_url(const struct engine *engine, const char *path) must_check;

/* engine_run.c: engine_run() with a stream or a ping for the one request. */
int engine_run_one(struct engine *engine, const struct engine_request *request,
		   struct stream *stream, struct ping *ping,
		   void (*done)(void *self, const struct engine_reply *reply), void *self,
		   struct error *err) must_check;

/* engine_run.c: what to watch besides the connections: cancelling, and the ssh processes. Returns
 * how many. */
unsigned engine_extra_fds(const struct engine *engine, bool cancel, struct curl_waitfd out[3]);

/* engine_attach.c: takes its connection away; of no use then, but still to be closed. */
void attach_disconnect(struct attach *attach);

/* engine_error.c: why there is no answer. Returns -1. */
int transfer_error(struct transfer *transfer, CURLcode code, struct error *err);
int transfer_timeout(const struct transfer *transfer, struct error *err);
/* Errors of TLS files that are not there or not readable, before libcurl is asked. */
int check_tls_files(const struct endpoint *endpoint, struct error *err) must_check;

/* engine_ssh.c. endpoint is borrowed. */
int ssh_open(struct ssh *ssh, const struct endpoint *endpoint, struct error *err) must_check;
/* Once libcurl has closed its connections: ends what does not end by itself, within 3 s. */
void ssh_close(struct ssh *ssh);
/* Starts a process for each new connection, takes what they wrote to stderr (so that they never
 * wait for it), reaps the ended. To be called often; does not wait. */
void ssh_attend(struct ssh *ssh);

#endif
