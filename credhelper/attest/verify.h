/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The signature of a token against a key set (RFC 7517), by libcjose. Which key may verify which
 * algorithm is settled here before cjose sees either: RS and PS need kty RSA of 2048 to 8192 bits,
 * ES256/384/512 kty EC of exactly that curve; "use" is "sig" or absent, "key_ops" has "verify" or
 * is absent, the key's "alg" equals the token's or is absent, private and symmetric keys are left
 * out. With a kid, only keys of that kid; without, there must be one key that fits. A leading zero
 * byte of "n" is taken off (Jenkins' oidc-provider writes BigInteger's).
 */
#ifndef CREDHELPER_ATTEST_VERIFY_H
#define CREDHELPER_ATTEST_VERIFY_H

#include <jansson.h>

#include "common/base/alloc.h"
#include "common/codec/jwt.h"
#include "credhelper/attest/reasons.h"

#define KEYS_MAX       64          /* of a set */
#define KEYS_MAX_BYTES (512 << 10) /* of its JSON */

/* token: the bytes that jwt was parsed from. OK, ALGORITHM (not in accepted), KEY or SIGNATURE. */
enum attest_reason verify_token(const char *token, size_t len, const struct jwt *jwt,
				const json_t *keys, const struct strings *accepted);
/* Whether the set is a JWKS at all. Errors: ERROR_INPUT. */
int verify_keys_check(const json_t *keys, struct error *err) must_check;

#endif
