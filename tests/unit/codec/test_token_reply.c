/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/suite.h"

#include <string.h>

#include "common/base/alloc.h"
#include "common/codec/token_reply.h"

#define S   NSEC_PER_SEC
#define NOW (1795482123 * S) /* 2026-11-24T01:02:03Z */
#define T   "\"token\":\"t\""

static const struct {
	const char *json, *token;
	int64_t lifetime; /* s */
	const char *why;
} good[] = {
	{ "{" T "}", "t", 60, "Docker's least" },
	{ "{\"access_token\":\"a\"}", "a", 60, "OAuth2's name alone (ACR)" },
	{ "{\"access_token\":\"a\"," T "}", "t", 60, "both: token" },
	{ "{\"access_token\":\"a\",\"token\":\"\"}", "a", 60, "token is empty" },
	{ "{\"access_token\":\"a\",\"token\":null}", "a", 60, "token is null" },
	{ "{" T ",\"expires_in\":300}", "t", 300, "five minutes" },
	{ "{" T ",\"expires_in\":59}", "t", 60, "less than the least" },
	{ "{" T ",\"expires_in\":0}", "t", 60, "none" },
	{ "{" T ",\"expires_in\":-5}", "t", 60, "negative" },
	{ "{" T ",\"expires_in\":null}", "t", 60, "null" },
	{ "{" T ",\"expires_in\":\"300\"}", "t", 60, "no number" },
	{ "{" T ",\"expires_in\":300.9}", "t", 300, "a fraction" },
	{ "{" T ",\"expires_in\":9223372036854775807}", "t", 86400, "for ever" },
	{ "{" T ",\"expires_in\":1e300}", "t", 86400, "and longer" },
	{ "{" T ",\"expires_in\":300,\"issued_at\":\"2026-11-24T01:02:03Z\"}", "t", 300,
	  "issued now" },
	{ "{" T ",\"expires_in\":300,\"issued_at\":\"2026-11-24T01:01:33Z\"}", "t", 270,
	  "30 s ago" },
	{ "{" T ",\"issued_at\":\"2026-11-24T01:01:33Z\"}", "t", 30, "the shortest" },
	{ "{" T ",\"expires_in\":300,\"issued_at\":\"2026-11-24T01:01:32Z\"}", "t", 300,
	  "31 s ago: a clock is wrong" },
	{ "{" T ",\"expires_in\":300,\"issued_at\":\"2026-11-24T01:02:04Z\"}", "t", 300,
	  "in a second" },
	{ "{" T ",\"expires_in\":300,\"issued_at\":\"0001-01-01T00:00:00Z\"}", "t", 300,
	  "Go's zero" },
	{ "{" T ",\"expires_in\":300,\"issued_at\":\"yesterday\"}", "t", 300, "no time" },
	{ "{" T ",\"expires_in\":300,\"issued_at\":1795482100}", "t", 300, "a number" },
	{ "{" T ",\"refresh_token\":\"r\",\"scope\":\"repository:a:pull\"}", "t", 60,
	  "a POST's reply" },
	{ "{" T ",\"scope\":7,\"x\":{\"y\":[1]}}", "t", 60, "what is not read" },
	{ "{\"token\":\"eyJ.e30.-_\\/+=~\"}", "eyJ.e30.-_/+=~", 60, "any characters" },
};

static bool is_text(const struct secret *s, const char *text)
{
	return s->len == strlen(text) && (!s->len || memcmp(s->data, text, s->len) == 0);
}

START_TEST(reads)
{
	struct error err = ERROR_INIT;
	scoped_token_reply reply = { 0 };

	ck_assert_msg(token_reply_parse(&reply, good[_i].json, strlen(good[_i].json), NOW, &err) ==
			      0,
		      "%s: %s", good[_i].why, err.text);
	ck_assert_msg(is_text(&reply.token, good[_i].token), "%s", good[_i].why);
	ck_assert_msg(reply.lifetime == good[_i].lifetime * S, "%s: %lld s", good[_i].why,
		      (long long)(reply.lifetime / S));
}
END_TEST

static const struct {
	const char *json, *error;
} bad[] = {
	{ "", "no JSON object" },
	{ "hidden", "no JSON object" },
	{ "[\"hidden\"]", "no JSON object" },
	{ "{\"token\":\"hidden\"} x", "no JSON object" },
	{ "{}", "there is no token in it" },
	{ "{\"token\":7}", "there is no token in it" },
	{ "{\"Token\":\"hidden\"}", "there is no token in it" },
	{ "{\"token\":\"hidden\",\"token\":\"hidden2\"}", "a key is there twice" },
	{ "{\"token\":\"hidden hidden\"}", "a token that no header can hold" },
	{ "{\"token\":\"hidden\\r\\nX: y\"}", "a token that no header can hold" },
	{ "{\"access_token\":\"hidden\\n\"}", "a token that no header can hold" },
	{ "{\"token\":\"\\u00e9hidden\"}", "a token that no header can hold" },
	{ "{\"token\":\"hidden\\u0000\"}", "no JSON object" },
	{ "{\"token\":\"hidden\xff\"}", "no JSON object" },
	{ "{\"token\":\"hidden\",\"a\":[[[[[[[[[]]]]]]]]]}", "nested too deeply" },
};

START_TEST(refuses)
{
	struct error err = ERROR_INIT;
	scoped_token_reply reply = { 0 };

	ck_assert_msg(token_reply_parse(&reply, bad[_i].json, strlen(bad[_i].json), NOW, &err) ==
			      -1,
		      "%s", bad[_i].json);
	ck_assert_int_eq(err.kind, ERROR_INPUT);
	ck_assert_msg(strstr(err.text, bad[_i].error) && !strstr(err.text, "hidden"), "%s: %s",
		      bad[_i].json, err.text);
	ck_assert(!reply.token.data);
}
END_TEST

START_TEST(limit)
{
	struct error err = ERROR_INIT;
	scoped_token_reply reply = { 0 };
	scoped_str json = xasprintf("{" T "}%*s", (int)TOKEN_REPLY_MAX - 13, "");

	ck_assert_uint_eq(strlen(json), TOKEN_REPLY_MAX);
	ck_assert_int_eq(token_reply_parse(&reply, json, TOKEN_REPLY_MAX, NOW, &err), 0);
	str_replace(&json, xasprintf("%s ", json));
	ck_assert_int_eq(token_reply_parse(&reply, json, TOKEN_REPLY_MAX + 1, NOW, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_LIMIT);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("token_reply");
	TCase *t = tcase_create("token_reply");

	tcase_add_loop_test(t, reads, 0, (int)array_len(good));
	tcase_add_loop_test(t, refuses, 0, (int)array_len(bad));
	tcase_add_test(t, limit);
	suite_add_tcase(s, t);
	return s;
}
