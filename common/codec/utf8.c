/* SPDX-License-Identifier: Apache-2.0 */
#include "common/codec/utf8.h"

#include "common/base/attr.h"

/* By length: which bits of the first byte say so, and the least character that needs it. */
static const struct {
	unsigned char mask, lead;
	uint32_t least;
} forms[] = {
	{ 0x80, 0x00, 0 },
	{ 0xe0, 0xc0, 0x80 },
	{ 0xf0, 0xe0, 0x800 },
	{ 0xf8, 0xf0, 0x10000 },
};

size_t utf8_decode(const char *s, uint32_t *c)
{
	const unsigned char *bytes = (const unsigned char *)s;
	uint32_t value;
	size_t len = 1;

	while (len <= array_len(forms) && (bytes[0] & forms[len - 1].mask) != forms[len - 1].lead)
		len++;
	*c = 0xdc00u | bytes[0];
	if (len > array_len(forms))
		return 1;
	value = (unsigned char)(bytes[0] & ~forms[len - 1].mask);
	/* The NUL that ends s is no continuation byte, so this never reads past it. */
	for (size_t i = 1; i < len; i++) {
		if ((bytes[i] & 0xc0) != 0x80)
			return 1;
		value = value << 6 | (bytes[i] & 0x3f);
	}
	if (value < forms[len - 1].least || value > 0x10ffff || (value & ~0x7ffu) == 0xd800)
		return 1;
	*c = value;
	return len;
}

bool utf8_is_valid(const char *s)
{
	uint32_t c = 0;

	while (*s && !utf8_is_invalid(c))
		s += utf8_decode(s, &c);
	return !utf8_is_invalid(c);
}
