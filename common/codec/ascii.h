/* SPDX-License-Identifier: Apache-2.0 */
/* Letters and digits as protocols have them, whatever the locale. */
#ifndef COMMON_CODEC_ASCII_H
#define COMMON_CODEC_ASCII_H

static inline char ascii_lower(char c)
{
	return (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

/* In place. Returns the text, for those who hand it on. */
static inline char *ascii_make_lower(char *text)
{
	for (char *c = text; *c; c++)
		*c = ascii_lower(*c);
	return text;
}

/* -1: no hexadecimal digit. */
static inline int ascii_hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = ascii_lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

#endif
