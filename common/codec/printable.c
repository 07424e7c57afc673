/* SPDX-License-Identifier: Apache-2.0 */
#include "common/codec/printable.h"

#include <locale.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <wchar.h>
#ifdef __APPLE__
#include <xlocale.h>
#endif

#include "common/codec/utf8.h"

struct range {
	uint32_t first, last;
};

static bool in_ranges(uint32_t c, const struct range *ranges, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (c >= ranges[i].first && c <= ranges[i].last)
			return true;
	return false;
}

/* What may move the cursor, or show text in another order than it has. */
static const struct range unfit[] = {
	{ 0x00, 0x1f },     { 0x7f, 0x9f },     { 0x61c, 0x61c },
	{ 0x200e, 0x200f }, { 0x2028, 0x202e }, { 0x2066, 0x2069 },
};

void printable_add(struct buf *out, const char *text)
{
	while (*text) {
		uint32_t c;
		size_t len = utf8_decode(text, &c);

		if (utf8_is_invalid(c) || in_ranges(c, unfit, array_len(unfit)))
			buf_char(out, '?');
		else
			buf_add(out, text, len);
		text += len;
	}
}

/*
 * The C library's table of widths, which only a UTF-8 locale has. The program's own locale is left
 * alone; where there is no such locale, the blocks below are near enough.
 */
struct widths {
	locale_t locale, before;
	bool asked;
};

static void widths_end(struct widths *w)
{
	if (!w->locale)
		return;
	uselocale(w->before);
	freelocale(w->locale);
}

static const struct range none_wide[] = {
	{ 0x300, 0x36f },   { 0x483, 0x489 },   { 0x591, 0x5bd },   { 0x610, 0x61a },
	{ 0x64b, 0x65f },   { 0x1ab0, 0x1aff }, { 0x1dc0, 0x1dff }, { 0x200b, 0x200f },
	{ 0x20d0, 0x20ff }, { 0xfe00, 0xfe0f }, { 0xfe20, 0xfe2f }, { 0xfeff, 0xfeff },
};
static const struct range two_wide[] = {
	{ 0x1100, 0x115f },   { 0x2e80, 0x303e },   { 0x3041, 0xa4cf },   { 0xac00, 0xd7a3 },
	{ 0xf900, 0xfaff },   { 0xfe30, 0xfe6f },   { 0xff00, 0xff60 },   { 0xffe0, 0xffe6 },
	{ 0x1f300, 0x1f64f }, { 0x1f900, 0x1f9ff }, { 0x20000, 0x3fffd },
};

static size_t width_by_block(uint32_t c)
{
	if (in_ranges(c, none_wide, array_len(none_wide)))
		return 0;
	return in_ranges(c, two_wide, array_len(two_wide)) ? 2 : 1;
}

static size_t width_of(struct widths *w, uint32_t c)
{
	int width;

	if (c < 0x80)
		return 1;
	if (!w->asked) {
		w->asked = true;
		w->locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
		if (w->locale)
			w->before = uselocale(w->locale);
	}
	if (!w->locale)
		return width_by_block(c);
	width = wcwidth((wchar_t)c);
	return width < 0 ? 1 : (size_t)width;
}

size_t printable_width(const char *clean)
{
	scoped(widths_end) struct widths w = { 0 };
	size_t columns = 0;

	while (*clean) {
		uint32_t c;

		clean += utf8_decode(clean, &c);
		columns += width_of(&w, c);
	}
	return columns;
}

void printable_add_cut(struct buf *out, const char *clean, size_t width)
{
	scoped(widths_end) struct widths w = { 0 };
	size_t columns = 0;
	size_t fits = 0; /* bytes that leave a column for the mark */

	for (size_t i = 0; clean[i];) {
		uint32_t c;
		size_t len = utf8_decode(clean + i, &c);

		columns += width_of(&w, c);
		i += len;
		if (columns < width)
			fits = i;
		if (columns > width) {
			buf_add(out, clean, fits);
			if (width)
				buf_str(out, "…");
			return;
		}
	}
	buf_str(out, clean);
}

const char *printable_short(char room[PRINTABLE_SHORT], const char *text)
{
	scoped_buf clean, cut;

	buf_init(&clean, SIZE_MAX);
	buf_init(&cut, PRINTABLE_SHORT - 1);
	printable_add(&clean, text);
	printable_add_cut(&cut, clean.data, 60);
	/* Only a pile of combining characters is longer than the room. */
	memcpy(room, buf_failed(&cut) ? "?" : cut.data, buf_failed(&cut) ? 2 : cut.len + 1);
	return room;
}
