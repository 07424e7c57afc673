/* SPDX-License-Identifier: Apache-2.0 */
#include "common/cli/hooks.h"

#include <string.h>

#include "common/codec/json.h"
#include "common/codec/printable.h"

int hook_request_parse(struct hook_request *out, const char *json, struct error *err)
{
	scoped_json *root = NULL;
	const char *command, *error;

	if (json_parse(&root, json, strlen(json), "hook", false, err) < 0)
		return -1;
	struct json_place place = json_root(root, "hook");

	if (!json_is_object(root))
		return json_fail(&place, err, "expected an object");
	if (json_get_string(&place, "RootCmd", &command, NULL, err) < 0 ||
	    json_get_string(&place, "CommandError", &error, NULL, err) < 0)
		return -1;
	out->command = xstrdup_null(command);
	out->error = xstrdup_null(error);
	return 0;
}

void hook_request_release(struct hook_request *request)
{
	free(request->command);
	free(request->error);
	*request = (struct hook_request){ 0 };
}

/* One line, printable, with "{{" made literal. */
static void add_line(const char *line, size_t len, struct buf *out)
{
	scoped_str raw = xstrndup(line, len);
	scoped_buf clean;

	buf_init(&clean, 4096);
	printable_add(&clean, raw);
	for (const char *p = clean.data; *p; p++) {
		if (p[0] == '{' && p[1] == '{') {
			buf_str(out, "{{\"{{\"}}");
			p++;
		} else {
			buf_char(out, *p);
		}
	}
}

void hook_answer(const char *text, struct buf *out)
{
	scoped_buf template;
	size_t lines = 0;

	buf_init(&template, 1 << 16);
	while (*text && lines++ < HOOK_LINES_MAX) {
		size_t len = strcspn(text, "\n");

		if (lines > 1)
			buf_char(&template, '\n');
		add_line(text, len, &template);
		text += len + (text[len] == '\n');
	}
	if (!template.len || buf_failed(&template))
		return;
	scoped_json *json = json_pack("{s:i, s:s}", "Type", 0, "Template", template.data);
	scoped_str dumped = json ? json_dumps(json, JSON_COMPACT) : NULL;

	if (dumped)
		buf_fmt(out, "%s\n", dumped);
}
