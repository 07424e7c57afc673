/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Registries that speak the OCI distribution protocol: one scheduler for all requests of a run,
 * over all registries that they go to. Each request ends in an outcome of its own; whatever one
 * registry does, the others' requests go on.
 *
 * libcurl does the transfers and is loaded by registry_open(). Not thread-safe: one client, one
 * thread. Facts: the distribution specification, RFC 9110, and what registries were seen to do
 * (docs/internals/registry-client.md).
 */
#ifndef COMMON_CLIENT_REGISTRY_REGISTRY_H
#define COMMON_CLIENT_REGISTRY_REGISTRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/clock.h"
#include "common/base/error.h"
#include "common/client/cancel.h"
#include "common/client/docker_config.h"
#include "common/codec/registry_error.h"

/* What an option that is 0 means. */
#define REGISTRY_PARALLEL         8                   /* requests in flight to one host */
#define REGISTRY_PARALLEL_LIGHT   16                  /* the same, while all of them are HEADs */
#define REGISTRY_MAX_WAIT         (60 * NSEC_PER_SEC) /* for a host that said when to come back */
#define REGISTRY_ANSWER_DEADLINE  (30 * NSEC_PER_SEC) /* without one byte of progress */
#define REGISTRY_CONNECT_DEADLINE (10 * NSEC_PER_SEC)
#define REGISTRY_TRIES            5 /* of one request, the first counted */
/* Retries of one host in a run: so many, and a tenth of the requests that it answered. */
#define REGISTRY_RETRIES          20
#define REGISTRY_BODY_LIMIT       ((size_t)4 << 20)
#define REGISTRY_REDIRECTS        5

struct registry;

struct registry_options {
	const struct docker_config *config; /* where credentials come from; borrowed. NULL: none */
	const char *(*env)(const char *name); /* getenv(); DOCKER_AUTH_CONFIG, proxies */
	const struct clock *clock;
	struct cancel *cancel; /* borrowed; NULL: cannot be cancelled */
	const char *user_agent;
	const char *certs_dir; /* NULL: /etc/docker/certs.d, then docker's of a rootless user */
	unsigned parallel;     /* requests in flight to one host */
	double rate;           /* requests a second to one host; 0: 30 to Docker Hub, else any */
	int64_t max_wait;      /* ns; 0: REGISTRY_MAX_WAIT; negative: never wait */
	int64_t answer_deadline, connect_deadline; /* ns */
	uint64_t seed;                             /* of the jitter; 0: from the system */
	bool anonymous;                            /* asks nobody for credentials */
	/* Gets one line per request and answer, no bodies, no queries, no credentials; NULL: quiet.
	 */
	void (*trace)(void *ctx, const char *line);
	void *trace_ctx;
};

/* Errors: ERROR_UNSUPPORTED (no libcurl), ERROR_INPUT (DOCKER_AUTH_CONFIG or realms do not
 * parse). */
int registry_open(struct registry **out, const struct registry_options *options, struct error *err)
	must_check;
void registry_close(struct registry **registry);
#define scoped_registry scoped(registry_close) struct registry

/* What cancelling the run does to a request; beyond REGISTRY_LAST it ends it in any case. */
enum registry_stop {
	REGISTRY_STOP_AT_ONCE,
	REGISTRY_STOP_UNSENT, /* what is on its way is waited for: its answer has to be known */
	REGISTRY_STOP_NEVER,  /* goes out even then: what cleans up */
};
#define REGISTRY_LAST (5 * NSEC_PER_SEC) /* after cancelling, for those two */

enum registry_method { REGISTRY_HEAD, REGISTRY_GET, REGISTRY_POST, REGISTRY_DELETE };

struct registry_reply;

/*
 * One request. Strings are copied by registry_add(). The path is below "/v2/<repository>/" and
 * already escaped ("manifests/latest", "tags/list?n=1000"); repository NULL: below "/v2/".
 */
struct registry_request {
	enum registry_method method;
	const char *registry;   /* as reference.domain: "docker.io", "host:5000", "[::1]:5000" */
	const char *repository; /* as reference.path */
	const char *path;
	/* Instead of path: where this registry said to go on (Link, Location). Credentials go there
	 * only if it is the registry's own origin; a private address only if the registry's own is.
	 */
	const char *url;
	const char *accept;  /* media types with commas; NULL: none */
	const char *actions; /* what the token is to allow on the repository: "pull", "pull,push",
				"delete"; NULL: "pull" */
	size_t limit;        /* most bytes of body; 0: REGISTRY_BODY_LIMIT */
	int64_t deadline;    /* ns, for all of it with its retries; 0: none but the ones above */
	/* Called once for each request, within registry_run(); may registry_add() more. */
	void (*done)(void *ctx, const struct registry_reply *reply);
	/* Gets the body of a 2xx piece by piece instead of reply->body; limit holds for it too. Not
	 * 0: ends the request (PROTOCOL, with what the callback put in err). A try that broke off
	 * after bytes were handed out is not tried again. NULL: reply->body. */
	int (*chunk)(void *ctx, const void *data, size_t len, struct error *err);
	void *ctx;
	enum registry_stop stop;
};

struct registry_reply {
	enum registry_outcome outcome;
	int status;       /* of the last answer; 0: there was none */
	const char *body; /* NUL-terminated; borrowed, as all below, until done() returns */
	size_t len;
	const char *content_type;   /* without parameters, lower case; NULL */
	const char *content_digest; /* Docker-Content-Digest, if it is a valid one; NULL */
	int64_t content_length;     /* -1: not told */
	const char *location;       /* resolved to an absolute URL; NULL */
	const char *next;           /* of Link rel="next", the same; NULL */
	bool next_lost;             /* there is more, but not within its origin, or no address */
	int64_t retry_at; /* RATE_LIMITED: wall clock, when to come back; TIME_NONE: not told */
	bool from_proxy;  /* the answer names another registry whose copy this is (OCI-Namespace) */
	/* Who was asked as: the user name, "" for an identity token; NULL: anonymous. */
	const char *user;
	/* Where those credentials are from, as in struct credential; NULL: anonymous. */
	const char *source;
	bool known;    /* a token server took them, and gave a token: they are not wrong */
	bool withheld; /* credentials there are, but they may not go to the realm that it named */
	const char *trouble; /* why somebody's credentials could not be had, and it was asked
				anonymously; NULL */
	bool sent;           /* it went out, whatever came of it */
	struct error err;    /* kind NONE if OK; a text for people, with the registry's own words */
};

/* May be called before registry_run() and within done(). Errors of the request (a registry name
 * that is none) come as its reply. */
void registry_add(struct registry *r, const struct registry_request *request);

/*
 * Until every request added has had its done(). Cancelled: what is left ends CANCELLED (see
 * registry_stop), and -1 with ERROR_CANCELLED. Nothing else fails as a whole.
 */
int registry_run(struct registry *r, struct error *err) must_check;

/* What came of one registry in this run; for reports. */
struct registry_tally {
	const char *registry;
	size_t requests; /* sent to the registry itself */
	size_t tokens;   /* asked of its token servers */
	size_t retries;
	int64_t limit, remaining; /* ratelimit-limit, ratelimit-remaining, as told last; -1 */
	int64_t window;           /* ns of the limit; -1 */
	const char *warning;      /* the text of its first "Warning: 299"; printable. NULL */
	const char *realm;        /* that credentials were withheld from; NULL */
	const char *trouble;      /* why its credentials could not be had, and it was asked
				     anonymously, whatever came of that; NULL */
};
/* The rows are good until it is called again. */
size_t registry_tallies(struct registry *r, const struct registry_tally **out);

#endif
