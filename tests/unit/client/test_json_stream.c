/* SPDX-License-Identifier: Apache-2.0 */
/* Each row is fed whole, byte by byte, and in every two parts: the outcome is the same. */
#include "tests/unit/suite.h"

#include <string.h>

#include "common/client/json_stream.h"

#define LIMIT 32

/* want: the objects, each followed by "|"; kind: of the error at the end, if any. */
static const struct {
	const char *why, *bytes, *want;
	enum error_kind kind;
} rows[] = {
	{ "nothing", "", "", ERROR_NONE },
	{ "blank lines", "\r\n\n  \t", "", ERROR_NONE },
	{ "one line each", "{\"a\":1}\n{\"b\":2}\n", "{\"a\":1}|{\"b\":2}|", ERROR_NONE },
	{ "no line end at the end", "{}\n{}", "{}|{}|", ERROR_NONE },
	{ "nothing between", "{}{}{}", "{}|{}|{}|", ERROR_NONE },
	{ "record separators (json-seq)", "\x1e{}\n\x1e{}\n", "{}|{}|", ERROR_NONE },
	{ "line breaks inside", "{\n \"a\": [\n1]\n}", "{\n \"a\": [\n1]\n}|", ERROR_NONE },
	{ "braces in strings", "{\"}{\":\"]\"}{}", "{\"}{\":\"]\"}|{}|", ERROR_NONE },
	{ "escaped quotes", "{\"\\\"}\":0}", "{\"\\\"}\":0}|", ERROR_NONE },
	{ "an escaped backslash at the end of a string", "{\"\\\\\":0}{}", "{\"\\\\\":0}|{}|",
	  ERROR_NONE },
	{ "arrays inside", "{\"a\":[{},[]]}", "{\"a\":[{},[]]}|", ERROR_NONE },
	{ "cut", "{}{\"a\":", "{}|", ERROR_PROTOCOL },
	{ "cut in a string", "{\"a", "", ERROR_PROTOCOL },
	{ "a number", "{}7{}", "{}|", ERROR_PROTOCOL },
	{ "an array", "[{}]", "", ERROR_PROTOCOL },
	{ "a page of HTML", "<html>", "", ERROR_PROTOCOL },
	{ "a closing brace", "}", "", ERROR_PROTOCOL },
	{ "as large as allowed", "{\"aaaaaaaaaaaaaaaaaaaaaaaaaa\":0}",
	  "{\"aaaaaaaaaaaaaaaaaaaaaaaaaa\":0}|", ERROR_NONE },
	{ "one byte larger", "{}{\"aaaaaaaaaaaaaaaaaaaaaaaaaaa\":0}", "{}|", ERROR_LIMIT },
	{ "depth without end", "{[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[", "", ERROR_LIMIT },
};

static int collect(void *ctx, const char *data, size_t len, struct error *err)
{
	(void)err;
	ck_assert_uint_eq(strlen(data), len);
	buf_fmt(ctx, "%s|", data);
	return 0;
}

/* Feeds in parts of at most `first` bytes, then all the rest. */
static void check_row(int i, size_t first, size_t then)
{
	size_t len = strlen(rows[i].bytes);
	struct error err = ERROR_INIT;
	scoped_json_stream s;
	scoped_buf got;
	size_t at = 0, step = first;
	int rc = 0;

	buf_init(&got, 1024);
	json_stream_init(&s, LIMIT);
	while (rc == 0 && at < len) {
		size_t n = step < len - at ? step : len - at;

		rc = json_stream_feed(&s, rows[i].bytes + at, n, collect, &got, &err);
		at += n;
		step = then;
	}
	if (rc == 0)
		(void)!json_stream_end(&s, &err);
	ck_assert_msg(err.kind == rows[i].kind, "%s (%zu): %s", rows[i].why, first, err.text);
	ck_assert_msg(strcmp(got.data, rows[i].want) == 0, "%s (%zu): %s", rows[i].why, first,
		      got.data);
}

START_TEST(cuts)
{
	size_t len = strlen(rows[_i].bytes);

	check_row(_i, 1, 1);
	for (size_t first = 1; first <= len; first++)
		check_row(_i, first, len);
}
END_TEST

static int second_ends(void *ctx, const char *data, size_t len, struct error *err)
{
	int *seen = ctx;

	(void)data;
	(void)len;
	(void)err;
	return ++*seen == 2;
}

START_TEST(the_reader_may_end_it)
{
	struct error err = ERROR_INIT;
	scoped_json_stream s;
	int seen = 0;

	json_stream_init(&s, LIMIT);
	ck_assert_int_eq(json_stream_feed(&s, "{}{}{}7", 7, second_ends, &seen, &err), 1);
	ck_assert_int_eq(seen, 2);
	ck_assert_int_eq(err.kind, ERROR_NONE);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("json_stream");
	TCase *t = tcase_create("cut");

	tcase_add_loop_test(t, cuts, 0, (int)array_len(rows));
	tcase_add_test(t, the_reader_may_end_it);
	suite_add_tcase(s, t);
	return s;
}
