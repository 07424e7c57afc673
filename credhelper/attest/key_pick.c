/* SPDX-License-Identifier: Apache-2.0 */
#include "credhelper/attest/key_pick.h"

#include <string.h>

#include "common/codec/base64.h"

#define RSA_LEAST_BYTES 256
#define RSA_MOST_BYTES  1024
#define EXPONENT_MOST   8
#define ZEROES_MOST     4 /* in front of a coordinate: more is no chance */

/* What each algorithm wants of a key. */
static const struct {
	const char *kty, *curve; /* curve NULL: RSA */
	size_t field;            /* bytes of a coordinate */
} wanted[] = {
	[JWT_RS256] = { "RSA", NULL, 0 },    [JWT_RS384] = { "RSA", NULL, 0 },
	[JWT_RS512] = { "RSA", NULL, 0 },    [JWT_PS256] = { "RSA", NULL, 0 },
	[JWT_ES256] = { "EC", "P-256", 32 }, [JWT_ES384] = { "EC", "P-384", 48 },
	[JWT_ES512] = { "EC", "P-521", 66 },
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

void key_numbers_release(struct key_numbers *n)
{
	secret_release(&n->a);
	secret_release(&n->b);
	*n = (struct key_numbers){ 0 };
}

static bool read_number(const json_t *key, const char *name, struct secret *out)
{
	const json_t *value = json_object_get(key, name);
	const char *text = json_string_value(value);
	size_t len = json_string_length(value);
	struct error url = ERROR_INIT, plain = ERROR_INIT;

	/* Jenkins' oidc-provider writes the numbers of EC keys in the other alphabet, padded. */
	return text && len > 0 &&
	       (base64url_read(text, len, out, &url) == 0 ||
		base64_read(text, len, out, &plain) == 0);
}

/* Jenkins' oidc-provider writes Java's BigInteger: with a byte for the sign, without zeroes. */
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

static bool read_rsa(const json_t *key, struct key_numbers *out)
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

static bool read_coordinate(const json_t *key, const char *name, size_t field, struct secret *out)
{
	static const char none[ZEROES_MOST];
	scoped_secret bytes = { 0 };

	if (!read_number(key, name, &bytes))
		return false;
	strip_zeroes(&bytes);
	if (bytes.len > field || field - bytes.len > ZEROES_MOST)
		return false;
	secret_set(out, none, field - bytes.len);
	secret_add(out, bytes.data, bytes.len);
	return true;
}

static bool read_ec(const json_t *key, enum jwt_alg alg, struct key_numbers *out)
{
	return is_text(key, "crv", wanted[alg].curve) &&
	       read_coordinate(key, "x", wanted[alg].field, &out->a) &&
	       read_coordinate(key, "y", wanted[alg].field, &out->b);
}

bool key_fits(const json_t *key, const struct jwt *jwt, struct key_numbers *out)
{
	scoped_key_numbers n = { 0 };
	bool fits;

	if (jwt->kid && !is_text(key, "kid", jwt->kid))
		return false;
	if (!is_text(key, "kty", wanted[jwt->alg].kty) || !is_absent_or(key, "use", "sig") ||
	    !is_absent_or(key, "alg", jwt_alg_name(jwt->alg)) || !may_verify(key) ||
	    json_object_get(key, "d") || json_object_get(key, "k"))
		return false;
	fits = wanted[jwt->alg].curve ? read_ec(key, jwt->alg, &n) : read_rsa(key, &n);
	if (fits) {
		key_numbers_release(out);
		*out = take_value(n);
	}
	return fits;
}

size_t key_field(enum jwt_alg alg)
{
	return wanted[alg].field;
}

/* Without a name, a second key that fits would make it a choice. */
size_t key_count(const struct jwt *jwt, const json_t *keys)
{
	const json_t *list = json_object_get(keys, "keys");
	size_t count = 0, i;
	json_t *key;

	json_array_foreach(list, i, key) {
		scoped_key_numbers n = { 0 };

		count += key_fits(key, jwt, &n);
	}
	return count > 1 && !jwt->kid ? 0 : count;
}

int key_set_check(const json_t *keys, struct error *err)
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
