/* SPDX-License-Identifier: Apache-2.0 */
#include "common/codec/json_text.h"

#include <stdint.h>
#include <stdlib.h>

#include "common/codec/printable.h"

json_t *json_text(const char *text)
{
	json_t *json = text ? json_string(text) : json_null();
	scoped_buf clean = { 0 };

	if (json)
		return json;
	buf_init(&clean, SIZE_MAX);
	printable_add(&clean, text);
	return json_string(clean.data);
}

void json_put(json_t *object, const char *key, json_t *value)
{
	if (json_object_set_new(object, key, value) < 0)
		abort();
}
