/* SPDX-License-Identifier: Apache-2.0 */
#include "credhelper/attest/verify.h"

#include <cjose/cjose.h>

#include "common/codec/base64.h"
#include "credhelper/attest/key_pick.h"

static void jwk_release(cjose_jwk_t **jwk)
{
	if (*jwk)
		cjose_jwk_release(*jwk);
}

static void jws_release(cjose_jws_t **jws)
{
	if (*jws)
		cjose_jws_release(*jws);
}

static cjose_jwk_ec_curve curve_of(enum jwt_alg alg)
{
	return alg == JWT_ES256   ? CJOSE_JWK_EC_P_256
	       : alg == JWT_ES384 ? CJOSE_JWK_EC_P_384
				  : CJOSE_JWK_EC_P_521;
}

static cjose_jwk_t *make_jwk(const struct key_numbers *n, enum jwt_alg alg)
{
	const cjose_jwk_rsa_keyspec rsa = { .n = (uint8_t *)n->a.data,
					    .nlen = n->a.len,
					    .e = (uint8_t *)n->b.data,
					    .elen = n->b.len };
	const cjose_jwk_ec_keyspec ec = { .crv = curve_of(alg),
					  .x = (uint8_t *)n->a.data,
					  .xlen = n->a.len,
					  .y = (uint8_t *)n->b.data,
					  .ylen = n->b.len };
	cjose_err err;

	return key_field(alg) ? cjose_jwk_create_EC_spec(&ec, &err)
			      : cjose_jwk_create_RSA_spec(&rsa, &err);
}

static bool is_signed_by(const char *token, size_t len, const struct key_numbers *n,
			 enum jwt_alg alg)
{
	cjose_jwk_t *jwk scoped(jwk_release) = make_jwk(n, alg);
	cjose_jws_t *jws scoped(jws_release) = NULL;
	cjose_err err;

	if (!jwk)
		return false;
	jws = cjose_jws_import(token, len, &err);
	return jws && cjose_jws_verify(jws, jwk, &err);
}

/* The bytes of the signature must be as many as the key makes: cjose is not asked about others. */
static bool has_length(const char *token, size_t len, const struct key_numbers *n, enum jwt_alg alg)
{
	struct error err = ERROR_INIT;
	scoped_secret signature = { 0 };
	size_t start = len;

	while (start > 0 && token[start - 1] != '.')
		start--;
	return base64url_read(token + start, len - start, &signature, &err) == 0 &&
	       signature.len == (key_field(alg) ? 2 * key_field(alg) : n->a.len);
}

enum attest_reason verify_token(const char *token, size_t len, const struct jwt *jwt,
				const json_t *keys, const struct strings *accepted)
{
	const json_t *list = json_object_get(keys, "keys");
	size_t i;
	json_t *key;

	if (!strings_have(accepted, jwt_alg_name(jwt->alg)))
		return ATTEST_REASON_ALGORITHM;
	if (key_count(jwt, keys) == 0)
		return ATTEST_REASON_KEY;
	json_array_foreach(list, i, key) {
		scoped_key_numbers n = { 0 };

		if (key_fits(key, jwt, &n) && has_length(token, len, &n, jwt->alg) &&
		    is_signed_by(token, len, &n, jwt->alg))
			return ATTEST_REASON_OK;
	}
	return ATTEST_REASON_SIGNATURE;
}
