/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a document: every getter at every member, two levels deep. */
#include "tests/fuzz/fuzz.h"

#include <string.h>

#include "common/codec/json.h"
#include "tests/fuzz/text.h"

static void check_error(struct error *err)
{
	fuzz_assert(err->kind == ERROR_INPUT);
	for (const char *p = err->text; *p; p++)
		fuzz_assert((unsigned char)*p >= ' ' && *p != 0x7f);
	error_clear(err);
}

static void ask(const struct json_place *at, const char *key)
{
	struct error err = ERROR_INIT;
	struct json_place place;
	scoped_strings list = { 0 };
	const char *s;
	int64_t number;
	bool truth;

	if (json_get_string(at, key, &s, NULL, &err) < 0)
		check_error(&err);
	if (json_need_string(at, key, &s, &err) < 0)
		check_error(&err);
	if (json_get_int(at, key, &number, 0, -100, 100, &err) < 0)
		check_error(&err);
	else
		fuzz_assert(number >= -100 && number <= 100);
	if (json_get_bool(at, key, &truth, false, &err) < 0)
		check_error(&err);
	if (json_get_array(at, key, &place, &err) < 0)
		check_error(&err);
	if (json_get_object(at, key, &place, &err) < 0)
		check_error(&err);
	if (json_get_strings(at, key, &list, &err) < 0)
		check_error(&err);
}

static void walk(const struct json_place *at, int depth)
{
	static const char *const known[] = { "keep", "images" };
	struct error err = ERROR_INIT;
	const char *key;
	json_t *value;

	ask(at, NULL);
	if (json_only_keys(at, known, array_len(known), &err) < 0)
		check_error(&err);
	if (depth == 0)
		return;
	json_object_foreach((json_t *)at->value, key, value) {
		struct json_place member = json_member(at, key);

		ask(at, key);
		walk(&member, depth - 1);
	}
	for (size_t i = 0; i < json_count(at); i++) {
		struct json_place element = json_element(at, i);

		walk(&element, depth - 1);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	for (int strict = 0; strict <= 1; strict++) {
		scoped_json *json = NULL;
		struct error err = ERROR_INIT;

		if (json_parse(&json, (const char *)data, size, "doc", strict, &err) < 0) {
			check_error(&err);
			continue;
		}
		struct json_place root = json_root(json, "doc");

		walk(&root, 3);
	}
	return 0;
}
