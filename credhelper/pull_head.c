/* SPDX-License-Identifier: Apache-2.0 */
#include "credhelper/pull_head.h"

#include <string.h>

#define NAME    "pushgate-pull "
#define CURRENT "1 aes-256-gcm "

static const char digits[] = "0123456789abcdef";

struct text {
	const char *at, *end;
};

static bool take(struct text *text, const char *word)
{
	size_t len = strlen(word);

	if ((size_t)(text->end - text->at) < len || memcmp(text->at, word, len) != 0)
		return false;
	text->at += len;
	return true;
}

static int digit_of(char c)
{
	const char *found = c ? strchr(digits, c) : NULL;

	return found ? (int)(found - digits) : -1;
}

static bool take_hex(struct text *text, unsigned char *out, size_t len)
{
	if ((size_t)(text->end - text->at) < 2 * len)
		return false;
	for (size_t i = 0; i < len; i++) {
		int high = digit_of(*text->at++), low = digit_of(*text->at++);

		if (high < 0 || low < 0)
			return false;
		out[i] = (unsigned char)(high << 4 | low);
	}
	return true;
}

int pull_head_parse(struct pull_head *out, const char *data, size_t len, struct error *err)
{
	struct text text = { data, data + len };
	struct pull_head head;

	if (!len || !take(&text, NAME))
		return error_set(err, ERROR_INPUT, 0, "it is not a pull file of pushgate");
	if (!take(&text, CURRENT))
		return error_set(err, ERROR_UNSUPPORTED, 0,
				 "written by a later version of pushgate; update this one");
	if (!take_hex(&text, head.salt, CRYPTO_SALT) || !take(&text, " ") ||
	    !take_hex(&text, head.nonce, CRYPTO_NONCE) || !take(&text, "\n"))
		return error_set(err, ERROR_INPUT, 0, "its first line is broken");
	head.len = (size_t)(text.at - data);
	*out = head;
	return 0;
}

static void add_hex(struct buf *out, const unsigned char *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		buf_char(out, digits[bytes[i] >> 4]);
		buf_char(out, digits[bytes[i] & 15]);
	}
}

void pull_head_format(const unsigned char *salt, const unsigned char *nonce, struct buf *out)
{
	buf_str(out, NAME CURRENT);
	add_hex(out, salt, CRYPTO_SALT);
	buf_char(out, ' ');
	add_hex(out, nonce, CRYPTO_NONCE);
	buf_char(out, '\n');
}
