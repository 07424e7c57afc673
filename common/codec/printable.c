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

#include "common/codec/char_width.h"
#include "common/codec/utf8.h"

/* What may move the cursor, or show text in another order than it has. */
static const struct char_range unfit[] = {
	{ 0x00, 0x1f },     { 0x7f, 0x9f },     { 0x61c, 0x61c },
	{ 0x200e, 0x200f }, { 0x2028, 0x202e }, { 0x2066, 0x2069 },
};

void printable_add(struct buf *out, const char *text)
{
	while (*text) {
		uint32_t c;
		size_t len = utf8_decode(text, &c);

		if (utf8_is_invalid(c) || char_in_ranges(c, unfit, array_len(unfit)))
			buf_char(out, '?');
		else
			buf_add(out, text, len);
		text += len;
	}
}

/* The C library's table of widths. Only a UTF-8 locale has it; the program's own is left alone. */
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

static void widths_begin(struct widths *w)
{
	/* macOS has no C.UTF-8. */
	static const char *const names[] = { "C.UTF-8", "C.utf8", "en_US.UTF-8" };

	w->asked = true;
	for (size_t i = 0; i < array_len(names) && !w->locale; i++)
		w->locale = newlocale(LC_CTYPE_MASK, names[i], (locale_t)0);
	if (w->locale)
		w->before = uselocale(w->locale);
}

static size_t width_of(struct widths *w, uint32_t c)
{
	int width;

	if (c < 0x80)
		return 1;
	if (!w->asked)
		widths_begin(w);
	width = w->locale ? wcwidth((wchar_t)c) : char_width(c);
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
