/* SPDX-License-Identifier: Apache-2.0 */
#include "common/codec/jwt.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/base/alloc.h"
#include "common/codec/base64.h"
#include "common/codec/json.h"
#include "common/codec/printable.h"

#define DEPTH_MAX 32
#define KID_MAX   1024

static const char *const names[] = {
	[JWT_RS256] = "RS256", [JWT_RS384] = "RS384", [JWT_RS512] = "RS512", [JWT_PS256] = "PS256",
	[JWT_ES256] = "ES256", [JWT_ES384] = "ES384", [JWT_ES512] = "ES512",
};

const char *jwt_alg_name(enum jwt_alg alg)
{
	return names[alg];
}

int jwt_alg_find(const char *name)
{
	for (size_t i = 0; i < array_len(names); i++)
		if (strcmp(names[i], name) == 0)
			return (int)i;
	return -1;
}

/* Members of a header that would have us take the key from the token, or read the rest of it in
 * another way. */
static const char *const forbidden[] = { "crit", "b64", "jwk", "jku", "x5u", "x5c" };

static int check_kid(const json_t *header, struct error *err)
{
	const json_t *kid = json_object_get(header, "kid");

	if (kid && !json_is_string(kid))
		return error_set(err, ERROR_INPUT, 0, "kid is no string");
	if (kid && json_string_length(kid) > KID_MAX)
		return error_set(err, ERROR_INPUT, 0, "kid is too long");
	return 0;
}

static int check_header(const json_t *header, enum jwt_alg *out, struct error *err)
{
	const json_t *alg = json_object_get(header, "alg"), *typ = json_object_get(header, "typ");
	char text[PRINTABLE_SHORT];

	for (size_t i = 0; i < array_len(forbidden); i++)
		if (json_object_get(header, forbidden[i]))
			return error_set(err, ERROR_INPUT, 0, "its header has %s", forbidden[i]);
	if (!json_is_string(alg))
		return error_set(err, ERROR_INPUT, 0, "its header has no alg");
	int found = jwt_alg_find(json_string_value(alg));

	if (found < 0)
		return error_set(err, ERROR_UNSUPPORTED, 0, "alg %s is none that is accepted",
				 printable_short(text, json_string_value(alg)));
	if (typ && (!json_is_string(typ) || (strcasecmp(json_string_value(typ), "JWT") != 0 &&
					     strcasecmp(json_string_value(typ), "at+jwt") != 0)))
		return error_set(err, ERROR_INPUT, 0, "typ is not JWT");
	if (check_kid(header, err) < 0)
		return -1;
	*out = (enum jwt_alg)found;
	return 0;
}

static int read_part(const char *part, size_t len, const char *name, json_t **out,
		     struct error *err)
{
	scoped_secret bytes = { 0 };

	if (base64url_read(part, len, &bytes, err) < 0)
		return error_wrap(err, "its %s", name);
	return json_parse_secret(out, bytes.data ? bytes.data : "", bytes.len, DEPTH_MAX, name,
				 err);
}

static int check_signature(const char *part, size_t len, struct error *err)
{
	scoped_secret bytes = { 0 };

	if (base64url_read(part, len, &bytes, err) < 0)
		return error_wrap(err, "its signature");
	return bytes.len ? 0 : error_set(err, ERROR_INPUT, 0, "it is not signed");
}

int jwt_parse(struct jwt *out, const char *token, size_t len, struct error *err)
{
	const char *end = token + len;
	scoped_jwt jwt = { 0 };

	if (len > JWT_MAX)
		return error_set(err, ERROR_LIMIT, 0, "more than %d bytes", JWT_MAX);
	const char *dot = len ? memchr(token, '.', len) : NULL;
	const char *second = dot ? memchr(dot + 1, '.', (size_t)(end - dot - 1)) : NULL;

	if (!second || memchr(second + 1, '.', (size_t)(end - second - 1)))
		return error_set(err, ERROR_INPUT, 0, "it has not three parts");
	if (read_part(token, (size_t)(dot - token), "header", &jwt.header, err) < 0 ||
	    check_header(jwt.header, &jwt.alg, err) < 0 ||
	    read_part(dot + 1, (size_t)(second - dot - 1), "claims", &jwt.claims, err) < 0 ||
	    check_signature(second + 1, (size_t)(end - second - 1), err) < 0)
		return -1;
	jwt.kid = xstrdup_null(json_string_value(json_object_get(jwt.header, "kid")));
	*out = take_value(jwt);
	return 0;
}

void jwt_release(struct jwt *jwt)
{
	free(jwt->kid);
	json_decref(jwt->header);
	json_decref(jwt->claims);
	*jwt = (struct jwt){ 0 };
}
