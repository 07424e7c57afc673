/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of registry.h share; nobody else includes it. */
#ifndef COMMON_CLIENT_REGISTRY_REGISTRY_INTERNAL_H
#define COMMON_CLIENT_REGISTRY_REGISTRY_INTERNAL_H

#include "common/client/registry/auth.h"
#include "common/client/registry/credentials.h"
#include "common/client/registry/host.h"
#include "common/client/registry/realm.h"
#include "common/client/registry/registry.h"
#include "common/client/registry/trust.h"
#include "common/client/registry/wire.h"
#include "common/codec/url.h"

enum job_kind {
	JOB_REQUEST, /* the caller's */
	JOB_FETCH,   /* a token for home */
};

struct site;

/* Something to be sent, once or (redirects, refusals, failures) several times. */
struct job {
	struct job *next; /* in the queue of `at` */
	enum job_kind kind;
	struct site *home;               /* the registry that it is for */
	struct site *at;                 /* where it goes now */
	struct registry_request request; /* strings are the job's own; empty of a fetch */
	struct auth_need need;
	struct auth_fetch fetch;
	char *url; /* where it goes now; NULL: home's, by path */
	unsigned tries, redirects;
	int64_t end;     /* monotonic; INT64_MAX */
	int64_t started; /* the last try */
	/* Of the try that flies: */
	struct secret authorization;
	bool asked_auth; /* auth_before() said GO: auth_after() is owed */
	bool light;
	const struct credential *as;
	const char *user;
	const char *withheld;
	const struct error *trouble;
};

/* One origin: a registry, a token server, a store that blobs are fetched from. */
struct site {
	struct site *next;
	char *name; /* of a registry, as reference.domain; else its origin */
	bool registry;
	char *origin;        /* "https://registry-1.docker.io" */
	struct error broken; /* why nothing can be sent there; kind NONE */
	struct trust trust;
	struct auth *auth; /* of a registry */
	struct host host;
	struct job *first, *last;
	struct error trouble; /* what the last try met that was no answer; kind NONE */
	int64_t retry_at; /* wall clock: when it, or its token server, wants to be asked; TIME_NONE
			   */
	bool inner;       /* it was seen at a loopback or private address */
	bool answered;    /* something came back */
	bool plain;       /* loopback: http, since https did not work */
	struct registry_tally tally; /* of a registry; strings below */
	char *warning, *realm;
};

struct registry {
	struct registry_options options;
	struct wire *wire;
	struct credentials *credentials;
	struct realms realms;
	struct site *sites, **last_site;
	size_t jobs;  /* not done yet, fetches too */
	bool changed; /* a queue got more, or auth knows more: pump again */
	struct {
		struct registry_tally *items;
		size_t count, room;
	} tallies;
};

static inline int64_t registry_monotonic(const struct registry *r)
{
	return r->options.clock->monotonic(r->options.clock);
}
static inline int64_t registry_now(const struct registry *r)
{
	return r->options.clock->now(r->options.clock);
}
void registry_trace(const struct registry *r, const char *fmt, ...) printf_like(2, 3);

/* registry_site.c */
struct site *site_of_registry(struct registry *r, const char *name);
/* origin: as url_origin() writes it. Of the home registry's own origin: home. */
struct site *site_of_origin(struct registry *r, struct site *home, const char *origin);
void site_free(struct site *site);
/* Docker's rule: from here on http, as if nothing had been sent. */
void site_go_plain(struct registry *r, struct site *site);
void site_push(struct site *site, struct job *job);
void site_push_front(struct site *site, struct job *job);
void site_remove(struct site *site, struct job *before, struct job *job);

/* Where it goes now. Owned. */
char *job_url(const struct job *job) must_check;

/* registry_send.c: starts what may start. Returns when there will be more (monotonic). */
int64_t registry_pump(struct registry *r);

/* registry_take.c: what an exchange means for its job. */
void registry_took(struct registry *r, struct job *job, struct wire_reply *reply);
/* Ends a job without an answer of its own. */
void job_fail(struct registry *r, struct job *job, enum registry_outcome outcome,
	      const struct error *err);
void job_free(struct job *job);

/* registry_reply.c: pure. How an answer is told. */
enum registry_outcome outcome_of(const struct wire_reply *reply, bool head);
enum error_kind kind_of_outcome(enum registry_outcome outcome);
/* "docker.io/library/x: manifests/latest" in front; text is what went wrong. */
void job_error(const struct job *job, enum registry_outcome outcome, int status, const char *text,
	       struct error *err);
/* What is said of a try: the words of who refused it, its status, or why there is no answer. */
void answer_words(const struct job *job, const struct wire_reply *reply, char *out, size_t size);
/* "application/json; charset=x" to "application/json", lower case. In place. */
void media_type_trim(char *type);

#endif
