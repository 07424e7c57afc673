/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of auth.c: how a registry wants to be asked (auth_way.c), tokens and the requests for
 * them (auth_grant.c), and words for people (auth_explain.c). */
#ifndef COMMON_CLIENT_REGISTRY_AUTH_INTERNAL_H
#define COMMON_CLIENT_REGISTRY_AUTH_INTERNAL_H

#include "common/client/registry/auth.h"
#include "common/codec/scope.h"

/* How a registry wants to be asked, as one of its challenges said. */
struct auth_way {
	struct auth_way *next;
	char *realm;   /* an absolute URL; NULL: no Bearer that may be asked for */
	char *service; /* NULL: none was named */
	char *shown;   /* the realm without its query, or as it was named, printable; NULL: none */
	enum realm_verdict verdict; /* of the realm */
	bool basic;
	bool basic_works; /* a password has let somebody in */
	unsigned basic_refused;
	char *offered;   /* the schemes, printable: "negotiate, ntlm" */
	bool post_works; /* its realm gave a token for a POST */
	bool get_only;   /* it did not take a POST */
	bool of_old;     /* of another origin: kept, since strings of it were handed out */
};

enum auth_scheme { AUTH_BARE, AUTH_BASIC, AUTH_DIRECT, AUTH_BEARER };

/* A token, the request for it, or why there is none. */
struct auth_grant {
	struct auth_grant *next;
	unsigned id;
	enum { GRANT_ASKED, GRANT_READY, GRANT_FAILED } state;
	struct auth_way *way;
	const struct credential *credential; /* NULL: anonymous */
	struct scope_set scopes;
	struct scope_set lead; /* of them, what comes first */
	bool many;             /* asked for others too, if only for other actions */
	bool alone;            /* asked for one repository that has to have its own */
	bool post;
	struct secret token;
	int64_t end;           /* wall clock: of the token, or until when a failure is remembered */
	struct strings worked; /* what it let in: "pull,push name" */
	struct strings refused; /* repositories that it is not for */
	bool for_all;           /* FAILED: so would every request of this way and credential */
	bool for_part;          /* FAILED: so would every one for a part of its scopes */
	struct error err;
};

/* What is known of one repository. */
struct auth_place {
	struct auth_place *next;
	char *repository;                    /* "": none */
	const struct credential *credential; /* NULL: not looked for yet */
	struct auth_way *way;  /* what it was challenged with last; NULL: see auth.way */
	bool alone;            /* tokens for it are for it alone */
	bool plain;            /* and without a hint, which did no good */
	struct scope_set hint; /* scopes that its challenges named */
};

struct auth {
	char *registry, *origin;
	struct credentials *credentials;
	const struct realms *realms;
	struct credential none;        /* where credentials is NULL */
	bool learned;                  /* a first answer has come */
	const struct auth_need *probe; /* the request that goes first */
	struct auth_way *way;          /* of the last challenge; NULL: there was none */
	struct auth_way *ways;         /* the newest first, as of the others */
	unsigned way_count;
	struct auth_place *places;
	struct auth_grant *grants;
	unsigned last_id;
};

/* --- auth_way.c */

void auth_ways_release(struct auth *auth);
/* What the challenges say, the same object for the same words; NULL: they say nothing. */
struct auth_way *auth_way_learn(struct auth *auth, const struct challenges *challenges);
/* Adds the scopes of challenges that a request with these actions may take over. */
void auth_way_scopes(struct scope_set *out, const struct challenges *challenges,
		     const struct auth_need *need);
/* How a request goes out, with this credential, that was challenged so (way may be NULL). */
enum auth_scheme auth_scheme_of(const struct auth_way *way, const struct credential *credential);
/* The credential, if the realm may see it; else NULL. */
const struct credential *auth_way_credential(const struct auth_way *way,
					     const struct credential *credential);

/* --- auth_grant.c */

/* The name of its repository, "": none. */
const char *auth_need_name(const struct auth_need *need);
/* What its token has to be good for. */
void auth_need_scopes(struct scope_set *out, const struct auth_need *need,
		      const struct auth_place *place);
struct auth_grant *auth_grant_find(const struct auth *auth, unsigned id);
/* The grant that is the answer for these scopes: READY and not about to end, ASKED or FAILED; NULL:
 * one has to be asked for. */
struct auth_grant *auth_grant_for(const struct auth *auth, const struct auth_way *way,
				  const struct credential *credential,
				  const struct scope_set *scopes, const struct auth_place *place,
				  int64_t now);
struct auth_grant *auth_grant_add(struct auth *auth, struct auth_way *way,
				  const struct credential *credential);
void auth_grant_drop(struct auth *auth, struct auth_grant *grant);
/* Those whose time is over. */
void auth_grants_tidy(struct auth *auth, int64_t now);
void auth_grants_release(struct auth *auth);
/* It was asked for because of this repository. */
bool auth_grant_leads(const struct auth_grant *grant, const char *repository);
/* Whether it has let this in before, and that it has. */
bool auth_grant_worked(const struct auth_grant *grant, const struct auth_need *need);
void auth_grant_works(struct auth_grant *grant, const struct auth_need *need);
/* What to send for it. */
void auth_grant_request(const struct auth_grant *grant, struct auth_fetch *out);
/* "Basic ..."; of an identity token with the user that stands for it. */
void auth_basic(const struct credential *credential, struct secret *out);

/* --- auth_explain.c */

/* error_hint()s: what stands between these credentials and this registry. */
void auth_explain_with(const struct auth *auth, const struct auth_way *way,
		       const struct credential *credential, struct error *err);
/* grant->err: why a token server gave no token, from its status and body. */
void auth_explain_fetch(const struct auth *auth, struct auth_grant *grant, int status,
			const char *body, size_t len);

/* --- auth.c */

struct auth_place *auth_place_find(const struct auth *auth, const char *repository);
struct auth_way *auth_way_of(const struct auth *auth, const struct auth_place *place);
const struct credential *auth_credential_of(const struct auth *auth, const char *repository);

#endif
