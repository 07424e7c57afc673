/* SPDX-License-Identifier: Apache-2.0 */
#include "plugins/hygiene/gate_view.h"

#include <string.h>

#include "common/base/alloc.h"
#include "common/codec/json.h"

void gate_view_release(struct gate_view *view)
{
	free(view->reason);
	free(view->word);
	free(view->text);
	free(view->detail);
	*view = (struct gate_view){ 0 };
}

static int read_gate(struct gate_view *view, const struct json_place *gate, struct error *err)
{
	const char *name, *word, *text, *detail;

	if (json_get_string(gate, "gate", &name, NULL, err) < 0 ||
	    json_get_string(gate, "reason", &word, "", err) < 0 ||
	    json_get_string(gate, "text", &text, word, err) < 0 ||
	    json_get_string(gate, "detail", &detail, NULL, err) < 0)
		return -1;
	view->reason = name ? xasprintf("%s: %s", name, word) : xstrdup(word);
	view->word = *word ? xstrdup(word) : NULL;
	view->text = xstrdup(text);
	view->detail = xstrdup_null(detail);
	return 0;
}

static int read_gates(struct gate_view *view, const struct json_place *root, struct error *err)
{
	struct json_place gates;

	if (json_get_array(root, "gates", &gates, err) < 0)
		return -1;
	for (size_t i = 0; i < json_count(&gates); i++) {
		struct json_place gate = json_element(&gates, i);
		bool holds;

		if (json_get_bool(&gate, "holds", &holds, false, err) < 0)
			return -1;
		if (!holds)
			return read_gate(view, &gate, err);
	}
	return 0;
}

static int read_push(struct gate_view *view, const struct json_place *root, struct error *err)
{
	struct json_place push;
	const char *answer;

	if (json_get_object(root, "push", &push, err) < 0 ||
	    json_get_string(&push, "answer", &answer, "", err) < 0)
		return -1;
	view->failed = strcmp(answer, "failed") == 0;
	return 0;
}

static int read_policy(struct gate_view *view, const struct json_place *root, struct error *err)
{
	struct json_place policy;
	const char *broken;

	if (json_get_object(root, "policy", &policy, err) < 0 ||
	    json_get_string(&policy, "broken", &broken, NULL, err) < 0)
		return -1;
	if (!view->detail)
		view->detail = xstrdup_null(broken);
	return 0;
}

/* What is not said is taken for the worse. */
static int read_view(struct gate_view *view, const json_t *json, struct error *err)
{
	struct json_place root = json_root(json, "why");

	if (json_expect(&root, JSON_OBJECT, err) < 0 ||
	    json_get_bool(&root, "gated", &view->gated, true, err) < 0 ||
	    json_get_bool(&root, "attested", &view->attested, false, err) < 0)
		return -1;
	return read_gates(view, &root, err) < 0 || read_push(view, &root, err) < 0
		       ? -1
		       : read_policy(view, &root, err);
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
