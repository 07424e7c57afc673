/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The keys of an issuer: the pinned file of the policy, or its URL, or what discovery
 * (ISSUER/.well-known/openid-configuration, whose issuer must be the same bytes and whose jwks_uri
 * is https at the issuer's host and port, unless the policy names it) says. Fetched ones are cached
 * in /var/cache/docker-hygiene if we may write there, else the user's own ~/.cache/docker-hygiene
 * (the name is the SHA-256 of issuer, URL and CA; 0600; 5 min to 24 h). A cache of one's own says
 * nothing to others: who can write it can fake the gate for himself, as
 * docs/internals/pushgate-threats.md says of every advisory gate.
 */
#ifndef CREDHELPER_ATTEST_KEYS_H
#define CREDHELPER_ATTEST_KEYS_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/base/error.h"
#include "credhelper/policy.h"

#define KEYS_NEW INT64_C(10) /* seconds for which a key set is not asked for again */

struct keys_time {
	int64_t now; /* ns */
	int64_t end; /* of fetch.h */
};

/* fresh: not from the cache (an unknown key: once), unless it is younger than KEYS_NEW. Owned.
 * Errors: those of fetch.h, ERROR_INPUT. */
int keys_get(json_t **out, const struct gate_oidc *gate, const struct keys_time *when, bool fresh,
	     struct error *err) must_check;

#endif
