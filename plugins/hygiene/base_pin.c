/* SPDX-License-Identifier: Apache-2.0 */
#include "plugins/hygiene/base_pin.h"

#include <string.h>

static void write_from(struct buf *out, const struct dockerfile_stage *stage, const char *image)
{
	buf_str(out, "FROM ");
	if (stage->platform)
		buf_fmt(out, "--platform=%s ", stage->platform);
	buf_str(out, image);
	if (stage->name)
		buf_fmt(out, " AS %s", stage->name);
}

static size_t line_ends(const char *text, size_t len)
{
	size_t count = 0;

	for (size_t i = 0; i < len; i++)
		count += text[i] == '\n';
	return count;
}

void base_pin(struct buf *out, const char *text, size_t len, const struct dockerfile *file,
	      const char *const *images)
{
	size_t at = 0;

	for (size_t i = 0; i < file->count; i++) {
		const struct dockerfile_stage *stage = &file->items[i];

		if (!images[i])
			continue;
		buf_add(out, text + at, stage->at - at);
		write_from(out, stage, images[i]);
		for (size_t n = line_ends(text + stage->at, stage->len); n > 0; n--)
			buf_char(out, '\n');
		at = stage->at + stage->len;
	}
	buf_add(out, text + at, len - at);
}
