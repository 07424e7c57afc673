/* SPDX-License-Identifier: Apache-2.0 */
#include "common/codec/pattern.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "common/codec/printable.h"
#include "common/codec/utf8.h"

#define PATTERN_MAX 1024

/* One character of a set, "\x" taken apart. False at the pattern's end. */
static bool set_character(const char **p, uint32_t *c)
{
	if (**p == '\\')
		++*p;
	if (!**p)
		return false;
	*p += utf8_decode(*p, c);
	return true;
}

/*
 * Reads the set at *p, behind its "[", moves *p behind its "]", and tells whether c is in it. NULL
 * if all is well, else what is wrong with it.
 */
static const char *scan_set(const char **p, uint32_t c, bool *in)
{
	static const char unclosed[] = "\"[\" without \"]\"";
	bool negated = **p == '!' || **p == '^';
	bool found = false;

	if (negated)
		++*p;
	for (bool first = true; first || **p != ']'; first = false) {
		uint32_t low, high;

		if (!set_character(p, &low))
			return unclosed;
		high = low;
		if (**p == '-' && (*p)[1] != ']') {
			++*p;
			if (!set_character(p, &high))
				return unclosed;
		}
		if (high < low)
			return "a range like z-a, which is empty";
		found = found || (low <= c && c <= high);
	}
	++*p;
	*in = found != negated;
	return NULL;
}

static const char *find_fault(const char *p)
{
	if (!*p)
		return "it is empty";
	if (strnlen(p, PATTERN_MAX + 1) > PATTERN_MAX)
		return "it is longer than 1024 bytes";
	while (*p) {
		const char *fault = NULL;
		bool in;

		if (*p == '\\' && !p[1])
			return "it ends in \"\\\"";
		if (*p == '\\')
			p += 2;
		else if (*p++ == '[')
			fault = scan_set(&p, 0, &in);
		if (fault)
			return fault;
	}
	return NULL;
}

int pattern_check(const char *pattern, struct error *err)
{
	const char *fault = find_fault(pattern);
	char text[PRINTABLE_SHORT];

	if (fault)
		return error_set(err, ERROR_INPUT, 0,
				 "\"%s\" is not a pattern: %s; write it like "
				 "\"registry/*\" or \"app-[0-9]\"",
				 printable_short(text, pattern), fault);
	return 0;
}

/* Matches one character, moving both; the pattern is not at its end and not at a "*". */
static bool match_one(const char **pattern, const char **text)
{
	uint32_t c, want;
	bool in = true;

	*text += utf8_decode(*text, &c);
	if (**pattern == '?') {
		++*pattern;
		return true;
	}
	if (**pattern == '[') {
		++*pattern;
		scan_set(pattern, c, &in);
		return in;
	}
	if (**pattern == '\\')
		++*pattern;
	*pattern += utf8_decode(*pattern, &want);
	return c == want;
}

bool pattern_match(const char *pattern, const char *text)
{
	/* Where the last "*" goes on, and what it has eaten so far. Earlier ones need no second
	 * try. */
	const char *star = NULL, *eaten = NULL;

	for (;;) {
		const char *p = pattern, *t = text;

		if (*pattern == '*') {
			star = ++pattern;
			eaten = text;
			continue;
		}
		if (!*text && !*pattern)
			return true;
		if (*text && *pattern && match_one(&p, &t)) {
			pattern = p;
			text = t;
			continue;
		}
		if (!star || !*eaten)
			return false;
		uint32_t c;

		eaten += utf8_decode(eaten, &c);
		text = eaten;
		pattern = star;
	}
}
