/* SPDX-License-Identifier: Apache-2.0 */
/* Tokens and key sets of a test's own issuer. What signs them is libcjose; tests/pushgate has
 * tokens that openssl signed. */
#ifndef TESTS_UNIT_ATTEST_SIGNING_H
#define TESTS_UNIT_ATTEST_SIGNING_H

#include <jansson.h>

#include "common/base/alloc.h"

struct test_key {
	const char *name;
	const char *public, *private; /* members of its JWK */
};
extern const struct test_key test_keys[];
extern const size_t test_key_count;

/* {"keys":[...]}: names separated by blanks, each with a kid of its own name and the members of
 * more ("\"use\":\"sig\"", NULL: none). Owned. */
json_t *test_key_set(const char *names, const char *more);
/* The member of a key ("n"). Owned. */
char *test_key_member(const char *name, const char *member);

/* A token signed by the key, by what the header's "alg" says; the claims are signed as they are.
 * Owned. */
char *test_sign(const char *header, const char *claims, const char *key);

/* base64url of the texts, joined by dots; NULL ends them. Owned. */
char *test_join(const char *first, ...);

#endif
