/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/suite.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/buf.h"
#include "common/client/docker_config.h"
#include "common/client/http_headers.h"
#include "tests/unit/client/scratch.h"

static const struct {
	const char *why, *text;
	enum error_kind kind;
} rows[] = {
	{ "an empty file is an empty configuration, as for docker", "", ERROR_NONE },
	{ "blanks too", " \n", ERROR_NONE },
	{ "an object", "{\"auths\":{}}", ERROR_NONE },
	{ "not JSON", "{", ERROR_INPUT },
	{ "an array", "[]", ERROR_INPUT },
	{ "text after it", "{} x", ERROR_INPUT },
};

START_TEST(opens)
{
	struct docker_config config = { 0 };
	struct error err = ERROR_INIT;

	scratch_write("config.json", rows[_i].text, 0600);
	int rc = docker_config_open(&config, scratch_dir(), &err);
	ck_assert_msg(err.kind == rows[_i].kind, "%s: %s", rows[_i].why, err.text);
	ck_assert_msg((rc == 0) == (config.root != NULL), "%s", rows[_i].why);
	if (rc < 0)
		ck_assert_msg(strstr(err.text, "config.json") != NULL, "%s", err.text);
	docker_config_release(&config);
}
END_TEST

START_TEST(no_file_is_empty)
{
	scoped_docker_config config = { 0 };
	struct error err = ERROR_INIT;

	ck_assert_int_eq(docker_config_open(&config, scratch_dir(), &err), 0);
	ck_assert_uint_eq(json_object_size(config.root), 0);
	ck_assert_str_eq(config.dir, scratch_dir());
	ck_assert_ptr_null(docker_config_string(&config, "currentContext"));
	ck_assert_ptr_null(docker_config_plugin(&config, "hygiene", "keep"));
}
END_TEST

START_TEST(too_large_is_refused)
{
	struct docker_config config = { 0 };
	struct error err = ERROR_INIT;
	scoped_str path = scratch_path("config.json");

	scratch_write("config.json", "{}", 0600);
	ck_assert_int_eq(truncate(path, (5 << 20)), 0);
	ck_assert_int_eq(docker_config_open(&config, scratch_dir(), &err), -1);
	ck_assert_int_eq(err.kind, ERROR_INPUT);
}
END_TEST

START_TEST(the_directory)
{
	scoped_docker_config config = { 0 };
	scoped_str want = scratch_path(".docker");
	struct error err = ERROR_INIT;

	setenv("HOME", scratch_dir(), 1);
	setenv("DOCKER_CONFIG", "/nosuch/d", 1);
	ck_assert_int_eq(docker_config_open(&config, NULL, &err), 0);
	ck_assert_str_eq(config.dir, "/nosuch/d");
	docker_config_release(&config);
	unsetenv("DOCKER_CONFIG");
	ck_assert_int_eq(docker_config_open(&config, NULL, &err), 0);
	ck_assert_str_eq(config.dir, want);
}
END_TEST

START_TEST(members)
{
	scoped_docker_config config = { 0 };
	scoped_strings filters = { 0 };
	struct error err = ERROR_INIT;

	scratch_write("config.json",
		      "{\"currentContext\":\"c\",\"pruneFilters\":[\"label=a\",7,\"label!=b\"],"
		      "\"plugins\":{\"hygiene\":{\"keep\":\"x\",\"n\":7}}}",
		      0600);
	ck_assert_int_eq(docker_config_open(&config, scratch_dir(), &err), 0);
	ck_assert_str_eq(docker_config_string(&config, "currentContext"), "c");
	ck_assert_ptr_null(docker_config_string(&config, "plugins"));
	ck_assert_str_eq(docker_config_plugin(&config, "hygiene", "keep"), "x");
	ck_assert_ptr_null(docker_config_plugin(&config, "hygiene", "n"));
	ck_assert_ptr_null(docker_config_plugin(&config, "other", "keep"));
	docker_config_strings(&config, "pruneFilters", &filters);
	ck_assert_uint_eq(filters.count, 2);
	ck_assert_str_eq(filters.items[1], "label!=b");
}
END_TEST

/* lines: what is sent, one per line; NULL: an error. */
static const struct {
	const char *why, *json, *lines;
} of_config[] = {
	{ "none", "{}", "" },
	{ "null", "{\"HttpHeaders\":null}", "" },
	{ "one", "{\"HttpHeaders\":{\"X-Meta\":\"a b\"}}", "X-Meta: a b\n" },
	{ "an empty value is sent empty", "{\"HttpHeaders\":{\"X\":\"\"}}", "X;\n" },
	{ "ours are not theirs to set",
	  "{\"HttpHeaders\":{\"user-agent\":\"x\",\"HOST\":\"y\",\"Content-Length\":\"9\"}}", "" },
	{ "a line break would be a second header", "{\"HttpHeaders\":{\"X\":\"a\\r\\nY: z\"}}",
	  NULL },
	{ "a name with a colon", "{\"HttpHeaders\":{\"X: y\":\"a\"}}", NULL },
	{ "an empty name", "{\"HttpHeaders\":{\"\":\"a\"}}", NULL },
	{ "a number", "{\"HttpHeaders\":{\"X\":1}}", NULL },
	{ "an array", "{\"HttpHeaders\":[]}", NULL },
};

static char *joined(const struct strings *list)
{
	scoped_buf all;

	buf_init(&all, 65536);
	for (size_t i = 0; i < list->count; i++)
		buf_fmt(&all, "%s\n", list->items[i]);
	return buf_take(&all);
}

START_TEST(headers_from_config)
{
	scoped_docker_config config = { 0 };
	scoped_strings lines = { 0 };
	struct error err = ERROR_INIT;

	scratch_write("config.json", of_config[_i].json, 0600);
	ck_assert_int_eq(docker_config_open(&config, scratch_dir(), &err), 0);
	int rc = headers_of_config(&lines, &config, &err);
	scoped_str got = joined(&lines);
	if (!of_config[_i].lines)
		ck_assert_msg(rc == -1 && err.kind == ERROR_INPUT && !lines.count, "%s",
			      of_config[_i].why);
	else
		ck_assert_msg(rc == 0 && strcmp(got, of_config[_i].lines) == 0, "%s: %s",
			      of_config[_i].why, got);
}
END_TEST

static const struct {
	const char *why, *text, *lines;
} of_text[] = {
	{ "docker's own example",
	  "one=one-value,\"two=two,value\",\"three= a value with whitespace  \",four=,"
	  "five=five=one,five=five-two",
	  "one: one-value\ntwo: two,value\nthree:  a value with whitespace  \nfive: five-two\n" },
	{ "a doubled quote is one", "\"a=b\"\"c\"", "a: b\"c\n" },
	{ "blanks around a name go", " a =b", "a: b\n" },
	{ "an empty value takes an earlier one away", "a=b,A=", "" },
	{ "no equals sign", "a", NULL },
	{ "an empty field", "a=b,", NULL },
	{ "an empty name", "=b", NULL },
	{ "a quote that is not closed", "\"a=b", NULL },
	{ "text after a quote", "\"a=b\"c", NULL },
	{ "a control character", "a=b\rc", NULL },
};

START_TEST(headers_from_text)
{
	scoped_strings lines = { 0 };
	struct error err = ERROR_INIT;
	int rc = headers_of_text(&lines, of_text[_i].text, &err);
	scoped_str got = joined(&lines);

	if (!of_text[_i].lines)
		ck_assert_msg(rc == -1 && err.kind == ERROR_USAGE && !lines.count, "%s",
			      of_text[_i].why);
	else
		ck_assert_msg(rc == 0 && strcmp(got, of_text[_i].lines) == 0, "%s: %s",
			      of_text[_i].why, got);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("docker_config");
	TCase *t = tcase_create("config");

	tcase_add_checked_fixture(t, scratch_make, scratch_remove);
	tcase_add_loop_test(t, opens, 0, (int)array_len(rows));
	tcase_add_test(t, no_file_is_empty);
	tcase_add_test(t, too_large_is_refused);
	tcase_add_test(t, the_directory);
	tcase_add_test(t, members);
	tcase_add_loop_test(t, headers_from_config, 0, (int)array_len(of_config));
	tcase_add_loop_test(t, headers_from_text, 0, (int)array_len(of_text));
	suite_add_tcase(s, t);
	return s;
}
