/* SPDX-License-Identifier: Apache-2.0 */
/* plugins.hygiene of config.json: refused by its place, or settings that can be written. */
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "common/codec/json.h"
#include "plugins/hygiene/policy.h"

static void require(int holds)
{
	if (!holds)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct error err = ERROR_INIT;
	scoped_json *json = NULL;
	scoped_json *again = NULL;
	scoped_strings filters = { 0 };
	scoped_str ignored = NULL;
	scoped_settings s;
	struct json_place root;
	json_t *written;
	char *text;

	settings_init(&s);
	if (json_parse(&json, (const char *)data, size, "fuzz", false, &err) < 0)
		return 0;
	root = json_root(json, "fuzz");
	if (json_get_strings(&root, "pruneFilters", &filters, &err) < 0)
		error_clear(&err);
	if (settings_parse_config(&s, json_object_get(json, "hygiene"), &filters, &ignored, &err) <
	    0) {
		require(err.kind == ERROR_USAGE && !ignored && s.common.keep.count == 0);
		return 0;
	}
	written = settings_to_json(&s);
	text = json_dumps(written, 0);
	settings_release(&s);
	require(settings_parse_policy(&s, text, strlen(text), "again", &err) == 0);
	again = settings_to_json(&s);
	require(json_equal(again, written));
	json_decref(written);
	free(text);
	return 0;
}
