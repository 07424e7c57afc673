/* SPDX-License-Identifier: Apache-2.0 */
/* What docker hands to a hook; its answer, with the question's text put where ours would be; and
 * what docker-credential-pushgate says of a push. */
#include "tests/fuzz/fuzz.h"

#include <assert.h>
#include <string.h>

#include "common/cli/hooks.h"
#include "common/codec/json.h"
#include "common/codec/reference.h"
#include "plugins/hygiene/advice.h"
#include "plugins/hygiene/hook_push.h"

#define LITERAL "{{\"{{\"}}"

/* Every "{{" is one that prints itself, and there are at most ten lines of clean text. */
static void check_template(const char *p)
{
	size_t lines = 1;

	while (*p) {
		if (strncmp(p, LITERAL, strlen(LITERAL)) == 0) {
			p += strlen(LITERAL);
			continue;
		}
		assert(!(p[0] == '{' && p[1] == '{'));
		assert(*p == '\n' || (unsigned char)*p >= 0x20);
		lines += *p++ == '\n';
	}
	assert(lines <= HOOK_LINES_MAX);
}

static void check_answer(const char *text)
{
	struct error err = ERROR_INIT;
	scoped_json *json = NULL;
	scoped_buf out;

	buf_init(&out, 1 << 20);
	hook_answer(text, &out);
	if (!out.len)
		return;
	assert(json_parse(&json, out.data, out.len, "answer", true, &err) == 0);
	const char *template = json_string_value(json_object_get(json, "Template"));

	assert(template);
	check_template(template);
}

/* docker's words and, cut at blanks, its argv: what is asked about is no option and one name. */
static void check_target(const struct plugin_hook *hook)
{
	scoped_str words = xstrdup(hook->error ? hook->error : "");
	scoped_strings argv = { 0 };
	scoped_reference ref = { 0 };
	struct error err = ERROR_INIT;
	char *rest = words;

	for (char *word; (word = strsep(&rest, " ")) != NULL;)
		strings_add(&argv, word);
	scoped_str target = hook_push_target(hook, &argv);

	if (!target)
		return;
	assert(target[0] != '-' && strchr(target, '/') && !strchr(target, ' '));
	assert(reference_parse(target, &ref, &err) == 0);
	(void)hook_push_is_ours(NULL, target);
}

/* Two lines that a terminal may have, or none. */
static void check_explained(const char *why, size_t len)
{
	size_t lines = 0;
	scoped_gate_view view = { 0 };
	struct error err = ERROR_INIT;
	scoped_buf out;

	buf_init(&out, 1 << 20);
	if (gate_view_parse(&view, why, len, &err) == 0)
		hook_push_explain("reg.example/a", &view, &out);
	for (const char *p = out.data; *p; p++) {
		lines += *p == '\n';
		assert(*p == '\n' || (unsigned char)*p >= 0x20);
	}
	assert(lines == (out.len > 0) && (!out.len || out.data[out.len - 1] == ')'));
	check_answer(out.data);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	scoped_str text = xstrndup((const char *)data, size);
	scoped_hook_request request = { 0 };
	struct error err = ERROR_INIT;

	if (hook_request_parse(&request, text, &err) < 0) {
		assert(err.kind == ERROR_INPUT && !request.command && !request.error);
	} else {
		struct plugin_hook hook = { request.command, request.error };

		assert(!advice_full_disk(&hook, ADVICE_DISK_UNKNOWN) || !advice_needs_disk(&hook));
		check_answer(request.error ? request.error : "");
		check_target(&hook);
	}
	check_answer(text);
	check_explained(text, strlen(text));
	return 0;
}
