/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Credentials as docker's own configuration gives them, in docker's order: DOCKER_AUTH_CONFIG
 * (whose registries go around all helpers, docker 28.3 and newer), credHelpers of the registry,
 * credsStore, auths. Where a helper is in force, nothing of auths counts but a registrytoken, as in
 * docker. Keys with a path ("host/org", as containers' auth.json has them) stand before the host's
 * for the repositories below it: the longest counts. Helpers are asked with the key as docker asks:
 * "https://index.docker.io/v1/" for Docker Hub, else the host with its port.
 *
 * Nothing is looked for that is not configured: docker's own search for "pass" and "secretservice",
 * where nothing is, is left out.
 */
#ifndef COMMON_CLIENT_REGISTRY_CREDENTIALS_H
#define COMMON_CLIENT_REGISTRY_CREDENTIALS_H

#include <stdint.h>

#include "common/base/alloc.h"
#include "common/base/clock.h"
#include "common/base/error.h"
#include "common/base/secret.h"
#include "common/client/cancel.h"
#include "common/client/docker_config.h"

#define CREDENTIALS_HELPER_DEADLINE (30 * NSEC_PER_SEC) /* people may be asked for a passphrase */

enum credential_kind {
	CREDENTIAL_NONE,
	CREDENTIAL_PASSWORD,
	CREDENTIAL_IDENTITY, /* identitytoken, or a helper's user "<token>": an OAuth2 refresh token
			      */
	CREDENTIAL_BEARER,   /* registrytoken: sent as it is */
};
struct credential {
	enum credential_kind kind;
	char *user;           /* NULL unless PASSWORD; not empty, no colon */
	struct secret secret; /* not empty; BEARER: fit for a header */
	char *source;         /* "credsStore pushgate", "credHelpers ecr-login", "auths",
				 "DOCKER_AUTH_CONFIG": for people; NULL: nothing is configured */
	char *key;            /* what it was looked for under: one object per source and key; "" */
	struct error failure; /* a helper that could not be asked, or failed, an entry that cannot
				 be used; kind NONE: none. Kind NONE and CREDENTIAL_NONE is "there
				 are none" */
	char *said; /* what a helper that has none said on stderr: one printable line; NULL */
};

struct credentials;

/* config is borrowed; NULL: none. Errors: ERROR_INPUT (DOCKER_AUTH_CONFIG is no such JSON). */
int credentials_open(struct credentials **out, const struct docker_config *config,
		     const char *(*env)(const char *name), struct cancel *cancel, struct error *err)
	must_check;
void credentials_close(struct credentials **credentials);
#define scoped_credentials scoped(credentials_close) struct credentials
/* Of each call of a helper, ns; CREDENTIALS_HELPER_DEADLINE unless set. */
void credentials_helper_deadline(struct credentials *c, int64_t deadline);

/* Never fails: see failure. Each helper is asked once for each key: the same key is the same
 * object. Borrowed until credentials_close(). repository may be NULL. */
const struct credential *credentials_find(struct credentials *c, const char *registry,
					  const char *repository);

/* Every registry that something is configured for, without asking for a secret: keys of auths,
 * credHelpers and DOCKER_AUTH_CONFIG, and what `list` of credsStore names. Hosts as
 * reference.domain, sorted, each once; replaces out. What could not be asked is appended to notes.
 */
void credentials_registries(struct credentials *c, struct strings *out, struct strings *notes);

#endif
