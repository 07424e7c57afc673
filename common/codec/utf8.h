/* SPDX-License-Identifier: Apache-2.0 */
/* UTF-8, one character at a time, strict (no overlong forms, no surrogates, up to U+10FFFF). */
#ifndef COMMON_CODEC_UTF8_H
#define COMMON_CODEC_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Decodes the first character of s, which is not empty, and returns how many bytes it takes. A
 * byte that begins no valid character is taken alone: *c is 0xdc00 | byte then (a surrogate, which
 * valid text cannot hold).
 */
size_t utf8_decode(const char *s, uint32_t *c);
static inline bool utf8_is_invalid(uint32_t c)
{
	return (c & 0xffffff00u) == 0xdc00;
}
bool utf8_is_valid(const char *s);

#endif
