/* SPDX-License-Identifier: Apache-2.0 */
#include <stdint.h>
#include <string.h>

#include "common/codec/dockerfile_internal.h"
#include "common/codec/printable.h"
#include "common/codec/utf8.h"

#define CHARACTERS_MAX 256 /* of a pattern, and of a value that it is held against */
#define NO_MATCH       SIZE_MAX

/* No characters: beyond what UTF-8 has. */
#define ANY_RUN ((uint32_t)0x110000)
#define ANY_ONE ((uint32_t)0x110001)

struct characters {
	uint32_t items[CHARACTERS_MAX];
	size_t count;
};

static int add_character(struct characters *to, uint32_t c, struct error *err)
{
	if (to->count == CHARACTERS_MAX)
		return error_set(err, ERROR_LIMIT, 0,
				 "more than %d characters in a ${} with a pattern", CHARACTERS_MAX);
	to->items[to->count++] = c;
	return 0;
}

static int read_value(struct characters *out, const char *value, struct error *err)
{
	uint32_t c;

	for (out->count = 0; *value;) {
		value += utf8_decode(value, &c);
		if (add_character(out, c, err) < 0)
			return -1;
	}
	return 0;
}

/* "\" is before "*", "?" and itself, and before "}" and "/", which would end the pattern. */
static int read_pattern(struct characters *out, const char *pattern, struct error *err)
{
	char shown[PRINTABLE_SHORT];
	const char *at = pattern;

	for (out->count = 0; *at;) {
		bool escaped = *at == '\\';
		uint32_t c;

		at += escaped;
		if (escaped && (!*at || !strchr("*?\\}/", *at)))
			return error_set(err, ERROR_INPUT, 0,
					 "\"%s\" has a \\ before what needs none",
					 printable_short(shown, pattern));
		at += utf8_decode(at, &c);
		if (!escaped && (c == '*' || c == '?'))
			c = c == '*' ? ANY_RUN : ANY_ONE;
		if (add_character(out, c, err) < 0)
			return -1;
	}
	return 0;
}

static void reverse(struct characters *text)
{
	for (size_t i = 0; i < text->count / 2; i++) {
		uint32_t c = text->items[i];

		text->items[i] = text->items[text->count - 1 - i];
		text->items[text->count - 1 - i] = c;
	}
}

/* A run may be empty. */
static void skip_runs(const struct characters *pattern, bool *at)
{
	for (size_t i = 0; i < pattern->count; i++)
		if (at[i] && pattern->items[i] == ANY_RUN)
			at[i + 1] = true;
}

/* From where in the pattern it may go on behind c. False: from nowhere. */
static bool step(const struct characters *pattern, bool *at, uint32_t c)
{
	bool any = false;

	for (size_t i = pattern->count + 1; i > 0; i--) {
		size_t here = i - 1;
		bool stays = here < pattern->count && at[here] && pattern->items[here] == ANY_RUN;
		bool comes = here > 0 && at[here - 1] &&
			     (pattern->items[here - 1] == c || pattern->items[here - 1] == ANY_ONE);

		at[here] = stays || comes;
		any = any || at[here];
	}
	skip_runs(pattern, at);
	return any;
}

/* How many characters from `from` on match the whole pattern; NO_MATCH. */
static size_t match(const struct characters *pattern, const struct characters *text, size_t from,
		    bool longest)
{
	bool at[CHARACTERS_MAX + 1] = { true };
	size_t found = NO_MATCH;

	skip_runs(pattern, at);
	for (size_t i = from;; i++) {
		if (at[pattern->count]) {
			found = i - from;
			if (!longest)
				return found;
		}
		if (i == text->count || !step(pattern, at, text->items[i]))
			return found;
	}
}

/* The bytes of the first `count` characters. */
static size_t bytes_of(const char *text, size_t count)
{
	const char *at = text;
	uint32_t c;

	while (count-- > 0)
		at += utf8_decode(at, &c);
	return (size_t)(at - text);
}

int dockerfile_trim(const char *value, const char *pattern, bool at_end, bool longest,
		    struct buf *out, struct error *err)
{
	struct characters text, what;

	if (read_value(&text, value, err) < 0 || read_pattern(&what, pattern, err) < 0)
		return -1;
	if (at_end) {
		reverse(&text);
		reverse(&what);
	}
	size_t count = match(&what, &text, 0, longest);

	if (count == NO_MATCH)
		count = 0;
	if (at_end)
		buf_add(out, value, bytes_of(value, text.count - count));
	else
		buf_str(out, value + bytes_of(value, count));
	return 0;
}

int dockerfile_replace(const char *value, const char *pattern, const char *with, bool all,
		       struct buf *out, struct error *err)
{
	struct characters text, what;
	bool behind = false; /* a match that was not empty: an empty one right there is none */
	bool never = false;  /* what begins with any run matches here, or nowhere behind */

	if (read_value(&text, value, err) < 0 || read_pattern(&what, pattern, err) < 0)
		return -1;
	for (size_t i = 0; i <= text.count;) {
		size_t count = never ? NO_MATCH : match(&what, &text, i, true);
		bool found = count != NO_MATCH && !(count == 0 && behind);
		size_t taken = found ? count : 0;

		never = count == NO_MATCH && what.count > 0 && what.items[0] == ANY_RUN;
		if (found)
			buf_str(out, with);
		value += bytes_of(value, taken);
		i += taken;
		behind = taken > 0;
		if (found && !all)
			break;
		if (!behind && i++ < text.count) {
			size_t len = bytes_of(value, 1);

			buf_add(out, value, len);
			value += len;
		}
	}
	buf_str(out, value);
	return 0;
}
