/* SPDX-License-Identifier: Apache-2.0 */
#include "credhelper/attest/verify.h"

#include <cjose/cjose.h>
#include <string.h>

#include "common/codec/base64.h"

#define RSA_LEAST_BYTES 256
#define RSA_MOST_BYTES  1024
#define EXPONENT_MOST   8

/* What each algorithm wants of a key. */
static const struct {
	const char *kty, *curve; /* curve NULL: RSA */
	size_t field;            /* bytes of a coordinate */
	cjose_jwk_ec_curve id;
} wanted[] = {
	[JWT_RS256] = { "RSA", NULL, 0, CJOSE_JWK_EC_INVALID },
	[JWT_RS384] = { "RSA", NULL, 0, CJOSE_JWK_EC_INVALID },
	[JWT_RS512] = { "RSA", NULL, 0, CJOSE_JWK_EC_INVALID },
	[JWT_PS256] = { "RSA", NULL, 0, CJOSE_JWK_EC_INVALID },
	[JWT_ES256] = { "EC", "P-256", 32, CJOSE_JWK_EC_P_256 },
	[JWT_ES384] = { "EC", "P-384", 48, CJOSE_JWK_EC_P_384 },
	[JWT_ES512] = { "EC", "P-521", 66, CJOSE_JWK_EC_P_521 },
};

static bool is_text(const json_t *key, const char *name, const char *text)
{
	const char *has = json_string_value(json_object_get(key, name));

	return has && strcmp(has, text) == 0;
}

static bool is_absent_or(const json_t *key, const char *name, const char *text)
{
	return !json_object_get(key, name) || is_text(key, name, text);
}

static bool may_verify(const json_t *key)
{
	const json_t *ops = json_object_get(key, "key_ops");

	if (!ops)
		return true;
	for (size_t i = 0; i < json_array_size(ops); i++)
		if (json_is_string(json_array_get(ops, i)) &&
		    strcmp(json_string_value(json_array_get(ops, i)), "verify") == 0)
			return true;
	return false;
}

/* The numbers of a key, big-endian. */
struct numbers {
	struct secret a, b; /* n and e, or x and y */
};

static void numbers_release(struct numbers *n)
{
	secret_release(&n->a);
	secret_release(&n->b);
}
#define scoped_numbers scoped(numbers_release) struct numbers

static bool read_number(const json_t *key, const char *name, struct secret *out)
{
	const json_t *value = json_object_get(key, name);
	struct error err = ERROR_INIT;

	return json_is_string(value) && json_string_length(value) > 0 &&
	       base64url_read(json_string_value(value), json_string_length(value), out, &err) == 0;
}

/* Jenkins' oidc-provider writes the sign byte of Java's BigInteger. */
static void strip_zeroes(struct secret *number)
{
	scoped_secret all = take_value(*number);
	size_t zeroes = 0;

	while (zeroes < all.len && all.data[zeroes] == 0)
		zeroes++;
	secret_set(number, all.len ? all.data + zeroes : "", all.len - zeroes);
}

static bool is_odd(const struct secret *number)
{
	return number->len && (number->data[number->len - 1] & 1);
}

static bool read_rsa(const json_t *key, struct numbers *out)
{
	if (!read_number(key, "n", &out->a) || !read_number(key, "e", &out->b))
		return false;
	strip_zeroes(&out->a);
	strip_zeroes(&out->b);
	/* With an exponent of 1 everything is its own signature. */
	return out->a.len >= RSA_LEAST_BYTES && out->a.len <= RSA_MOST_BYTES && is_odd(&out->a) &&
	       is_odd(&out->b) && out->b.len <= EXPONENT_MOST &&
	       (out->b.len > 1 || (unsigned char)out->b.data[0] >= 3);
}

static bool read_ec(const json_t *key, enum jwt_alg alg, struct numbers *out)
{
	return is_text(key, "crv", wanted[alg].curve) && read_number(key, "x", &out->a) &&
	       read_number(key, "y", &out->b) && out->a.len == wanted[alg].field &&
	       out->b.len == wanted[alg].field;
}

static bool fits(const json_t *key, const struct jwt *jwt, struct numbers *out)
{
	if (jwt->kid && !is_text(key, "kid", jwt->kid))
		return false;
	if (!is_text(key, "kty", wanted[jwt->alg].kty) || !is_absent_or(key, "use", "sig") ||
	    !is_absent_or(key, "alg", jwt_alg_name(jwt->alg)) || !may_verify(key) ||
	    json_object_get(key, "d") || json_object_get(key, "k"))
		return false;
	return wanted[jwt->alg].curve ? read_ec(key, jwt->alg, out) : read_rsa(key, out);
}

/* --- cjose. */

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

static cjose_jwk_t *make_jwk(const struct numbers *n, enum jwt_alg alg)
{
	const cjose_jwk_rsa_keyspec rsa = { .n = (uint8_t *)n->a.data,
					    .nlen = n->a.len,
					    .e = (uint8_t *)n->b.data,
					    .elen = n->b.len };
	const cjose_jwk_ec_keyspec ec = { .crv = wanted[alg].id,
					  .x = (uint8_t *)n->a.data,
					  .xlen = n->a.len,
					  .y = (uint8_t *)n->b.data,
					  .ylen = n->b.len };
	cjose_err err;

	return wanted[alg].curve ? cjose_jwk_create_EC_spec(&ec, &err)
				 : cjose_jwk_create_RSA_spec(&rsa, &err);
}

static bool is_signed_by(const char *token, size_t len, const struct numbers *n, enum jwt_alg alg)
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
static bool has_length(const char *token, size_t len, const struct numbers *n, enum jwt_alg alg)
{
	const char *dot = memrchr(token, '.', len);
	struct error err = ERROR_INIT;
	scoped_secret signature = { 0 };

	return dot &&
	       base64url_read(dot + 1, (size_t)(token + len - dot - 1), &signature, &err) == 0 &&
	       signature.len == (wanted[alg].curve ? 2 * wanted[alg].field : n->a.len);
}

static bool is_accepted(const struct strings *accepted, enum jwt_alg alg)
{
	for (size_t i = 0; i < accepted->count; i++)
		if (strcmp(accepted->items[i], jwt_alg_name(alg)) == 0)
			return true;
	return false;
}

/* Without a name, a second key that fits would make it a choice. */
static size_t count_fitting(const struct jwt *jwt, const json_t *list)
{
	size_t count = 0, i;
	json_t *key;

	json_array_foreach(list, i, key) {
		scoped_numbers n = { 0 };

		count += fits(key, jwt, &n);
	}
	return count;
}

enum attest_reason verify_token(const char *token, size_t len, const struct jwt *jwt,
				const json_t *keys, const struct strings *accepted)
{
	const json_t *list = json_object_get(keys, "keys");
	size_t i, fitting;
	json_t *key;

	if (!is_accepted(accepted, jwt->alg))
		return ATTEST_REASON_ALGORITHM;
	fitting = count_fitting(jwt, list);
	if (fitting == 0 || (fitting > 1 && !jwt->kid))
		return ATTEST_REASON_KEY;
	json_array_foreach(list, i, key) {
		scoped_numbers n = { 0 };

		if (fits(key, jwt, &n) && has_length(token, len, &n, jwt->alg) &&
		    is_signed_by(token, len, &n, jwt->alg))
			return ATTEST_REASON_OK;
	}
	return ATTEST_REASON_SIGNATURE;
}

int verify_keys_check(const json_t *keys, struct error *err)
{
	const json_t *list = json_object_get(keys, "keys"), *key;
	size_t i;

	if (!json_is_array(list))
		return error_set(err, ERROR_INPUT, 0, "it is no key set: it has no list of keys");
	if (json_array_size(list) == 0 || json_array_size(list) > KEYS_MAX)
		return error_set(err, ERROR_INPUT, 0, "it has %zu keys: from 1 to %d are accepted",
				 json_array_size(list), KEYS_MAX);
	json_array_foreach(list, i, key)
		if (!json_is_object(key))
			return error_set(err, ERROR_INPUT, 0, "its key %zu is no object", i);
	return 0;
}
