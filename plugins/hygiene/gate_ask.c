/* SPDX-License-Identifier: Apache-2.0 */
#include "plugins/hygiene/gate_ask.h"

#include "common/base/alloc.h"
#include "common/base/clock.h"
#include "common/client/process.h"
#include "common/codec/json.h"

#define ANSWER_MAX ((size_t)1 << 20)

void gate_view_release(struct gate_view *view)
{
	free(view->reason);
	*view = (struct gate_view){ 0 };
}

static int read_reason(const struct json_place *root, char **out, struct error *err)
{
	struct json_place gates;

	if (json_get_array(root, "gates", &gates, err) < 0)
		return -1;
	for (size_t i = 0; i < json_count(&gates); i++) {
		struct json_place gate = json_element(&gates, i);
		const char *reason, *name;
		bool holds;

		if (json_get_bool(&gate, "holds", &holds, false, err) < 0 ||
		    json_get_string(&gate, "reason", &reason, "", err) < 0 ||
		    json_get_string(&gate, "gate", &name, NULL, err) < 0)
			return -1;
		if (holds)
			continue;
		*out = name ? xasprintf("%s: %s", name, reason) : xstrdup(reason);
		return 0;
	}
	return 0;
}

static int read_view(struct gate_view *view, const json_t *json, struct error *err)
{
	struct json_place root = json_root(json, "why");

	if (json_expect(&root, JSON_OBJECT, err) < 0 ||
	    json_get_bool(&root, "gated", &view->gated, true, err) < 0 ||
	    json_get_bool(&root, "attested", &view->attested, false, err) < 0)
		return -1;
	return read_reason(&root, &view->reason, err);
}

int gate_view_parse(struct gate_view *out, const char *data, size_t len, struct error *err)
{
	scoped_gate_view view = { .installed = true };
	scoped_json *json = NULL;

	if (json_parse(&json, data, len, "why", false, err) < 0 ||
	    read_view(&view, json, err) < 0) {
		err->kind = ERROR_PROTOCOL;
		return error_wrap(err, GATE_PROGRAM);
	}
	*out = take_value(view);
	return 0;
}

int gate_ask(struct gate_view *out, const char *registry, const char *repository,
	     struct cancel *cancel, struct error *err)
{
	scoped_str key = repository ? xasprintf("%s/%s", registry, repository) : xstrdup(registry);
	const char *const argv[] = { GATE_PROGRAM, "why", "--format", "json", "--", key, NULL };
	struct process_result result;
	scoped_buf answer = { 0 };
	scoped_buf said = { 0 };

	buf_init(&answer, ANSWER_MAX);
	buf_init(&said, ANSWER_MAX);
	if (process_run(argv, NULL, &answer, &said, GATE_DEADLINE, cancel, &result, err) < 0) {
		if (err->kind != ERROR_NOT_FOUND)
			return -1;
		error_clear(err);
		*out = (struct gate_view){ 0 };
		return 0;
	}
	if (result.status != 0)
		return error_set(err, ERROR_REMOTE, result.status, GATE_PROGRAM " why %s: %s", key,
				 said.len ? said.data : "failed and did not say why");
	return gate_view_parse(out, answer.data, answer.len, err);
}
