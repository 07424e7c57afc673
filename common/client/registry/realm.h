/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where credentials for a registry may go. The realm of a challenge is the registry's own word, and
 * whoever answers in its name could name any: credentials go there only where its owner is the
 * registry's (facts: distribution f215e51, go-containerregistry #2243 and after). Pure, but that
 * libpsl knows the public suffixes.
 */
#ifndef COMMON_CLIENT_REGISTRY_REALM_H
#define COMMON_CLIENT_REGISTRY_REALM_H

#include <stdbool.h>

#include "common/base/alloc.h"
#include "common/base/error.h"

/* Pairs that a person has vouched for, beside the built-in ones. */
struct realm_pair {
	char *registry; /* "registry.example:5000" */
	char *realm;    /* host, or host:port: "auth.example" (any port), "auth.example:8443" */
};
struct realms {
	struct realm_pair *items;
	size_t count, room;
};
/* "registry.example=auth.example other:5000=login.example:8443": blanks or commas between. Replaces
 * out. Errors: ERROR_INPUT. text may be NULL. */
int realms_read(struct realms *out, const char *text, struct error *err) must_check;
void realms_release(struct realms *realms);

enum realm_verdict {
	REALM_SAME_HOST,   /* any port */
	REALM_SAME_DOMAIN, /* the same registrable domain (public suffix list) */
	REALM_BUILT_IN,    /* docker.io and auth.docker.io */
	REALM_VOUCHED,     /* an entry of realms */
	REALM_OTHER,       /* credentials stay here; the token is asked for without them */
	REALM_WEAKER,      /* https registry, http realm: the same */
	REALM_PRIVATE, /* an inner address, named by who is not as near: nothing is asked there */
	REALM_BAD,     /* no http(s) URL that url.h takes: nothing is asked there */
};
/*
 * origin, realm: absolute URLs. IP addresses and single labels have no registrable domain. Without
 * libpsl (it is loaded when first needed) no two hosts share a domain. Names are not looked up: who
 * connects has to look at the address once more. realms may be NULL.
 */
enum realm_verdict realm_judge(const char *registry, const char *origin, const char *realm,
			       const struct realms *realms);
/* What people read: "another host", "http, where the registry is https". NULL if it is allowed. */
const char *realm_verdict_text(enum realm_verdict verdict);
/* Whether the public suffixes are known. For a hint. */
bool realm_knows_domains(void);
static inline bool realm_allowed(enum realm_verdict verdict)
{
	return verdict <= REALM_VOUCHED;
}

#endif
