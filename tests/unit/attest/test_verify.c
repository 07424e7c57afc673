/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/suite.h"

#include <stdlib.h>
#include <string.h>

#include "common/codec/base64.h"
#include "common/codec/json.h"
#include "credhelper/attest/key_pick.h"
#include "credhelper/attest/verify.h"
#include "tests/unit/attest/signing.h"

#define CLAIMS "{\"sub\":\"job\"}"
#define ALL    "RS256 RS384 RS512 PS256 ES256 ES384 ES512"

static enum attest_reason verify(const char *token, const json_t *keys, const char *accepted)
{
	scoped_strings list = { 0 };
	scoped_str names = xstrdup(accepted);
	scoped_jwt jwt = { 0 };
	struct error err = ERROR_INIT;
	char *rest = NULL;

	for (char *name = strtok_r(names, " ", &rest); name; name = strtok_r(NULL, " ", &rest))
		strings_add(&list, name);
	ck_assert_msg(jwt_parse(&jwt, token, strlen(token), &err) == 0, "%s", err.text);
	ck_assert_msg(key_set_check(keys, &err) == 0, "%s", err.text);
	return verify_token(token, strlen(token), &jwt, keys, &list);
}

static const struct {
	const char *why;
	const char *header, *signer; /* of the token */
	const char *keys, *more;     /* of the set */
	const char *accepted;
	enum attest_reason reason;
} rows[] = {
#define ROW(reason, why, header, signer, keys, more, accepted)                    \
	{                                                                         \
		why, header, signer, keys, more, accepted, ATTEST_REASON_##reason \
	}
	ROW(OK, "RS256", "{\"alg\":\"RS256\",\"kid\":\"rsa1\"}", "rsa1", "rsa1", NULL, ALL),
	ROW(OK, "RS384", "{\"alg\":\"RS384\",\"kid\":\"rsa1\"}", "rsa1", "rsa1", NULL, ALL),
	ROW(OK, "RS512", "{\"alg\":\"RS512\",\"kid\":\"rsa1\"}", "rsa1", "rsa1", NULL, ALL),
	ROW(OK, "PS256", "{\"alg\":\"PS256\",\"kid\":\"rsa1\"}", "rsa1", "rsa1", NULL, ALL),
	ROW(OK, "ES256", "{\"alg\":\"ES256\",\"kid\":\"p256\"}", "p256", "p256", NULL, ALL),
	ROW(OK, "ES384", "{\"alg\":\"ES384\",\"kid\":\"p384\"}", "p384", "p384", NULL, ALL),
	ROW(OK, "ES512", "{\"alg\":\"ES512\",\"kid\":\"p521\"}", "p521", "p521", NULL, ALL),
	ROW(OK, "the key of the kid among others", "{\"alg\":\"RS256\",\"kid\":\"rsa2\"}", "rsa2",
	    "p256 small rsa1 rsa2 p384", NULL, ALL),
	ROW(OK, "no kid, and one key that fits", "{\"alg\":\"ES256\"}", "p256", "rsa1 p256 p384",
	    NULL, ALL),
	ROW(OK, "for signatures", "{\"alg\":\"RS256\",\"kid\":\"rsa1\"}", "rsa1", "rsa1",
	    "\"use\":\"sig\",\"alg\":\"RS256\",\"key_ops\":[\"verify\"]", ALL),
	ROW(OK, "other members are no matter", "{\"alg\":\"RS256\",\"kid\":\"rsa1\"}", "rsa1",
	    "rsa1", "\"x5t\":\"abc\",\"x5c\":[\"MII\"]", ALL),
	ROW(OK, "what the policy names", "{\"alg\":\"RS256\",\"kid\":\"rsa1\"}", "rsa1", "rsa1",
	    NULL, "RS256"),
	ROW(ALGORITHM, "the policy takes another", "{\"alg\":\"RS384\",\"kid\":\"rsa1\"}", "rsa1",
	    "rsa1", NULL, "RS256 ES256"),
	ROW(ALGORITHM, "nor is PS256 RS256", "{\"alg\":\"PS256\",\"kid\":\"rsa1\"}", "rsa1", "rsa1",
	    NULL, "RS256"),
	ROW(ALGORITHM, "the policy takes none", "{\"alg\":\"RS256\",\"kid\":\"rsa1\"}", "rsa1",
	    "rsa1", NULL, ""),
	ROW(KEY, "another kid", "{\"alg\":\"RS256\",\"kid\":\"rsa9\"}", "rsa1", "rsa1", NULL, ALL),
	ROW(KEY, "a kid in another case", "{\"alg\":\"RS256\",\"kid\":\"RSA1\"}", "rsa1", "rsa1",
	    NULL, ALL),
	ROW(KEY, "an empty kid", "{\"alg\":\"RS256\",\"kid\":\"\"}", "rsa1", "rsa1", NULL, ALL),
	ROW(KEY, "no kid, and two keys fit", "{\"alg\":\"RS256\"}", "rsa1", "rsa1 rsa2", NULL, ALL),
	ROW(KEY, "the kid of a key of another kind", "{\"alg\":\"RS256\",\"kid\":\"p256\"}", "rsa1",
	    "rsa1 p256", NULL, ALL),
	ROW(KEY, "another curve than the algorithm's", "{\"alg\":\"ES256\",\"kid\":\"p384\"}",
	    "p256", "p384", NULL, ALL),
	ROW(KEY, "a key of 1024 bits", "{\"alg\":\"RS256\",\"kid\":\"small\"}", "small", "small",
	    NULL, ALL),
	ROW(KEY, "a key for encryption", "{\"alg\":\"RS256\",\"kid\":\"rsa1\"}", "rsa1", "rsa1",
	    "\"use\":\"enc\"", ALL),
	ROW(KEY, "use is no string", "{\"alg\":\"RS256\",\"kid\":\"rsa1\"}", "rsa1", "rsa1",
	    "\"use\":1", ALL),
	ROW(KEY, "a key that may only sign", "{\"alg\":\"RS256\",\"kid\":\"rsa1\"}", "rsa1", "rsa1",
	    "\"key_ops\":[\"sign\"]", ALL),
	ROW(KEY, "a key that may do nothing", "{\"alg\":\"RS256\",\"kid\":\"rsa1\"}", "rsa1",
	    "rsa1", "\"key_ops\":[]", ALL),
	ROW(KEY, "key_ops is no list", "{\"alg\":\"RS256\",\"kid\":\"rsa1\"}", "rsa1", "rsa1",
	    "\"key_ops\":\"verify\"", ALL),
	ROW(KEY, "a key of another algorithm", "{\"alg\":\"RS256\",\"kid\":\"rsa1\"}", "rsa1",
	    "rsa1", "\"alg\":\"PS256\"", ALL),
	ROW(KEY, "a private key", "{\"alg\":\"RS256\",\"kid\":\"rsa1\"}", "rsa1", "rsa1",
	    "\"d\":\"AQAB\"", ALL),
	ROW(KEY, "a shared secret beside a public key", "{\"alg\":\"RS256\",\"kid\":\"rsa1\"}",
	    "rsa1", "rsa1", "\"k\":\"AQAB\"", ALL),
	ROW(KEY, "only a shared secret", "{\"alg\":\"RS256\",\"kid\":\"secret\"}", "rsa1", "secret",
	    "\"k\":\"AQAB\"", ALL),
	ROW(SIGNATURE, "signed by another key", "{\"alg\":\"RS256\",\"kid\":\"rsa1\"}", "rsa2",
	    "rsa1", NULL, ALL),
	ROW(SIGNATURE, "signed by another key of the set", "{\"alg\":\"RS256\",\"kid\":\"rsa1\"}",
	    "rsa2", "rsa1 rsa2", NULL, ALL),
	ROW(SIGNATURE, "signed by another key of the curve", "{\"alg\":\"ES256\",\"kid\":\"p256\"}",
	    "p256b", "p256", NULL, ALL),
	ROW(SIGNATURE, "a signature as long as a smaller key's",
	    "{\"alg\":\"RS256\",\"kid\":\"rsa1\"}", "small", "rsa1", NULL, ALL),
#undef ROW
};

START_TEST(row)
{
	scoped_str token = test_sign(rows[_i].header, CLAIMS, rows[_i].signer);
	scoped_json *keys = test_key_set(rows[_i].keys, rows[_i].more);
	enum attest_reason reason = verify(token, keys, rows[_i].accepted);

	ck_assert_msg(reason == rows[_i].reason, "%s: %s", rows[_i].why,
		      attest_reason_name(reason));
}
END_TEST

/* --- A good token, with something done to it afterwards. */

#define GOOD "{\"alg\":\"RS256\",\"kid\":\"rsa1\"}"

static void swap_part(char **token, int index, const char *with)
{
	char *dots[3] = { *token, strchr(*token, '.') + 1, NULL };

	dots[2] = strchr(dots[1], '.') + 1;
	dots[1][-1] = dots[2][-1] = '\0';
	const char *parts[3] = { dots[0], dots[1], dots[2] };

	parts[index] = with;
	str_replace(token, xasprintf("%s.%s.%s", parts[0], parts[1], parts[2]));
}

static void other_claims(char **token)
{
	scoped_str part = test_join("{\"sub\":\"boss\"}", NULL);

	swap_part(token, 1, part);
}

static void other_header(char **token)
{
	scoped_str part = test_join("{\"alg\":\"RS256\",\"kid\":\"rsa1\",\"typ\":\"JWT\"}", NULL);

	swap_part(token, 0, part);
}

static void other_hash(char **token)
{
	scoped_str part = test_join("{\"alg\":\"RS512\",\"kid\":\"rsa1\"}", NULL);

	swap_part(token, 0, part);
}

static void one_bit(char **token)
{
	char *at = strrchr(*token, '.') + 20;

	*at = *at == 'A' ? 'B' : 'A';
}

static void shorter(char **token)
{
	(*token)[strlen(*token) - 4] = '\0';
	/* What is left must be base64url without bits left over. */
	(*token)[strlen(*token) - 2] = '\0';
}

static void longer(char **token)
{
	str_replace(token, xasprintf("%sAAAA", *token));
}

static void zeroes(char **token)
{
	size_t len = strlen(strrchr(*token, '.') + 1);
	scoped_str part = xstrdup(strrchr(*token, '.') + 1);

	memset(part, 'A', len);
	swap_part(token, 2, part);
}

static const struct {
	const char *why;
	void (*spoil)(char **token);
} spoilt[] = {
	{ "other claims", other_claims },
	{ "another header", other_header },
	{ "another hash", other_hash },
	{ "one bit of the signature", one_bit },
	{ "the end of the signature cut", shorter },
	{ "bytes behind the signature", longer },
	{ "a signature of zeroes", zeroes },
};

START_TEST(spoilt_one)
{
	char *token = test_sign(GOOD, CLAIMS, "rsa1");
	scoped_json *keys = test_key_set("rsa1", NULL);

	ck_assert_int_eq(verify(token, keys, ALL), ATTEST_REASON_OK);
	spoilt[_i].spoil(&token);
	ck_assert_msg(verify(token, keys, ALL) == ATTEST_REASON_SIGNATURE, "%s", spoilt[_i].why);
	free(token);
}
END_TEST

/* OpenSSL's form of an ECDSA signature, and R and S of zero. */
START_TEST(another_form_of_ecdsa)
{
	static const char header[] = "{\"alg\":\"ES256\",\"kid\":\"p256\"}";
	scoped_json *keys = test_key_set("p256", NULL);
	char *token = test_sign(header, CLAIMS, "p256");

	zeroes(&token);
	ck_assert_int_eq(verify(token, keys, ALL), ATTEST_REASON_SIGNATURE);
	swap_part(&token, 2, "MEUCIQDx");
	ck_assert_int_eq(verify(token, keys, ALL), ATTEST_REASON_SIGNATURE);
	free(token);
}
END_TEST

/* --- Keys whose numbers are odd. */

static json_t *key_with(const char *name, const char *member, const char *value)
{
	json_t *set = test_key_set(name, NULL);
	json_t *key = json_array_get(json_object_get(set, "keys"), 0);

	json_object_set_new(key, member, value ? json_string(value) : json_integer(1));
	return set;
}

/* The bytes of a number with zero bytes in front: base64url, or padded base64. */
static char *with_zeroes(const char *name, const char *member, size_t count, bool padded)
{
	static const char none[16];
	scoped_str text = test_key_member(name, member);
	scoped_secret bytes = { 0 };
	scoped_secret number = { 0 };
	struct error err = ERROR_INIT;
	scoped_buf out;

	ck_assert_int_eq(base64url_read(text, strlen(text), &bytes, &err), 0);
	secret_add(&number, none, count);
	secret_add(&number, bytes.data, bytes.len);
	buf_init(&out, SIZE_MAX);
	base64_add(&out, number.data, number.len);
	if (padded)
		return buf_take(&out);
	while (out.data[out.len - 1] == '=')
		out.data[--out.len] = '\0';
	for (char *c = out.data; *c; c++)
		*c = *c == '+' ? '-' : *c == '/' ? '_' : *c;
	return buf_take(&out);
}

/* Padded base64, with and without the byte for the sign. */
START_TEST(coordinates_of_jenkins)
{
	scoped_str token = test_sign("{\"alg\":\"ES256\",\"kid\":\"p256\"}", CLAIMS, "p256");

	for (size_t zeroes_in_front = 0; zeroes_in_front < 2; zeroes_in_front++) {
		scoped_str x = with_zeroes("p256", "x", zeroes_in_front, true);
		scoped_str y = with_zeroes("p256", "y", zeroes_in_front, true);
		scoped_json *keys = key_with("p256", "x", x);
		json_t *key = json_array_get(json_object_get(keys, "keys"), 0);

		json_object_set_new(key, "y", json_string(y));
		ck_assert_int_eq(verify(token, keys, ALL), ATTEST_REASON_OK);
	}
}
END_TEST

START_TEST(leading_zero_of_jenkins)
{
	scoped_str token = test_sign(GOOD, CLAIMS, "rsa1");
	scoped_str n = with_zeroes("rsa1", "n", 1, false);
	scoped_json *keys = key_with("rsa1", "n", n);

	ck_assert_int_eq(verify(token, keys, ALL), ATTEST_REASON_OK);
}
END_TEST

static const struct {
	const char *why, *key, *member, *value; /* NULL: no string */
} odd[] = {
	{ "an exponent of one: everything signs itself", "rsa1", "e", "AQ" },
	{ "an exponent of zero", "rsa1", "e", "AA" },
	{ "an even exponent", "rsa1", "e", "BA" },
	{ "an exponent as long as a key", "rsa1", "e", "AQAAAAAAAAAAAAAB" },
	{ "no exponent", "rsa1", "e", "" },
	{ "an exponent with half a padding", "rsa1", "e", "AQ=" },
	{ "an exponent that is no string", "rsa1", "e", NULL },
	{ "a modulus that is none", "rsa1", "n", "AQAB" },
	{ "a coordinate that is too long", "p256", "y",
	  "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQ" },
	{ "a modulus that is no base64", "rsa1", "n", "!" },
	{ "a curve that is none", "p256", "crv", "P-257" },
	{ "the curve of Bitcoin", "p256", "crv", "secp256k1" },
	{ "a coordinate that is too short", "p256", "x", "AQAB" },
	{ "no coordinate", "p256", "y", "" },
	{ "another kind in another case", "rsa1", "kty", "rsa" },
};

START_TEST(odd_key)
{
	bool rsa = strcmp(odd[_i].key, "rsa1") == 0;
	scoped_str token = rsa ? test_sign(GOOD, CLAIMS, "rsa1")
			       : test_sign("{\"alg\":\"ES256\",\"kid\":\"p256\"}", CLAIMS, "p256");
	scoped_json *keys = key_with(odd[_i].key, odd[_i].member, odd[_i].value);
	enum attest_reason reason = verify(token, keys, ALL);

	ck_assert_msg(reason == ATTEST_REASON_KEY, "%s: %s", odd[_i].why,
		      attest_reason_name(reason));
}
END_TEST

START_TEST(point_off_the_curve)
{
	scoped_str token = test_sign("{\"alg\":\"ES256\",\"kid\":\"p256\"}", CLAIMS, "p256");
	scoped_str x = test_key_member("p256b", "x");
	scoped_json *keys = key_with("p256", "x", x);

	ck_assert_int_eq(verify(token, keys, ALL), ATTEST_REASON_SIGNATURE);
}
END_TEST

START_TEST(two_keys_of_one_kid)
{
	scoped_str token = test_sign(GOOD, CLAIMS, "rsa1");
	scoped_json *keys = test_key_set("rsa2 rsa1", NULL);
	json_t *first = json_array_get(json_object_get(keys, "keys"), 0);

	json_object_set_new(first, "kid", json_string("rsa1"));
	ck_assert_int_eq(verify(token, keys, ALL), ATTEST_REASON_OK);
}
END_TEST

/* The attack: HS256 with the public key as the secret. There is no such algorithm here. */
START_TEST(public_key_as_secret)
{
	scoped_str token = test_sign("{\"alg\":\"HS256\",\"kid\":\"secret\"}", CLAIMS, "secret");
	scoped_jwt jwt = { 0 };
	struct error err = ERROR_INIT;

	ck_assert_int_eq(jwt_parse(&jwt, token, strlen(token), &err), -1);
	ck_assert_int_eq(err.kind, ERROR_UNSUPPORTED);
	ck_assert_str_eq(err.text, "alg HS256 is none that is accepted");
}
END_TEST

static const struct {
	const char *text, *error;
} no_sets[] = {
	{ "{}", "it is no key set: it has no list of keys" },
	{ "[]", "it is no key set: it has no list of keys" },
	{ "{\"keys\":{}}", "it is no key set: it has no list of keys" },
	{ "{\"keys\":[]}", "it has 0 keys: from 1 to 64 are accepted" },
	{ "{\"keys\":[{},1]}", "its key 1 is no object" },
};

START_TEST(no_set)
{
	scoped_json *keys = json_loads(no_sets[_i].text, 0, NULL);
	struct error err = ERROR_INIT;

	ck_assert_int_eq(key_set_check(keys, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_INPUT);
	ck_assert_str_eq(err.text, no_sets[_i].error);
}
END_TEST

START_TEST(too_many_keys)
{
	scoped_json *keys = test_key_set("p256", NULL);
	json_t *list = json_object_get(keys, "keys");
	struct error err = ERROR_INIT;

	while (json_array_size(list) < KEYS_MAX)
		json_array_append_new(list, json_object());
	ck_assert_int_eq(key_set_check(keys, &err), 0);
	json_array_append_new(list, json_object());
	ck_assert_int_eq(key_set_check(keys, &err), -1);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("verify");
	TCase *t = tcase_create("verify");

	tcase_add_loop_test(t, row, 0, (int)array_len(rows));
	tcase_add_loop_test(t, spoilt_one, 0, (int)array_len(spoilt));
	tcase_add_test(t, another_form_of_ecdsa);
	tcase_add_test(t, leading_zero_of_jenkins);
	tcase_add_test(t, coordinates_of_jenkins);
	tcase_add_loop_test(t, odd_key, 0, (int)array_len(odd));
	tcase_add_test(t, point_off_the_curve);
	tcase_add_test(t, two_keys_of_one_kid);
	tcase_add_test(t, public_key_as_secret);
	tcase_add_loop_test(t, no_set, 0, (int)array_len(no_sets));
	tcase_add_test(t, too_many_keys);
	suite_add_tcase(s, t);
	return s;
}
