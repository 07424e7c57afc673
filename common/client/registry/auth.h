/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who a registry lets in, as a state machine without I/O: challenges in, what to send out. One
 * object per registry of a run. The scheduler sends what it is told to and brings the answers.
 *
 *  - The first request goes out alone and bare; its answer says how the registry wants to be asked
 *    (a ping would be one request more, and its scope is a placeholder at some registries).
 *  - Basic: sent with every request from then on. Bearer before Basic where both are offered.
 *  - Bearer: one token for many repositories, in chunks, of those that are asked with the same
 *    credential. What a token turns out not to do (some token servers read the first scope only) is
 *    asked for again for that repository alone, once.
 *  - Tokens are renewed before they end. A token's own words about its scope prove nothing.
 *  - Credentials go to a realm only where realm_allowed() says so; else the token is asked for
 *    without them, and that is told. A registry that takes Basic too gets it then.
 *  - A request is refused three times at most.
 */
#ifndef COMMON_CLIENT_REGISTRY_AUTH_H
#define COMMON_CLIENT_REGISTRY_AUTH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/error.h"
#include "common/base/secret.h"
#include "common/client/registry/credentials.h"
#include "common/client/registry/realm.h"
#include "common/codec/challenge.h"

#define AUTH_CHUNK       25                 /* repositories in one token request */
#define AUTH_CHUNK_BYTES 3000               /* of its scopes, escaped */
#define AUTH_EARLY       (5 * NSEC_PER_SEC) /* before a token's end it is no longer used */
#define AUTH_REFUSED_MAX 3                  /* 401s of one request */

struct auth;

struct auth_options {
	const char *registry;            /* as reference.domain */
	const char *origin;              /* "https://registry-1.docker.io": scheme, host, port */
	struct credentials *credentials; /* borrowed; NULL: anonymous */
	const struct realms *realms;     /* borrowed */
};
void auth_open(struct auth **out, const struct auth_options *options);
void auth_close(struct auth **auth);
/* Docker's rule for loopback: http after https did not work there. Forgets what was learned. */
void auth_origin(struct auth *auth, const char *origin);

/* What a request needs. Zeroed (but the two strings) when it is new; kept with it over its tries.
 */
struct auth_need {
	const char *repository; /* NULL: none (/v2/) */
	const char *actions;    /* "pull", "pull,push", "delete"; without a repository NULL */
	unsigned refused;       /* 401s so far */
	unsigned grant;         /* auth's own: the token that it went out with; 0: none */
	unsigned waits;         /* auth's own: the token that it waits for; 0: none */
	bool sent_credentials;  /* auth's own: it went out as somebody */
};

/* A request to a token server. */
struct auth_fetch {
	unsigned id; /* never 0 */
	char *url;
	bool post;    /* body is a form; else GET */
	bool vouched; /* a person has named this server: it may lie at an inner address */
	struct secret body;
	struct secret authorization; /* of the header, "Basic ..."; empty: none */
};
void auth_fetch_release(struct auth_fetch *fetch);

enum auth_step {
	AUTH_GO,    /* send it; authorization is for the header, empty: none */
	AUTH_WAIT,  /* something under way will tell: ask again after the next answer */
	AUTH_FETCH, /* make this request, bring its answer to auth_fetched(), ask again */
	AUTH_FAIL,  /* it ends with err: UNAUTHORIZED (ERROR_DENIED), or that there was no token */
};
/* Strings and errors in it are borrowed from auth until auth_close(). */
struct auth_order {
	enum auth_step step;
	struct secret authorization;
	struct auth_fetch fetch;
	const struct credential *as; /* whose; NULL: anonymous */
	const char *user;            /* the same: "" is an identity token */
	/* The realm that credentials were withheld from, printable; NULL: none were. */
	const char *withheld;
	/* Why somebody's credentials could not be had, and it goes out anonymously; NULL. */
	const struct error *trouble;
	struct error err;
};
void auth_order_release(struct auth_order *order);

/*
 * Before each try of a request. others: what else waits for this registry, for the token to cover
 * (need may be among them); now: wall clock. May run a credential helper (once for each key), which
 * blocks. After GO there has to be an auth_after(), after FETCH an auth_fetched(), whatever
 * happens.
 */
void auth_before(struct auth *auth, struct auth_need *need, const struct auth_need *const *others,
		 size_t count, int64_t now, struct auth_order *out);

enum auth_verdict {
	AUTH_ANSWERED, /* the answer is the request's own */
	AUTH_AGAIN,    /* ask auth_before() again, at once */
};
/* After each answer of the registry. status 0: there was none, or it was never sent. challenges: of
 * all its WWW-Authenticate lines. */
enum auth_verdict auth_after(struct auth *auth, struct auth_need *need, int status,
			     const struct challenges *challenges);

/* For a 401 or 403 that was ANSWERED: puts behind the text of err who was asked as, and what would
 * help. err is set. */
void auth_explain(const struct auth *auth, const struct auth_need *need, struct error *err);

/* The answer of a token server: its status with the body, or, status 0, why there is none (err;
 * else NULL). Retries are over. A POST that it does not know falls back to GET: the next
 * auth_before() orders it. */
void auth_fetched(struct auth *auth, unsigned id, int status, const char *body, size_t len,
		  int64_t now, const struct error *err);

/* The token server sends a GET on to url. Whether it is to be asked there: only where what the
 * request holds may go; else its 3xx is the answer. */
bool auth_fetch_follows(const struct auth *auth, unsigned id, const char *url);

#endif
