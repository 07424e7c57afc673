/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/suite.h"

#include <locale.h>
#include <string.h>

#include "common/codec/char_width.h"
#include "common/codec/printable.h"
#include "common/codec/utf8.h"
#include "tests/unit/random.h"

static const struct {
	const char *text, *clean;
	const char *why;
} cleans[] = {
	{ "", "", "nothing" },
	{ "nginx:1.2", "nginx:1.2", "ASCII" },
	{ "~ !", "~ !", "the ends of ASCII" },
	{ "héé 日本 🐳", "héé 日本 🐳", "other scripts" },
	{ "a\x1b[31mb", "a?[31mb", "an escape sequence" },
	{ "a\nb\tc\rd", "a?b?c?d", "C0" },
	{ "a\x7f"
	  "b",
	  "a?b", "DEL" },
	{ "a\xc2\x85"
	  "b\xc2\x9b"
	  "c",
	  "a?b?c", "C1: a CSI in one character" },
	{ "\xc2\xa0", "\xc2\xa0", "first behind C1" },
	{ "a\u202eb\u2066c\u061cd\u200ee", "a?b?c?d?e", "text that would turn around" },
	{ "a\u2028b\u2029c", "a?b?c", "line and paragraph separators" },
	{ "a\u200db", "a\u200db", "joiners stay: emoji are made of them" },
	{ "\xff\xfe", "??", "no UTF-8 at all" },
	{ "\xc3", "?", "cut in the middle" },
	{ "\xe6\x97x", "??x", "cut in the middle, then more" },
	{ "\xc0\x80", "??", "an overlong NUL" },
	{ "\xe0\x9f\xbf", "???", "overlong, three bytes" },
	{ "\xf0\x8f\xbf\xbf", "????", "overlong, four bytes" },
	{ "\xed\xa0\x80", "???", "a surrogate" },
	{ "\xf4\x90\x80\x80", "????", "beyond U+10FFFF" },
	{ "\xf4\x8f\xbf\xbf", "\xf4\x8f\xbf\xbf", "U+10FFFF" },
	{ "\xf8\x88\x80\x80\x80", "?????", "five bytes" },
	{ "\x80", "?", "a lone continuation byte" },
};

START_TEST(clean)
{
	scoped_buf out;

	buf_init(&out, 1000);
	printable_add(&out, cleans[_i].text);
	ck_assert_msg(strcmp(out.data, cleans[_i].clean) == 0, "%s: %s", cleans[_i].why, out.data);
}
END_TEST

static const struct {
	const char *text;
	size_t width;
	const char *why;
} widths[] = {
	{ "", 0, "nothing" },
	{ "abc", 3, "ASCII" },
	{ "hé", 2, "two bytes, one column" },
	{ "日本", 4, "wide" },
	{ "한국", 4, "wide" },
	{ "🐳", 2, "wide, four bytes" },
	{ "e\u0301", 1, "a combining accent" },
	{ "…", 1, "the mark of a cut" },
	{ "\uff21", 2, "fullwidth letters" },
};

START_TEST(width)
{
	ck_assert_msg(printable_width(widths[_i].text) == widths[_i].width, "%s: %zu",
		      widths[_i].why, printable_width(widths[_i].text));
	ck_assert_msg(strcmp(setlocale(LC_ALL, NULL), "C") == 0, "the program's locale is its own");
}
END_TEST

/* Where the C library has no UTF-8 locale, the built-in blocks give the same. */
START_TEST(width_by_block)
{
	size_t sum = 0;

	for (const char *p = widths[_i].text; *p;) {
		uint32_t c;

		p += utf8_decode(p, &c);
		sum += (size_t)char_width(c);
	}
	ck_assert_msg(sum == widths[_i].width, "%s: %zu", widths[_i].why, sum);
}
END_TEST

static const struct {
	const char *text;
	size_t width;
	const char *cut;
	const char *why;
} cuts[] = {
	{ "nginx", 5, "nginx", "fits exactly" },
	{ "nginx", 6, "nginx", "fits" },
	{ "nginx", 4, "ngi…", "cut" },
	{ "nginx", 1, "…", "only the mark" },
	{ "nginx", 0, "", "not even the mark" },
	{ "", 0, "", "nothing" },
	{ "日本語", 6, "日本語", "wide, fits" },
	{ "日本語", 5, "日本…", "wide, cut" },
	{ "日本語", 4, "日…", "half a wide character is not shown" },
	{ "e\u0301e\u0301e\u0301", 2, "e\u0301…", "an accent stays with its letter" },
	{ "ab\u0301", 2, "ab\u0301", "an accent at the end takes no column" },
};

START_TEST(cut)
{
	scoped_buf out;

	buf_init(&out, 1000);
	printable_add_cut(&out, cuts[_i].text, cuts[_i].width);
	ck_assert_msg(strcmp(out.data, cuts[_i].cut) == 0, "%s: %s", cuts[_i].why, out.data);
}
END_TEST

START_TEST(short_text)
{
	char room[PRINTABLE_SHORT];
	char text[2000] = "a";

	ck_assert_str_eq(printable_short(room, "a\nb"), "a?b");
	memset(text, 'x', 100);
	printable_short(room, text);
	ck_assert_uint_eq(printable_width(room), 60);
	/* No columns, but many bytes. */
	text[0] = '\0';
	for (int i = 0; i < 500; i++)
		strcat(text, "\u0301");
	ck_assert_uint_lt(strlen(printable_short(room, text)), PRINTABLE_SHORT);
}
END_TEST

/* Whatever comes in: what goes out is valid, has no control character, and is never wider. */
START_TEST(always_clean)
{
	struct random r = random_start();

	for (int i = 0; i < 20000; i++) {
		char text[40];
		size_t len = random_below(&r, sizeof(text));
		size_t most = random_below(&r, 20);
		scoped_buf out, shown;

		for (size_t k = 0; k < len; k++)
			text[k] = (char)(1 + random_below(&r, 255));
		text[len] = '\0';
		buf_init(&out, 1000);
		buf_init(&shown, 1000);
		printable_add(&out, text);
		printable_add_cut(&shown, out.data, most);
		ck_assert_msg(printable_width(shown.data) <= most, RANDOM_SEED,
			      (unsigned long long)r.seed);
		for (const char *p = shown.data; *p;) {
			uint32_t c;

			p += utf8_decode(p, &c);
			ck_assert_msg(c >= 0x20 && (c < 0x7f || c > 0x9f) && !utf8_is_invalid(c),
				      RANDOM_SEED ": U+%04x", (unsigned long long)r.seed, c);
		}
	}
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("printable");
	TCase *tc = tcase_create("printable");

	tcase_add_loop_test(tc, clean, 0, (int)array_len(cleans));
	tcase_add_loop_test(tc, width, 0, (int)array_len(widths));
	tcase_add_loop_test(tc, width_by_block, 0, (int)array_len(widths));
	tcase_add_loop_test(tc, cut, 0, (int)array_len(cuts));
	tcase_add_test(tc, short_text);
	tcase_add_test(tc, always_clean);
	suite_add_tcase(s, tc);
	return s;
}
