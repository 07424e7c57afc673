/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/suite.h"

#include <stdio.h>
#include <string.h>

#include "common/codec/json.h"

static json_t *must_parse(const char *text)
{
	json_t *json = NULL;
	struct error err = ERROR_INIT;
	int rc = json_parse(&json, text, strlen(text), "doc", false, &err);

	ck_assert_msg(rc == 0, "%s", err.text);
	return json;
}

static const struct {
	const char *text;
	bool strict;
	const char *says; /* in the error; NULL: parses */
	const char *why;
} parses[] = {
	{ "{}", true, NULL, "the smallest policy" },
	{ "null", false, NULL, "Podman answers null for an empty list" },
	{ "\"\\u003cnone\\u003e\"", false, NULL, "Go escapes HTML" },
	{ "{\"a\":1,\"a\":2}", false, NULL, "engines may repeat a key" },
	{ "{\"a\":1,\"a\":2}", true, "duplicate", "people who repeat a key meant something else" },
	{ "{} x", false, "end of file expected", "trailing bytes: two answers in one" },
	{ "{}\n", true, NULL, "a final newline is fine" },
	{ "", false, "doc: line 1, column 0", "an empty body" },
	{ "{\"a\":", false, "doc: line 1", "a cut body" },
	{ "[1,]", true, "unexpected token", "trailing comma" },
	{ "18446744073709551615", false, NULL, "unsigned numbers of fields that nobody reads" },
	{ "18446744073709551615", true, "too big integer", "nobody writes that on purpose" },
	{ "1e999", false, "real number overflow", "no number at all" },
	{ "\"\x1b[2J", false, "control character", "an error never shows the control character" },
	{ "\"\xff\"", false, "decode byte 0xff", "invalid UTF-8" },
	{ "\"a\\u0000b\"", false, "\\u0000", "a NUL would cut a name" },
};

START_TEST(parse)
{
	scoped_json *before = json_true();
	json_t *json = before;
	struct error err = ERROR_INIT;
	int rc = json_parse(&json, parses[_i].text, strlen(parses[_i].text), "doc",
			    parses[_i].strict, &err);

	if (!parses[_i].says) {
		ck_assert_msg(rc == 0 && json != before, "%s: %s", parses[_i].why, err.text);
		json_decref(json);
		return;
	}
	ck_assert_msg(rc == -1 && err.kind == ERROR_INPUT, "%s", parses[_i].why);
	ck_assert_msg(json == before, "%s: output untouched", parses[_i].why);
	ck_assert_msg(strstr(err.text, parses[_i].says), "%s: %s", parses[_i].why, err.text);
	for (const char *p = err.text; *p; p++)
		ck_assert_msg((unsigned char)*p >= ' ', "%s: one clean line", parses[_i].why);
}
END_TEST

START_TEST(parse_exact_length)
{
	json_t *json = NULL;
	struct error err = ERROR_INIT;

	/* The rest of the buffer is not looked at. */
	ck_assert_int_eq(json_parse(&json, "[1]garbage", 3, "doc", true, &err), 0);
	ck_assert_uint_eq(json_array_size(json), 1);
	json_decref(json);
}
END_TEST

START_TEST(parse_depth)
{
	char text[5000];
	json_t *json = NULL;
	struct error err = ERROR_INIT;

	memset(text, '[', sizeof(text));
	ck_assert_int_eq(json_parse(&json, text, sizeof(text), "doc", false, &err), -1);
	ck_assert_msg(strstr(err.text, "maximum parsing depth"), "%s", err.text);
}
END_TEST

enum getter { STRING, NEED, INT, BOOL, ARRAY, OBJECT, STRINGS, ONLY };

static const struct {
	const char *text; /* the document; its member "k" is asked for */
	enum getter getter;
	const char *says; /* in the error; NULL: ok */
	const char *got;  /* what came out, as text */
	const char *why;
} gets[] = {
	{ "{\"k\":\"v\"}", STRING, NULL, "v", "a string" },
	{ "{\"k\":\"\"}", STRING, NULL, "", "empty is not absent" },
	{ "{}", STRING, NULL, "fallback", "absent" },
	{ "{\"k\":null}", STRING, NULL, "fallback", "null counts as absent" },
	{ "[]", STRING, NULL, "fallback", "no object has no members" },
	{ "{\"k\":1}", STRING, "doc.k: expected a string, got a number", NULL, "number" },
	{ "{\"k\":1.5}", STRING, "expected a string, got a fraction", NULL, "real" },
	{ "{\"k\":true}", STRING, "expected a string, got true", NULL, "true" },
	{ "{\"k\":false}", STRING, "expected a string, got false", NULL, "false" },
	{ "{\"k\":{}}", STRING, "expected a string, got an object", NULL, "object" },
	{ "{\"k\":[]}", STRING, "expected a string, got a list", NULL, "list" },
	{ "{\"k\":\"v\"}", NEED, NULL, "v", "a required string" },
	{ "{}", NEED, "doc.k: expected a string, got nothing", NULL, "required and absent" },
	{ "{\"k\":null}", NEED, "expected a string, got nothing", NULL, "required and null" },
	{ "{\"k\":[]}", NEED, "expected a string, got a list", NULL, "required and another" },
	{ "{\"k\":5}", INT, NULL, "5", "a number" },
	{ "{\"k\":-10}", INT, NULL, "-10", "the least" },
	{ "{\"k\":1000}", INT, NULL, "1000", "the most" },
	{ "{\"k\":-11}", INT, "-11 is not between -10 and 1000", NULL, "too small" },
	{ "{\"k\":1001}", INT, "1001 is not between", NULL, "too large" },
	{ "{\"k\":5.0}", INT, NULL, "5", "a real without a fraction" },
	{ "{\"k\":1e2}", INT, NULL, "100", "an exponent" },
	{ "{\"k\":5.5}", INT, "expected a whole number, got a fraction", NULL, "a fraction" },
	{ "{\"k\":1e300}", INT, "expected a whole number", NULL, "a real out of every range" },
	{ "{\"k\":9223372036854775808}", INT, "expected a whole number", NULL, "2^63" },
	{ "{\"k\":5,\"z\":18446744073709551615}", INT, NULL, "5", "read beside a huge number" },
	{ "{\"k\":\"5\"}", INT, "expected a whole number, got a string", NULL, "a string" },
	{ "{}", INT, NULL, "7", "absent" },
	{ "{\"k\":null}", INT, NULL, "7", "null" },
	{ "{\"k\":true}", BOOL, NULL, "true", "true" },
	{ "{\"k\":false}", BOOL, NULL, "false", "false" },
	{ "{}", BOOL, NULL, "true", "absent gives the fallback" },
	{ "{\"k\":1}", BOOL, "expected true or false, got a number", NULL, "1 is not true" },
	{ "{\"k\":[1,2]}", ARRAY, NULL, "2", "a list" },
	{ "{}", ARRAY, NULL, "0", "no list" },
	{ "{\"k\":null}", ARRAY, NULL, "0", "null for a list" },
	{ "{\"k\":{}}", ARRAY, "expected a list, got an object", NULL, "an object for a list" },
	{ "{\"k\":{\"x\":1}}", OBJECT, NULL, "present", "an object" },
	{ "{}", OBJECT, NULL, "absent", "no object" },
	{ "{\"k\":[]}", OBJECT, "expected an object, got a list", NULL, "a list for an object" },
	{ "{\"k\":[\"a\",\"b\"]}", STRINGS, NULL, "0,a,b", "strings are appended" },
	{ "{}", STRINGS, NULL, "0", "absent adds none" },
	{ "{\"k\":[\"a\",1]}", STRINGS, "doc.k[1]: expected a string", NULL, "a number in it" },
	{ "{\"k\":[\"a\",null]}", STRINGS, "k[1]: expected a string, got null", NULL, "null" },
	{ "{\"k\":\"a\"}", STRINGS, "expected a list, got a string", NULL, "no list at all" },
	{ "{\"k\":{\"keep\":1,\"all\":2}}", ONLY, NULL, "ok", "known keys" },
	{ "{}", ONLY, NULL, "ok", "nothing to judge" },
	{ "{\"k\":{\"keeep\":1}}", ONLY, "doc.k.keeep: unknown key; did you mean \"keep\"?", NULL,
	  "a typing error gets the nearest key" },
	{ "{\"k\":{\"al\":1}}", ONLY, "\"all\"", NULL, "a dropped letter" },
	{ "{\"k\":{\"volumes\":1}}", ONLY, "known are older-than, keep, all", NULL,
	  "another word gets all of them" },
	{ "{\"k\":{\"\\u001b[31m\":1}}", ONLY, "doc.k.?[31m: unknown key", NULL,
	  "a key from outside is cleaned" },
};

static int ask(const struct json_place *root, enum getter getter, char *text, size_t size,
	       struct error *err)
{
	static const char *const known[] = { "older-than", "keep", "all" };
	const char *string = "fallback";
	struct json_place place = { 0 };
	scoped_strings list = { 0 };
	int64_t number = 0;
	bool truth = false;
	int rc = -1;

	strings_add(&list, "0");
	switch (getter) {
	case STRING:
		rc = json_get_string(root, "k", &string, "fallback", err);
		snprintf(text, size, "%s", string);
		break;
	case NEED:
		rc = json_need_string(root, "k", &string, err);
		snprintf(text, size, "%s", string);
		break;
	case INT:
		rc = json_get_int(root, "k", &number, 7, -10, 1000, err);
		snprintf(text, size, "%lld", (long long)number);
		ck_assert(rc == 0 || number == 0);
		break;
	case BOOL:
		rc = json_get_bool(root, "k", &truth, true, err);
		snprintf(text, size, "%s", truth ? "true" : "false");
		ck_assert(rc == 0 || !truth);
		break;
	case ARRAY:
		rc = json_get_array(root, "k", &place, err);
		snprintf(text, size, "%zu", json_count(&place));
		ck_assert(rc == 0 || !place.up);
		break;
	case OBJECT:
		rc = json_get_object(root, "k", &place, err);
		snprintf(text, size, "%s", json_present(&place) ? "present" : "absent");
		break;
	case STRINGS:
		rc = json_get_strings(root, "k", &list, err);
		snprintf(text, size, "%s%s%s%s%s", list.items[0], list.count > 1 ? "," : "",
			 list.count > 1 ? list.items[1] : "", list.count > 2 ? "," : "",
			 list.count > 2 ? list.items[2] : "");
		ck_assert_msg(rc == 0 || list.count == 1, "nothing was added");
		break;
	case ONLY:
		place = json_member(root, "k");
		rc = json_only_keys(&place, known, array_len(known), err);
		snprintf(text, size, "ok");
		break;
	}
	return rc;
}

START_TEST(get)
{
	scoped_json *json = must_parse(gets[_i].text);
	struct json_place root = json_root(json, "doc");
	struct error err = ERROR_INIT;
	char text[100] = "";
	int rc = ask(&root, gets[_i].getter, text, sizeof(text), &err);

	if (!gets[_i].says) {
		ck_assert_msg(rc == 0, "%s: %s", gets[_i].why, err.text);
		ck_assert_msg(strcmp(text, gets[_i].got) == 0, "%s: got %s", gets[_i].why, text);
		return;
	}
	ck_assert_msg(rc == -1 && err.kind == ERROR_INPUT, "%s", gets[_i].why);
	ck_assert_msg(strstr(err.text, gets[_i].says), "%s: %s", gets[_i].why, err.text);
}
END_TEST

START_TEST(path)
{
	scoped_json *json = must_parse("{\"images\":{\"keep\":[\"a\",[1]]}}");
	struct json_place root = json_root(json, "policy");
	struct json_place images = json_member(&root, "images");
	struct json_place keep = json_member(&images, "keep");
	struct json_place second = json_element(&keep, 1);
	struct json_place inner = json_element(&second, 0);
	struct json_place beyond = json_element(&keep, 2);
	const char *s = "before";
	struct error err = ERROR_INIT;

	ck_assert_int_eq(json_get_string(&inner, NULL, &s, NULL, &err), -1);
	ck_assert_str_eq(err.text, "policy.images.keep[1][0]: expected a string, got a number");
	ck_assert_str_eq(s, "before");
	ck_assert(!json_present(&beyond) && json_count(&beyond) == 0);
	error_clear(&err);
	ck_assert_int_eq(json_expect(&beyond, JSON_OBJECT, &err), -1);
	ck_assert_str_eq(err.text, "policy.images.keep[2]: expected an object, got nothing");
	error_clear(&err);
	ck_assert_int_eq(json_expect(&keep, JSON_ARRAY, &err), 0);
	ck_assert_int_eq(json_get_string(&root, "none", &s, NULL, &err), 0);
	ck_assert_msg(!s, "a fallback may be NULL");
}
END_TEST

#define DEEP "{\"a\":{\"b\":[1]}}"

static const struct {
	const char *text;
	size_t depth;
	const char *error; /* NULL: it is read */
} secret_ones[] = {
	{ "{}", 1, NULL },
	{ DEEP, 3, NULL },
	{ DEEP, 2, "token: nested too deeply" },
	{ "{\"hidden\":1,\"hidden\":2}", 1, "token: a key is there twice" },
	{ "{\"hidden\":hidden}", 1, "token: no JSON object" },
	{ "{\"hidden\":1} hidden", 1, "token: no JSON object" },
	{ "[\"hidden\"]", 1, "token: no JSON object" },
	{ "\"hidden\"", 1, "token: no JSON object" },
	{ "{\"hidden\":\"\\u0000\"}", 1, "token: no JSON object" },
	{ "{\"hidden\":\"\xff\"}", 1, "token: no JSON object" },
	{ "{\"hidden\":99999999999999999999}", 1, "token: no JSON object" },
	{ "", 1, "token: no JSON object" },
};

START_TEST(parse_secret)
{
	const char *text = secret_ones[_i].text, *error = secret_ones[_i].error;
	struct error err = ERROR_INIT;
	scoped_json *json = NULL;
	int rc = json_parse_secret(&json, text, strlen(text), secret_ones[_i].depth, "token", &err);

	ck_assert_msg((rc == 0) == !error, "%s: %s", text, err.text);
	ck_assert_str_eq(err.text, error ? error : "");
	ck_assert(!error || (err.kind == ERROR_INPUT && !json));
}
END_TEST

START_TEST(long_keys)
{
	char text[400];
	struct error err = ERROR_INIT;

	memset(text, 'x', sizeof(text));
	memcpy(text, "{\"", 2);
	memcpy(text + sizeof(text) - 5, "\":1}", 5);
	scoped_json *json = must_parse(text);
	struct json_place root = json_root(json, "doc");

	ck_assert_int_eq(json_only_keys(&root, NULL, 0, &err), -1);
	ck_assert_msg(strstr(err.text, "x…: unknown key") && strlen(err.text) < 100, "%s",
		      err.text);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("json");
	TCase *tc = tcase_create("json");

	tcase_add_loop_test(tc, parse, 0, (int)array_len(parses));
	tcase_add_test(tc, parse_exact_length);
	tcase_add_test(tc, parse_depth);
	tcase_add_loop_test(tc, get, 0, (int)array_len(gets));
	tcase_add_test(tc, path);
	tcase_add_test(tc, long_keys);
	tcase_add_loop_test(tc, parse_secret, 0, (int)array_len(secret_ones));
	suite_add_tcase(s, tc);
	return s;
}
