/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/suite.h"

#include <string.h>

#include "common/cli/hooks.h"
#include "common/codec/json.h"

static const struct {
	const char *json;
	const char *command, *error; /* both NULL with says: fails */
	const char *says;
	const char *why;
} requests[] = {
	{ "{\"RootCmd\":\"pull\",\"Flags\":{\"all\":\"true\"},\"CommandError\":\"no\"}", "pull",
	  "no", NULL, "as docker sends it" },
	{ "{\"RootCmd\":\"image prune\",\"CommandError\":\"\"}", "image prune", "", NULL,
	  "a command that went well" },
	{ "{}", NULL, NULL, NULL, "nothing is said" },
	{ "{\"RootCmd\":null,\"Later\":[1]}", NULL, NULL, NULL, "null, and a key of later docker" },
	{ "{\"RootCmd\":7}", NULL, NULL, "hook.RootCmd", "a wrong type" },
	{ "{\"CommandError\":{}}", NULL, NULL, "hook.CommandError", "a wrong type" },
	{ "[]", NULL, NULL, "expected an object", "another document" },
	{ "", NULL, NULL, "hook", "no document" },
	{ "{\"RootCmd\":", NULL, NULL, "hook", "half a document" },
};

static bool same(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

START_TEST(request)
{
	struct error err = ERROR_INIT;
	scoped_hook_request got = { 0 };
	int rc = hook_request_parse(&got, requests[_i].json, &err);

	if (requests[_i].says) {
		ck_assert_msg(rc == -1 && err.kind == ERROR_INPUT, "%s", requests[_i].why);
		ck_assert_msg(strstr(err.text, requests[_i].says), "%s: %s", requests[_i].why,
			      err.text);
	} else {
		ck_assert_msg(rc == 0, "%s: %s", requests[_i].why, err.text);
	}
	ck_assert_msg(same(got.command, requests[_i].command), "%s", requests[_i].why);
	ck_assert_msg(same(got.error, requests[_i].error), "%s", requests[_i].why);
}
END_TEST

static const struct {
	const char *text;
	const char *template; /* NULL: no answer at all */
	const char *why;
} answers[] = {
	{ "", NULL, "nothing to say" },
	{ "one\ntwo", "one\ntwo", "two lines" },
	{ "one\n", "one", "docker ends the lines itself" },
	{ "a {{flag . \"x\"}}", "a {{\"{{\"}}flag . \"x\"}}", "never a template from outside" },
	{ "{{{", "{{\"{{\"}}{", "three braces" },
	{ "{{{{", "{{\"{{\"}}{{\"{{\"}}", "four" },
	{ "{ {} }}", "{ {} }}", "single ones, and closing ones, mean nothing" },
	{ "a\033[2Jb\rc", "a?[2Jb?c", "no controls reach the terminal" },
	{ "{\n{", "{\n{", "a line's end keeps them apart" },
	{ "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11", "1\n2\n3\n4\n5\n6\n7\n8\n9\n10",
	  "docker drops answers of more than ten lines" },
};

START_TEST(answer)
{
	struct error err = ERROR_INIT;
	scoped_json *json = NULL;
	scoped_buf out;

	buf_init(&out, 4096);
	hook_answer(answers[_i].text, &out);
	if (!answers[_i].template) {
		ck_assert_msg(out.len == 0, "%s: %s", answers[_i].why, out.data);
		return;
	}
	ck_assert_int_eq(json_parse(&json, out.data, out.len, "answer", true, &err), 0);
	ck_assert_int_eq(json_integer_value(json_object_get(json, "Type")), 0);
	const char *got = json_string_value(json_object_get(json, "Template"));

	ck_assert_msg(strcmp(got, answers[_i].template) == 0, "%s: %s", answers[_i].why, got);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("hooks");
	TCase *t = tcase_create("hooks");

	tcase_add_loop_test(t, request, 0, array_len(requests));
	tcase_add_loop_test(t, answer, 0, array_len(answers));
	suite_add_tcase(s, t);
	return s;
}
