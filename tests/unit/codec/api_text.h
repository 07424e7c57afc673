/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of api.h share: texts of an engine, and what is read of them. */
#ifndef TESTS_UNIT_CODEC_API_TEXT_H
#define TESTS_UNIT_CODEC_API_TEXT_H

#include "tests/unit/suite.h"

#include <string.h>

#include "common/base/alloc.h"
#include "common/codec/json.h"

static inline json_t *must_parse(const char *text)
{
	json_t *json = NULL;
	struct error err = ERROR_INIT;
	int rc = json_parse(&json, text, strlen(text), "doc", false, &err);

	ck_assert_msg(rc == 0, "%s: %s", text, err.text);
	return json;
}

/* "a b c": so that a row can say what a list should be. */
static inline bool same_list(const struct strings *list, const char *want)
{
	char text[1000] = "";

	for (size_t i = 0; i < list->count; i++) {
		strcat(text, i ? " " : "");
		strcat(text, list->items[i]);
	}
	return strcmp(text, want) == 0;
}

static inline bool same(const char *got, const char *want)
{
	return got && want ? strcmp(got, want) == 0 : got == want;
}

#endif
