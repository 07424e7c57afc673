/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/suite.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/codec/attest_message.h"

static const struct {
	const char *text;
	const char *gate, *token, *vendor, *url, *bearer;
} questions[] = {
	{ "{\"version\":1,\"gate\":\"job\",\"token\":\"eyJ.e30.AA\"}\n", "job", "eyJ.e30.AA", NULL,
	  NULL, NULL },
	{ "{\"version\":1,\"gate\":\"job\",\"request\":{\"vendor\":\"github\",\"url\":\"https://x/"
	  "?a=b\",\"bearer\":\"key\"}}\n",
	  "job", "", "github", "https://x/?a=b", "key" },
	{ "{\"version\":1,\"gate\":\"a\\\"b\\\\c\\u0001\",\"token\":\"\\u001f\"}\n", "a\"b\\c\001",
	  "\037", NULL, NULL, NULL },
};

static bool is(const struct secret *s, const char *text)
{
	return s->len == strlen(text) && (!s->len || memcmp(s->data, text, s->len) == 0);
}

START_TEST(question)
{
	struct error err = ERROR_INIT;
	scoped_attest_question q = { 0 };
	scoped_buf text;
	const char *from = questions[_i].text;

	ck_assert_msg(attest_question_parse(&q, from, strlen(from), &err) == 0, "%s", err.text);
	ck_assert_str_eq(q.gate, questions[_i].gate);
	ck_assert_pstr_eq(q.vendor, questions[_i].vendor);
	ck_assert_pstr_eq(q.url, questions[_i].url);
	ck_assert(is(&q.token, questions[_i].token));
	ck_assert(is(&q.bearer, questions[_i].bearer ? questions[_i].bearer : ""));
	buf_init_wiped(&text, SIZE_MAX);
	attest_question_write(&q, &text);
	ck_assert_str_eq(text.data, from);
}
END_TEST

static const struct {
	const char *text, *error;
} bad_questions[] = {
	{ "", "question: no JSON object" },
	{ "hidden", "question: no JSON object" },
	{ "[1]", "question: no JSON object" },
	{ "{\"version\":1}", "question.gate: expected a string, got nothing" },
	{ "{\"version\":2,\"gate\":\"a\",\"token\":\"x\"}", "question: its version is not 1" },
	{ "{\"gate\":\"a\",\"token\":\"x\"}", "question: its version is not 1" },
	{ "{\"version\":1,\"gate\":\"a\"}", "question: expected one of token and request" },
	{ "{\"version\":1,\"gate\":\"\",\"token\":\"x\"}", "question: gate is empty" },
	{ "{\"version\":1,\"gate\":\"a\",\"token\":\"\"}", "question: token is empty" },
	{ "{\"version\":1,\"gate\":\"a\",\"token\":\"x\",\"request\":{}}",
	  "question: expected one of token and request" },
	{ "{\"version\":1,\"gate\":\"a\",\"request\":{\"vendor\":\"a\",\"url\":\"b\"}}",
	  "question.request.bearer: expected a string, got nothing" },
	{ "{\"version\":1,\"gate\":\"a\",\"request\":{\"vendor\":\"a\",\"url\":\"b\",\"bearer\":"
	  "\"c\",\"hidden\":1}}",
	  "question.request: it has a key that is not known" },
	{ "{\"version\":1,\"gate\":\"a\",\"token\":\"x\",\"hidden\":\"x\"}",
	  "question: it has a key that is not known" },
	{ "{\"version\":1,\"gate\":\"a\",\"gate\":\"b\",\"token\":\"x\"}",
	  "question: a key is there twice" },
	{ "{\"version\":1,\"gate\":\"a\",\"token\":[\"hidden\"]}", NULL },
	{ "{\"version\":1,\"gate\":\"a\",\"token\":\"x\"} {}", "question: no JSON object" },
	{ "{\"version\":1,\"gate\":\"a\",\"request\":{\"vendor\":{\"a\":1}}}",
	  "question: nested too deeply" },
};

START_TEST(bad_question)
{
	struct error err = ERROR_INIT;
	scoped_attest_question q = { 0 };
	const char *from = bad_questions[_i].text, *error = bad_questions[_i].error;

	ck_assert_msg(attest_question_parse(&q, from, strlen(from), &err) == -1, "%s", from);
	ck_assert_int_eq(err.kind, ERROR_INPUT);
	ck_assert_msg(!strstr(err.text, "hidden"), "%s", err.text);
	ck_assert_msg(!error || strncmp(err.text, error, strlen(error)) == 0, "%s: %s", from,
		      err.text);
	ck_assert(!q.gate && !q.token.data);
}
END_TEST

#define ANSWER(rest) "{\"version\":1,\"gate\":\"job\"," rest "}\n"

static const struct {
	const char *text;
	enum attest_verdict verdict;
	const char *reason, *says;
	int64_t expires;
	size_t claims;
} answers[] = {
	{ ANSWER("\"verdict\":\"ok\",\"reason\":\"ok\",\"text\":\"ok\",\"expires\":1790000000,"
		 "\"claims\":{\"sub\":\"x\",\"ref\":\"main\"}"),
	  ATTEST_OK, "ok", "ok", INT64_C(1790000000) * NSEC_PER_SEC, 2 },
	{ ANSWER("\"verdict\":\"ok\",\"reason\":\"ok\",\"text\":\"ok\",\"expires\":0,"
		 "\"claims\":{}"),
	  ATTEST_OK, "ok", "ok", 0, 0 },
	{ ANSWER("\"verdict\":\"refused\",\"reason\":\"expired\",\"text\":\"it has expired\""),
	  ATTEST_REFUSED, "expired", "it has expired", TIME_NONE, 0 },
	{ ANSWER("\"verdict\":\"error\",\"reason\":\"keys\",\"text\":\"no keys\""), ATTEST_ERROR,
	  "keys", "no keys", TIME_NONE, 0 },
};

START_TEST(answer)
{
	struct error err = ERROR_INIT;
	scoped_attest_answer a = { 0 };
	scoped_buf text;
	const char *from = answers[_i].text;

	ck_assert_msg(attest_answer_parse(&a, "job", from, strlen(from), &err) == 0, "%s",
		      err.text);
	ck_assert_int_eq((int)a.verdict, (int)answers[_i].verdict);
	ck_assert_str_eq(a.reason, answers[_i].reason);
	ck_assert_str_eq(a.text, answers[_i].says);
	ck_assert_int_eq(a.expires, answers[_i].expires);
	ck_assert_uint_eq(a.names.count, answers[_i].claims);
	buf_init(&text, SIZE_MAX);
	attest_answer_write(&a, &text);
	ck_assert_str_eq(text.data, from);
}
END_TEST

static const struct {
	const char *text, *error;
} bad_answers[] = {
	{ "", "answer: no JSON object" },
	{ "Segmentation fault", "answer: no JSON object" },
	{ ANSWER("\"verdict\":\"ok\",\"reason\":\"ok\",\"text\":\"ok\""),
	  "answer: expires and claims are an ok answer's" },
	{ ANSWER("\"verdict\":\"ok\",\"reason\":\"ok\",\"text\":\"ok\",\"expires\":1"),
	  "answer: expires and claims are an ok answer's" },
	{ ANSWER("\"verdict\":\"refused\",\"reason\":\"a\",\"text\":\"b\",\"claims\":{}"),
	  "answer: expires and claims are an ok answer's" },
	{ ANSWER("\"verdict\":\"refused\",\"reason\":\"a\",\"text\":\"b\",\"expires\":1"),
	  "answer: expires and claims are an ok answer's" },
	{ ANSWER("\"verdict\":\"OK\",\"reason\":\"ok\",\"text\":\"ok\",\"expires\":1,\"claims\":{"
		 "}"),
	  "answer: its verdict is not known" },
	{ ANSWER("\"verdict\":\"\",\"reason\":\"ok\",\"text\":\"ok\""),
	  "answer: its verdict is not known" },
	{ ANSWER("\"reason\":\"ok\",\"text\":\"ok\""), "answer.verdict: " },
	{ ANSWER("\"verdict\":\"ok\",\"reason\":\"ok\",\"text\":\"ok\",\"expires\":-1,\"claims\":{"
		 "}"),
	  "answer.expires: " },
	{ ANSWER("\"verdict\":\"ok\",\"reason\":\"ok\",\"text\":\"ok\",\"expires\":"
		 "9223372036854775807,\"claims\":{}"),
	  "answer.expires: " },
	{ ANSWER("\"verdict\":\"ok\",\"reason\":\"ok\",\"text\":\"ok\",\"expires\":\"1\","
		 "\"claims\":{}"),
	  "answer.expires: " },
	{ ANSWER("\"verdict\":\"ok\",\"reason\":\"ok\",\"text\":\"ok\",\"expires\":1,\"claims\":["
		 "]"),
	  "answer.claims: " },
	{ ANSWER("\"verdict\":\"ok\",\"reason\":\"ok\",\"text\":\"ok\",\"expires\":1,\"claims\":{"
		 "\"a\":1}"),
	  "answer.claims: a claim is no string" },
	{ ANSWER("\"verdict\":\"refused\",\"reason\":\"\",\"text\":\"b\""),
	  "answer: reason is empty" },
	{ ANSWER("\"verdict\":\"refused\",\"reason\":\"a\",\"text\":\"b\",\"more\":1"),
	  "answer: it has a key that is not known" },
	{ ANSWER("\"verdict\":\"refused\",\"verdict\":\"ok\",\"reason\":\"a\",\"text\":\"b\""),
	  "answer: a key is there twice" },
	{ "{\"version\":1,\"gate\":\"jobs\",\"verdict\":\"refused\",\"reason\":\"a\",\"text\":"
	  "\"b\"}",
	  "answer: it is for another gate" },
	{ "{\"version\":3,\"gate\":\"job\",\"verdict\":\"refused\",\"reason\":\"a\",\"text\":\"b\""
	  "}",
	  "answer: its version is not 1" },
};

START_TEST(bad_answer)
{
	struct error err = ERROR_INIT;
	scoped_attest_answer a = { 0 };
	const char *from = bad_answers[_i].text, *error = bad_answers[_i].error;

	ck_assert_msg(attest_answer_parse(&a, "job", from, strlen(from), &err) == -1, "%s", from);
	ck_assert_int_eq(err.kind, ERROR_INPUT);
	ck_assert_msg(strncmp(err.text, error, strlen(error)) == 0, "%s: %s", from, err.text);
	ck_assert(!a.gate);
}
END_TEST

/* It is another program's text, and goes to a terminal. */
START_TEST(text_is_cleaned)
{
	static const char from[] = ANSWER(
		"\"verdict\":\"refused\",\"reason\":\"a\\u001b[2J\",\"text\":\"b\\nc\"");
	struct error err = ERROR_INIT;
	scoped_attest_answer a = { 0 };

	ck_assert_int_eq(attest_answer_parse(&a, "job", from, sizeof(from) - 1, &err), 0);
	ck_assert_str_eq(a.reason, "a?[2J");
	ck_assert_str_eq(a.text, "b?c");
}
END_TEST

START_TEST(too_long)
{
	scoped_str text = xmalloc(ATTEST_MESSAGE_MAX + 2);
	struct error err = ERROR_INIT;
	scoped_attest_question q = { 0 };
	scoped_attest_answer a = { 0 };

	memset(text, ' ', ATTEST_MESSAGE_MAX + 1);
	ck_assert_int_eq(attest_question_parse(&q, text, ATTEST_MESSAGE_MAX + 1, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_LIMIT);
	error_clear(&err);
	ck_assert_int_eq(attest_answer_parse(&a, "job", text, ATTEST_MESSAGE_MAX + 1, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_LIMIT);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("attest_message");
	TCase *t = tcase_create("attest_message");

	tcase_add_loop_test(t, question, 0, (int)array_len(questions));
	tcase_add_loop_test(t, bad_question, 0, (int)array_len(bad_questions));
	tcase_add_loop_test(t, answer, 0, (int)array_len(answers));
	tcase_add_loop_test(t, bad_answer, 0, (int)array_len(bad_answers));
	tcase_add_test(t, text_is_cleaned);
	tcase_add_test(t, too_long);
	suite_add_tcase(s, t);
	return s;
}
