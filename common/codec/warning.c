/* SPDX-License-Identifier: Apache-2.0 */
#include "common/codec/warning.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "common/base/alloc.h"
#include "common/base/buf.h"
#include "common/codec/printable.h"

#define PREFIX   "299 - \""
#define TEXT_MAX 512

static bool is_control(char c)
{
	return ((unsigned char)c < 0x20 && c != '\t') || c == 0x7f;
}

/* From behind the quote up to the next one. NULL: it is not closed. */
static const char *read_quoted(struct buf *out, const char *at, const char *end)
{
	for (; at < end && *at != '"'; at++) {
		if (*at == '\\')
			at++;
		if (at == end || is_control(*at))
			return NULL;
		buf_char(out, *at);
	}
	return at < end ? at + 1 : NULL;
}

char *warning_text(const char *value, size_t len)
{
	const char *end = value + len;
	scoped_buf text = { 0 };
	scoped_buf clean = { 0 };

	if (len < strlen(PREFIX) || memcmp(value, PREFIX, strlen(PREFIX)) != 0)
		return NULL;
	buf_init(&text, SIZE_MAX);
	const char *rest = read_quoted(&text, value + strlen(PREFIX), end);

	/* What follows is another value, or the date that RFC 7234 had. */
	if (!rest || (rest < end && !strchr(" \t,", *rest)) || !text.len)
		return NULL;
	buf_init(&clean, TEXT_MAX);
	printable_add(&clean, text.data);
	return buf_take(&clean);
}
