/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The outside of a signed token (JWS compact form, RFC 7515 §7.1; claims RFC 7519): what can be
 * refused before a signature is looked at. Pure, and trusts nothing: a token that parses here is
 * still anybody's. The signature is credhelper/attest/verify.h's.
 */
#ifndef COMMON_CODEC_JWT_H
#define COMMON_CODEC_JWT_H

#include <jansson.h>
#include <stddef.h>

#include "common/base/error.h"

#define JWT_MAX (16 << 10)

enum jwt_alg { JWT_RS256, JWT_RS384, JWT_RS512, JWT_PS256, JWT_ES256, JWT_ES384, JWT_ES512 };
const char *jwt_alg_name(enum jwt_alg alg);
/* -1: not one of those (none, HS256, EdDSA, "rs256": the case counts). */
int jwt_alg_find(const char *name);

struct jwt {
	enum jwt_alg alg;
	char *kid;      /* NULL: none */
	json_t *header; /* owned, objects both */
	json_t *claims;
};

/*
 * Three parts of base64url without padding, blanks or bits left over; header and claims are JSON
 * objects without duplicate keys, at most 32 deep; alg is one of jwt_alg; typ, if there, "JWT" or
 * "at+jwt" in any case; no "crit", "b64", "jwk", "jku", "x5u" or "x5c". Errors: ERROR_INPUT, with a
 * text that quotes nothing of the token but alg and the names of keys; ERROR_UNSUPPORTED for
 * another alg; ERROR_LIMIT.
 */
int jwt_parse(struct jwt *out, const char *token, size_t len, struct error *err) must_check;
void jwt_release(struct jwt *jwt);
#define scoped_jwt scoped(jwt_release) struct jwt

#endif
