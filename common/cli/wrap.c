/* SPDX-License-Identifier: Apache-2.0 */
#include "common/cli/wrap.h"

#include <string.h>

void wrap_unit(struct buf *out, const char *text, size_t len, size_t column, size_t *at)
{
	if (*at > column && *at + 1 + len > WRAP_WIDTH) {
		buf_fmt(out, "\n%*s", (int)column, "");
		*at = column;
	}
	if (*at > column) {
		buf_char(out, ' ');
		++*at;
	}
	buf_add(out, text, len);
	*at += len;
}

/* The words of text[0..len). */
static void wrap_part(struct buf *out, const char *text, size_t len, size_t column, size_t *at)
{
	for (size_t i = 0; i < len;) {
		size_t word = 0;

		while (i + word < len && text[i + word] != ' ')
			word++;
		if (word)
			wrap_unit(out, text + i, word, column, at);
		i += word ? word : 1;
	}
}

void wrap_words(struct buf *out, const char *text, size_t column, size_t *at)
{
	wrap_part(out, text, strlen(text), column, at);
}

void wrap_prose(struct buf *out, const char *text)
{
	size_t at = 0;

	while (*text) {
		size_t len = strcspn(text, "\n");
		bool verbatim = len == 0 || *text == ' ';

		if (verbatim) {
			buf_fmt(out, "%s%.*s\n", at > 0 ? "\n" : "", (int)len, text);
			at = 0;
		} else {
			wrap_part(out, text, len, 0, &at);
		}
		text += len + (text[len] == '\n');
	}
	if (at > 0)
		buf_char(out, '\n');
}
