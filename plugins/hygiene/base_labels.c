/* SPDX-License-Identifier: Apache-2.0 */
#include "plugins/hygiene/base_labels.h"

#include <string.h>

#include "common/codec/timefmt.h"

int64_t base_built_at(const struct api_image *image)
{
	const char *text = api_label_get(&image->labels, BASE_LABEL_BUILT);
	struct error ignored = ERROR_INIT;
	int64_t at;

	return text && time_parse_rfc3339(text, &at, &ignored) == 0 ? at : TIME_NONE;
}

bool base_same_stamp(const struct api_image *a, const struct api_image *b)
{
	static const char *const names[] = { BASE_LABEL_NAME, BASE_LABEL_BUILT };

	for (size_t i = 0; i < array_len(names); i++) {
		const char *one = api_label_get(&a->labels, names[i]);
		const char *other = api_label_get(&b->labels, names[i]);

		if (!one || !other || strcmp(one, other) != 0)
			return false;
	}
	return true;
}
