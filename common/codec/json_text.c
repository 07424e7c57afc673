/* SPDX-License-Identifier: Apache-2.0 */
#include "common/codec/json_text.h"

#include <stdlib.h>

#include "common/base/clock.h"
#include "common/codec/printable.h"
#include "common/codec/timefmt.h"

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

json_t *json_texts(const struct strings *list)
{
	json_t *array = json_array();

	for (size_t i = 0; i < list->count; i++)
		if (json_array_append_new(array, json_text(list->items[i])) < 0)
			abort();
	return array;
}

json_t *json_time(int64_t t)
{
	char text[TIME_TEXT];

	return t == TIME_NONE ? json_null() : json_string(time_format_rfc3339(text, t, 0));
}

void json_put(json_t *object, const char *key, json_t *value)
{
	if (json_object_set_new(object, key, value) < 0)
		abort();
}
