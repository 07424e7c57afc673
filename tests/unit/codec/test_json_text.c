/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/suite.h"

#include <string.h>

#include "common/base/clock.h"
#include "common/codec/json.h"
#include "common/codec/json_text.h"

static const struct {
	const char *text, *json, *why;
} rows[] = {
	{ NULL, "null", "no text at all" },
	{ "", "\"\"", "nothing in it" },
	{ "unix:///x \"y\"", "\"unix:///x \\\"y\\\"\"", "ASCII" },
	{ "n\xc3\xa4her\t\x1b[2J", "\"n\xc3\xa4her\\t\\u001B[2J\"",
	  "what is valid stays as it is" },
	{ "unix:///tmp/\xff/s", "\"unix:///tmp/?/s\"", "a byte that begins nothing" },
	{ "\xc3", "\"?\"", "a character that is cut" },
	{ "\xed\xa0\x80", "\"???\"", "half of a surrogate pair" },
	{ "\xff\x1b[2J", "\"??[2J\"", "what is cleaned is clean altogether" },
};

START_TEST(texts)
{
	scoped_json *json = json_text(rows[_i].text);
	scoped_str dump = json_dumps(json, JSON_ENCODE_ANY);

	ck_assert_msg(dump && strcmp(dump, rows[_i].json) == 0, "%s: %s", rows[_i].why, dump);
}
END_TEST

START_TEST(lists)
{
	scoped_strings list = { 0 };
	scoped_json *empty = json_texts(&list);

	ck_assert(json_is_array(empty) && json_array_size(empty) == 0);
	strings_add(&list, "a");
	strings_add(&list, "\xff");
	scoped_json *json = json_texts(&list);
	scoped_str dump = json_dumps(json, JSON_COMPACT);

	ck_assert_str_eq(dump, "[\"a\",\"?\"]");
}
END_TEST

START_TEST(times)
{
	scoped_json *none = json_time(TIME_NONE);
	scoped_json *some = json_time(1000 * NSEC_PER_DAY + NSEC_PER_SEC / 2);

	ck_assert(json_is_null(none));
	ck_assert_str_eq(json_string_value(some), "1972-09-27T00:00:00Z");
}
END_TEST

START_TEST(members)
{
	scoped_json *object = json_object();

	json_put(object, "a", json_text("\xff"));
	json_put(object, "a", json_text("b"));
	scoped_str dump = json_dumps(object, JSON_COMPACT);
	ck_assert_str_eq(dump, "{\"a\":\"b\"}");
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("json_text");
	TCase *tc = tcase_create("json_text");

	tcase_add_loop_test(tc, texts, 0, array_len(rows));
	tcase_add_test(tc, lists);
	tcase_add_test(tc, times);
	tcase_add_test(tc, members);
	suite_add_tcase(s, tc);
	return s;
}
