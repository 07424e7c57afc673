/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which key of a set (RFC 7517) may verify a token: settled before any library sees either. RS and
 * PS need kty RSA of 2048 to 8192 bits and an odd exponent above 1, ES256/384/512 kty EC of exactly
 * that curve; "use" is "sig" or absent, "key_ops" has "verify" or is absent, the key's "alg" equals
 * the token's or is absent, private and symmetric keys are left out. With a kid, only keys of that
 * kid; without, there must be one key that fits. Numbers are read as Jenkins' oidc-provider
 * writes them, too: with a sign's zero byte in front or without a coordinate's zeroes, and in
 * padded base64. Pure.
 */
#ifndef CREDHELPER_ATTEST_KEY_PICK_H
#define CREDHELPER_ATTEST_KEY_PICK_H

#include <jansson.h>
#include <stdbool.h>

#include "common/base/error.h"
#include "common/base/secret.h"
#include "common/codec/jwt.h"

#define KEYS_MAX       64          /* of a set */
#define KEYS_MAX_BYTES (512 << 10) /* of its JSON */

/* The numbers of a key, big-endian. */
struct key_numbers {
	struct secret a, b; /* n and e, or x and y: the field's length, with zeroes */
};
void key_numbers_release(struct key_numbers *n);
#define scoped_key_numbers scoped(key_numbers_release) struct key_numbers

/* Whether the set is a JWKS at all. Errors: ERROR_INPUT. */
int key_set_check(const json_t *keys, struct error *err) must_check;
/* How many keys of the set may verify the token: none where it would be a choice. */
size_t key_count(const struct jwt *jwt, const json_t *keys);
/* Whether this key may. Fills *out if it does. */
bool key_fits(const json_t *key, const struct jwt *jwt, struct key_numbers *out);
/* Bytes of a coordinate; 0: RSA. */
size_t key_field(enum jwt_alg alg);

#endif
