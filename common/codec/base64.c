/* SPDX-License-Identifier: Apache-2.0 */
#include "common/codec/base64.h"

#include <stdbool.h>

static const char standard[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char url_safe[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

static void add_group(struct buf *out, const unsigned char *bytes, size_t count)
{
	unsigned group = (unsigned)bytes[0] << 16;
	char text[4];

	if (count > 1)
		group |= (unsigned)bytes[1] << 8;
	if (count > 2)
		group |= bytes[2];
	for (size_t i = 0; i < 4; i++)
		text[i] = i <= count ? standard[group >> (18 - 6 * i) & 63] : '=';
	buf_add(out, text, sizeof(text));
	wipe(text, sizeof(text));
	wipe(&group, sizeof(group));
}

void base64_add(struct buf *out, const void *data, size_t len)
{
	const unsigned char *bytes = data;

	for (size_t i = 0; i < len; i += 3)
		add_group(out, bytes + i, len - i < 3 ? len - i : 3);
}

/* The whole alphabet is looked at for each letter, so that the time says nothing of a secret. */
static int value_of(const char *alphabet, char c)
{
	int value = -1;

	for (int i = 0; i < 64; i++)
		value = alphabet[i] == c ? i : value;
	return value;
}

/* len is that of the letters alone, without padding. */
static bool read_letters(const char *alphabet, const char *text, size_t len, struct secret *out)
{
	unsigned bits = 0, count = 0;

	if (len % 4 == 1)
		return false;
	for (size_t i = 0; i < len; i++) {
		int value = value_of(alphabet, text[i]);

		if (value < 0)
			return false;
		bits = (bits << 6 | (unsigned)value) & 0x3fff;
		count += 6;
		if (count >= 8) {
			char byte = (char)(bits >> (count -= 8));

			secret_add(out, &byte, 1);
		}
	}
	/* What is left over belongs to no byte: another text for the same bytes otherwise. */
	return (bits & ((1U << count) - 1)) == 0;
}

static int read_into(const char *alphabet, const char *text, size_t len, struct secret *out,
		     struct error *err)
{
	scoped_secret bytes = { 0 };

	if (!read_letters(alphabet, text, len, &bytes))
		return error_set(err, ERROR_INPUT, 0, "not base64");
	secret_release(out);
	*out = take_value(bytes);
	return 0;
}

int base64_read(const char *text, size_t len, struct secret *out, struct error *err)
{
	size_t letters = len;

	while (letters > 0 && len - letters < 2 && text[letters - 1] == '=')
		letters--;
	if (len % 4 != 0)
		return error_set(err, ERROR_INPUT, 0, "not base64");
	return read_into(standard, text, letters, out, err);
}

int base64url_read(const char *text, size_t len, struct secret *out, struct error *err)
{
	return read_into(url_safe, text, len, out, err);
}
