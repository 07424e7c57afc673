/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/suite.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/alloc.h"
#include "common/codec/base64.h"
#include "common/codec/jwt.h"

#define CLAIMS "{\"sub\":\"hidden\"}"
#define SIGNED "signature"

static void add_part(struct buf *out, const char *data, size_t len)
{
	size_t start = out->len;

	base64_add(out, data, len);
	while (out->len > start && out->data[out->len - 1] == '=')
		out->data[--out->len] = '\0';
	for (char *c = out->data + start; *c; c++)
		*c = *c == '+' ? '-' : *c == '/' ? '_' : *c;
}

static char *join(const char *header, const char *claims, const char *signature)
{
	scoped_buf out;

	buf_init(&out, SIZE_MAX);
	add_part(&out, header, strlen(header));
	buf_char(&out, '.');
	add_part(&out, claims, strlen(claims));
	buf_char(&out, '.');
	add_part(&out, signature, strlen(signature));
	return buf_take(&out);
}

static const struct {
	const char *why, *header;
	enum jwt_alg alg;
	const char *kid;
} good[] = {
	{ "RS256 and nothing else", "{\"alg\":\"RS256\"}", JWT_RS256, NULL },
	{ "RS384", "{\"alg\":\"RS384\"}", JWT_RS384, NULL },
	{ "RS512", "{\"alg\":\"RS512\"}", JWT_RS512, NULL },
	{ "PS256", "{\"alg\":\"PS256\"}", JWT_PS256, NULL },
	{ "ES256", "{\"alg\":\"ES256\"}", JWT_ES256, NULL },
	{ "ES384", "{\"alg\":\"ES384\"}", JWT_ES384, NULL },
	{ "ES512", "{\"alg\":\"ES512\"}", JWT_ES512, NULL },
	{ "GitHub's", "{\"typ\":\"JWT\",\"alg\":\"RS256\",\"x5t\":\"eB\",\"kid\":\"38826b17\"}",
	  JWT_RS256, "38826b17" },
	{ "Jenkins'", "{\"kid\":\"id-token\",\"typ\":\"JWT\",\"alg\":\"RS256\"}", JWT_RS256,
	  "id-token" },
	{ "an access token", "{\"alg\":\"RS256\",\"typ\":\"at+JWT\"}", JWT_RS256, NULL },
	{ "typ in another case", "{\"alg\":\"RS256\",\"typ\":\"jwt\"}", JWT_RS256, NULL },
	{ "blanks", " { \"alg\" : \"RS256\" } ", JWT_RS256, NULL },
};

START_TEST(reads)
{
	scoped_str token = join(good[_i].header, CLAIMS, SIGNED);
	struct error err = ERROR_INIT;
	scoped_jwt jwt = { 0 };

	ck_assert_msg(jwt_parse(&jwt, token, strlen(token), &err) == 0, "%s: %s", good[_i].why,
		      err.text);
	ck_assert_int_eq((int)jwt.alg, (int)good[_i].alg);
	ck_assert_pstr_eq(jwt.kid, good[_i].kid);
	ck_assert_str_eq(json_string_value(json_object_get(jwt.claims, "sub")), "hidden");
	ck_assert_int_eq(jwt_alg_find(jwt_alg_name(jwt.alg)), (int)jwt.alg);
}
END_TEST

#define OK "{\"alg\":\"RS256\"}"

static const struct {
	const char *why, *header, *claims, *signature;
	const char *error;
	enum error_kind kind;
} refused[] = {
#define ALG(name)                                                                  \
	{                                                                          \
		"alg " name, "{\"alg\":\"" name "\"}", CLAIMS, SIGNED,             \
			"alg " name " is none that is accepted", ERROR_UNSUPPORTED \
	}
	ALG("none"),
	ALG("None"),
	ALG("NONE"),
	ALG("HS256"),
	ALG("HS384"),
	ALG("HS512"),
	ALG("rs256"),
	ALG("RS256 "),
	ALG("RS1"),
	ALG("PS384"),
	ALG("ES256K"),
	ALG("EdDSA"),
	ALG("RSA-OAEP"),
	ALG("dir"),
	ALG(""),
#undef ALG
	{ "no alg", "{\"typ\":\"JWT\"}", CLAIMS, SIGNED, "its header has no alg", ERROR_INPUT },
	{ "alg null", "{\"alg\":null}", CLAIMS, SIGNED, "its header has no alg", ERROR_INPUT },
	{ "alg a list", "{\"alg\":[\"RS256\"]}", CLAIMS, SIGNED, "its header has no alg",
	  ERROR_INPUT },
	{ "alg a number", "{\"alg\":256}", CLAIMS, SIGNED, "its header has no alg", ERROR_INPUT },
	{ "alg under another name", "{\"Alg\":\"RS256\"}", CLAIMS, SIGNED, "its header has no alg",
	  ERROR_INPUT },
	{ "alg twice", "{\"alg\":\"RS256\",\"alg\":\"none\"}", CLAIMS, SIGNED,
	  "header: a key is there twice", ERROR_INPUT },
	{ "crit", "{\"alg\":\"RS256\",\"crit\":[\"exp\"]}", CLAIMS, SIGNED, "its header has crit",
	  ERROR_INPUT },
	{ "an empty crit", "{\"alg\":\"RS256\",\"crit\":[]}", CLAIMS, SIGNED, "its header has crit",
	  ERROR_INPUT },
	{ "crit null", "{\"alg\":\"RS256\",\"crit\":null}", CLAIMS, SIGNED, "its header has crit",
	  ERROR_INPUT },
	{ "b64", "{\"alg\":\"RS256\",\"b64\":false}", CLAIMS, SIGNED, "its header has b64",
	  ERROR_INPUT },
	{ "a key of its own", "{\"alg\":\"RS256\",\"jwk\":{\"kty\":\"RSA\"}}", CLAIMS, SIGNED,
	  "its header has jwk", ERROR_INPUT },
	{ "the address of its keys", "{\"alg\":\"RS256\",\"jku\":\"https://x/\"}", CLAIMS, SIGNED,
	  "its header has jku", ERROR_INPUT },
	{ "the address of a certificate", "{\"alg\":\"RS256\",\"x5u\":\"https://x/\"}", CLAIMS,
	  SIGNED, "its header has x5u", ERROR_INPUT },
	{ "a certificate", "{\"alg\":\"RS256\",\"x5c\":[\"MII\"]}", CLAIMS, SIGNED,
	  "its header has x5c", ERROR_INPUT },
	{ "typ of something else", "{\"alg\":\"RS256\",\"typ\":\"secevent+jwt\"}", CLAIMS, SIGNED,
	  "typ is not JWT", ERROR_INPUT },
	{ "typ no string", "{\"alg\":\"RS256\",\"typ\":1}", CLAIMS, SIGNED, "typ is not JWT",
	  ERROR_INPUT },
	{ "kid no string", "{\"alg\":\"RS256\",\"kid\":7}", CLAIMS, SIGNED, "kid is no string",
	  ERROR_INPUT },
	{ "kid null", "{\"alg\":\"RS256\",\"kid\":null}", CLAIMS, SIGNED, "kid is no string",
	  ERROR_INPUT },
	{ "a NUL in kid", "{\"alg\":\"RS256\",\"kid\":\"a\\u0000\"}", CLAIMS, SIGNED,
	  "header: no JSON object", ERROR_INPUT },
	{ "a header that is a list", "[\"hidden\"]", CLAIMS, SIGNED, "header: no JSON object",
	  ERROR_INPUT },
	{ "a header that is a string", "\"hidden\"", CLAIMS, SIGNED, "header: no JSON object",
	  ERROR_INPUT },
	{ "no header", "", CLAIMS, SIGNED, "header: no JSON object", ERROR_INPUT },
	{ "text behind the header", OK "{}", CLAIMS, SIGNED, "header: no JSON object",
	  ERROR_INPUT },
	{ "claims that are no JSON", OK, "hidden", SIGNED, "claims: no JSON object", ERROR_INPUT },
	{ "claims that are a list", OK, "[" CLAIMS "]", SIGNED, "claims: no JSON object",
	  ERROR_INPUT },
	{ "no claims", OK, "", SIGNED, "claims: no JSON object", ERROR_INPUT },
	{ "a claim twice", OK, "{\"sub\":\"hidden\",\"sub\":\"hidden2\"}", SIGNED,
	  "claims: a key is there twice", ERROR_INPUT },
	{ "a claim twice, deeper", OK, "{\"a\":{\"b\":1,\"b\":2}}", SIGNED,
	  "claims: a key is there twice", ERROR_INPUT },
	{ "a NUL in a claim", OK, "{\"sub\":\"boss\\u0000\"}", SIGNED, "claims: no JSON object",
	  ERROR_INPUT },
	{ "no UTF-8", OK, "{\"sub\":\"\xff\"}", SIGNED, "claims: no JSON object", ERROR_INPUT },
	{ "a number beyond all", OK, "{\"exp\":1e999}", SIGNED, "claims: no JSON object",
	  ERROR_INPUT },
	{ "text behind the claims", OK, CLAIMS "x", SIGNED, "claims: no JSON object", ERROR_INPUT },
	{ "no signature", OK, CLAIMS, "", "it is not signed", ERROR_INPUT },
};

START_TEST(refuses)
{
	scoped_str token = join(refused[_i].header, refused[_i].claims, refused[_i].signature);
	struct error err = ERROR_INIT;
	scoped_jwt jwt = { 0 };

	ck_assert_msg(jwt_parse(&jwt, token, strlen(token), &err) == -1, "%s", refused[_i].why);
	ck_assert_msg(strcmp(err.text, refused[_i].error) == 0, "%s: %s", refused[_i].why,
		      err.text);
	ck_assert_msg(err.kind == refused[_i].kind, "%s: %d", refused[_i].why, (int)err.kind);
	ck_assert(!jwt.header && !jwt.claims && !jwt.kid);
}
END_TEST

/* eyJhbGciOiJSUzI1NiJ9 is OK, e30 is {}. */
#define HEAD "eyJhbGciOiJSUzI1NiJ9"

static const struct {
	const char *why, *token, *error;
} shapes[] = {
	{ "nothing", "", "it has not three parts" },
	{ "a word", "hidden", "it has not three parts" },
	{ "two parts", HEAD ".e30", "it has not three parts" },
	{ "four parts", HEAD ".e30.AAAA.AAAA", "it has not three parts" },
	{ "five parts: encrypted", HEAD "..AAAA.AAAA.AAAA", "it has not three parts" },
	{ "a dot at its end", HEAD ".e30.AAAA.", "it has not three parts" },
	{ "only dots", "..", "header: no JSON object" },
	{ "padding of the claims", HEAD ".e30=.AAAA", "its claims: not base64" },
	{ "padding of the signature", HEAD ".e30.AA==", "its signature: not base64" },
	{ "the other alphabet", HEAD ".e30.+/AA", "its signature: not base64" },
	{ "a blank in front", " " HEAD ".e30.AAAA", "its header: not base64" },
	{ "a newline behind", HEAD ".e30.AAAA\n", "its signature: not base64" },
	{ "a newline within", HEAD ".e3\n0.AAAA", "its claims: not base64" },
	{ "bits left over", HEAD ".e31.AAAA", "its claims: not base64" },
	{ "bits left over in the signature", HEAD ".e30.AB", "its signature: not base64" },
	{ "a letter alone", HEAD ".e30.A", "its signature: not base64" },
	{ "no ASCII", HEAD ".e30.AA\xc3\xa4", "its signature: not base64" },
	{ "JSON form", "{\"payload\":\"e30\",\"signatures\":[]}", "it has not three parts" },
	{ "Bearer in front", "Bearer " HEAD ".e30.AAAA", "its header: not base64" },
};

START_TEST(shape)
{
	struct error err = ERROR_INIT;
	scoped_jwt jwt = { 0 };

	ck_assert_msg(jwt_parse(&jwt, shapes[_i].token, strlen(shapes[_i].token), &err) == -1, "%s",
		      shapes[_i].why);
	ck_assert_msg(strcmp(err.text, shapes[_i].error) == 0, "%s: %s", shapes[_i].why, err.text);
	ck_assert_int_eq(err.kind, ERROR_INPUT);
}
END_TEST

/* A NUL ends nothing. */
START_TEST(nul_within)
{
	static const char token[] = HEAD ".e30.AAAA\0.AAAA";
	struct error err = ERROR_INIT;
	scoped_jwt jwt = { 0 };

	ck_assert_int_eq(jwt_parse(&jwt, token, sizeof(token) - 1, &err), -1);
	ck_assert_int_eq(jwt_parse(&jwt, NULL, 0, &(struct error)ERROR_INIT), -1);
}
END_TEST

static char *with_claims(char what, size_t count)
{
	scoped_buf claims;

	buf_init(&claims, SIZE_MAX);
	buf_str(&claims, "{\"a\":");
	for (size_t i = 0; i < count; i++)
		buf_char(&claims, what);
	if (what == '[')
		for (size_t i = 0; i < count; i++)
			buf_char(&claims, ']');
	buf_char(&claims, '}');
	return join(OK, claims.data, SIGNED);
}

START_TEST(limits)
{
	struct error err = ERROR_INIT;
	scoped_jwt jwt = { 0 };
	scoped_str deep = with_claims('[', 31);

	ck_assert_msg(jwt_parse(&jwt, deep, strlen(deep), &err) == 0, "%s", err.text);
	scoped_str deeper = with_claims('[', 32);

	ck_assert_int_eq(jwt_parse(&jwt, deeper, strlen(deeper), &err), -1);
	ck_assert_str_eq(err.text, "claims: nested too deeply");
	scoped_str longer = with_claims('1', JWT_MAX);

	error_clear(&err);
	ck_assert_int_eq(jwt_parse(&jwt, longer, strlen(longer), &err), -1);
	ck_assert_int_eq(err.kind, ERROR_LIMIT);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("jwt");
	TCase *t = tcase_create("jwt");

	tcase_add_loop_test(t, reads, 0, (int)array_len(good));
	tcase_add_loop_test(t, refuses, 0, (int)array_len(refused));
	tcase_add_loop_test(t, shape, 0, (int)array_len(shapes));
	tcase_add_test(t, nul_within);
	tcase_add_test(t, limits);
	suite_add_tcase(s, t);
	return s;
}
