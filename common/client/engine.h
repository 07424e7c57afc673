/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A Docker Engine (or Podman's compatible service) at the other end of a unix socket, TCP, TLS or
 * ssh: version negotiation, kept-alive connections, many requests in flight, deadlines, limits.
 *
 * libcurl does the transfers and is loaded by engine_open(), not at start-up. Not thread-safe: one
 * engine, one thread.
 */
#ifndef COMMON_CLIENT_ENGINE_H
#define COMMON_CLIENT_ENGINE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/error.h"
#include "common/client/cancel.h"
#include "common/client/endpoint.h"

#define ENGINE_API_MIN 40 /* 1.40: Docker 19.03 */
#define ENGINE_API_MAX                                                            \
	56 /* 1.56: newest read and tested for; newer daemons are spoken to in it \
	    */

/* Limits and deadlines of a request that says 0. */
#define ENGINE_BODY_LIMIT       ((size_t)256 << 20)
#define ENGINE_ANSWER_DEADLINE  (60 * NSEC_PER_SEC) /* without one byte of progress */
#define ENGINE_CONNECT_DEADLINE (10 * NSEC_PER_SEC)
#define ENGINE_PARALLEL         8 /* requests in flight; one connection each (ssh: fewer) */
#define ENGINE_PARALLEL_MAX     32

struct engine;

struct engine_options {
	struct cancel *cancel;                     /* borrowed; NULL: cannot be cancelled */
	int64_t answer_deadline, connect_deadline; /* ns; 0: the ones above */
	const char *user_agent;
	/* Gets one line per request and answer, no bodies, no credentials; NULL: quiet. */
	void (*trace)(void *ctx, const char *line);
	void *trace_ctx;
};

/*
 * Connects, asks /_ping and agrees on a version: min(ours, the daemon's), not below ENGINE_API_MIN;
 * endpoint->api_version pins it. endpoint is copied. The answer to the ping has three times the
 * connect deadline (ssh: the answer deadline). Errors, each with the address and what to do:
 * ERROR_UNREACHABLE (no socket, refused), ERROR_DENIED (socket permissions, TLS client certificate
 * wanted), ERROR_TIMEOUT (accepts and never answers), ERROR_PROTOCOL (not an engine, TLS mismatch),
 * ERROR_UNSUPPORTED (version out of range).
 */
int engine_open(struct engine **out, const struct endpoint *endpoint,
		const struct engine_options *options, struct error *err) must_check;
void engine_close(struct engine **engine);
#define scoped_engine scoped(engine_close) struct engine

int engine_api_minor(const struct engine *engine); /* 41 for 1.41 */
bool engine_is_podman(const struct engine *engine);
/* Whether it is Podman of this version or newer; one that does not say its version is older. */
bool engine_podman_since(const struct engine *engine, int major, int minor);
/* The address for messages ("unix:///var/run/docker.sock"); borrowed. */
const char *engine_address(const struct engine *engine);
const struct endpoint *engine_endpoint(const struct engine *engine);

/*
 * A request. path is below the version ("/containers/json?all=1"), already escaped
 * (engine_path() does it); strings are borrowed until the request is done.
 */
struct engine_request {
	const char *method; /* "GET", "POST", "DELETE" */
	const char *path;
	const char *body; /* of POST; NULL: none */
	size_t body_len;  /* 0: strlen(body) */
	const char *type; /* of the body; NULL: application/json */
	size_t limit;     /* most bytes of answer; 0: ENGINE_BODY_LIMIT */
	/*
	 * For the whole answer, and then nothing else ends it; 0: answer_deadline without one byte
	 * of progress. Deleting and measuring send nothing until they are done, which may take
	 * minutes: give those a deadline of their own.
	 */
	int64_t deadline;
	void *ctx; /* the caller's, handed back */
};

/* An answer. Either err is set (no complete answer), or status is the HTTP status. */
struct engine_reply {
	int status;
	const char *body; /* NUL-terminated; borrowed until the callback returns */
	size_t len;
	struct error err;
	void *ctx;
};

/* "message" of an error answer (the engine's own words, one line, printable), or a text for the
 * status. Returns room. */
const char *engine_reply_message(const struct engine_reply *reply, char *room, size_t size);
/*
 * Turns a reply that is no success into an error: 404 NOT_FOUND, 409 CONFLICT, 400/406 REMOTE,
 * 401/403 DENIED, 5xx REMOTE, with the engine's message; 400 that speaks of the client's version
 * is UNSUPPORTED, other statuses PROTOCOL. 2xx and 304: returns 0. code is the status.
 */
int engine_reply_check(const struct engine_reply *reply, struct error *err) must_check;
/* Checks, parses; errors in the JSON become ERROR_PROTOCOL. An empty 204 is a JSON null, any
 * other empty answer an error.
 * *out is owned by the caller. */
int engine_reply_json(const struct engine_reply *reply, const char *name, json_t **out,
		      struct error *err) must_check;

/*
 * Many requests. next() fills a zeroed request and says what there is; done() gets each answer, in
 * any order, and may make next() have more. Runs until next() says END and nothing is in flight.
 * At most parallel (0: ENGINE_PARALLEL; never more than ENGINE_PARALLEL_MAX, over ssh 3) are in
 * flight. next() is asked again after each done(); WAIT with nothing in flight is END.
 * Returns 0, or -1 with ERROR_CANCELLED: nothing new is started then, requests in flight that
 * change something are waited for up to 2 s so that their outcome is known, the rest (and every
 * GET) get done() with ERROR_CANCELLED. A single failed request does not end the run: its reply
 * carries the error. next() and done() must not call the engine themselves.
 */
enum engine_next { ENGINE_NEXT_REQUEST, ENGINE_NEXT_WAIT, ENGINE_NEXT_END };
struct engine_work {
	enum engine_next (*next)(void *self, struct engine_request *request);
	void (*done)(void *self, const struct engine_reply *reply);
	void *self;
	unsigned parallel;
};
int engine_run(struct engine *engine, const struct engine_work *work, struct error *err) must_check;

/* One GET (or other), checked and parsed. name is what errors call the answer. out NULL: what it
 * says is of no interest, and may be nothing. */
int engine_get(struct engine *engine, const char *path, const char *name, json_t **out,
	       struct error *err) must_check;
int engine_call(struct engine *engine, const struct engine_request *request, const char *name,
		json_t **out, struct error *err) must_check;

/*
 * Reads a stream of JSON documents (NDJSON, json-seq, or just concatenated), one callback each; a
 * callback that returns non-zero ends the stream without error. A single document is at most
 * 1 MiB. deadline: for the whole stream (ERROR_TIMEOUT), 0: none, and then only cancelling ends a
 * stream that says nothing.
 */
int engine_stream(struct engine *engine, const char *path, int64_t deadline,
		  int (*each)(void *ctx, const json_t *document), void *ctx, struct error *err)
	must_check;

/* The same with a request of any kind; request->deadline is that of the whole stream. */
int engine_stream_request(struct engine *engine, const struct engine_request *request,
			  int (*each)(void *ctx, const json_t *document), void *ctx,
			  struct error *err) must_check;

/*
 * A hijacked connection: POST with "Upgrade: tcp" and no body (Podman takes bytes of one for
 * stdin), answered 101 or 200, then stdin goes out raw and stdout and stderr come back in frames
 * (codec/frames.h; containers without a terminal only). It has a connection of its own: the engine
 * can be called meanwhile.
 */
struct attach;

/* path: "/containers/ID/attach?stream=1&stdin=1&stdout=1&stderr=1". deadline: ns for connecting and
 * the answer; 0: answer_deadline. Errors: as engine_reply_check() for an answer that is none of the
 * two, those of connecting, ERROR_PROTOCOL (no attach stream: something between here and the engine
 * does not let it through). */
int engine_attach(struct engine *engine, const char *path, int64_t deadline, struct attach **out,
		  struct error *err) must_check;
/* All bytes to stdin. Errors: ERROR_UNREACHABLE (closed), ERROR_TIMEOUT, ERROR_CANCELLED. */
int attach_send(struct attach *attach, const void *data, size_t len, int64_t deadline,
		struct error *err) must_check;
/*
 * Up to size bytes of stdout, at least one: waits for them until the deadline (ns from now; 0: does
 * not wait, and *got is 0 if nothing is there). *at is MONOTONIC right after the read that brought
 * the last of them. At the end of the stream: ERROR_UNREACHABLE (ERROR_PROTOCOL inside a frame).
 * stderr is kept (the last 4 kB) for attach_stderr(); an error frame of the daemon is ERROR_REMOTE
 * with its text. What came before an error is handed out first; then the error stays, but
 * ERROR_TIMEOUT and ERROR_CANCELLED, which leave the stream as it is.
 */
int attach_receive(struct attach *attach, void *data, size_t size, int64_t deadline, size_t *got,
		   int64_t *at, struct error *err) must_check;
/* Readable (for poll) when there may be something to receive; receive until *got is 0 before
 * polling (TLS keeps bytes back). */
int attach_fd(const struct attach *attach);
/* As it came: not for a terminal without printable.h. Borrowed until the next call. */
const char *attach_stderr(const struct attach *attach);
/* Closes the connection: end of file for the container's stdin. Before engine_close(): that takes
 * the connection away, and afterwards this is all that may be called. */
void attach_close(struct attach **attach);
#define scoped_attach scoped(attach_close) struct attach

/*
 * printf for paths: "%p" takes a const char * and percent-escapes it as a path segment (and query
 * value); "%d", "%s" (trusted text), "%%". Owned by the caller.
 */
char *engine_path(const char *fmt, ...) must_check;

#endif
