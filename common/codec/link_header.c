/* SPDX-License-Identifier: Apache-2.0 */
#include "common/codec/link_header.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

#define TOKEN  "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ!#$%&'*+-.^_`|~"
#define BLANKS " \t"

/* One link: its address, and its first rel. */
struct link {
	char *target, *rel;
};

static void link_release(struct link *link)
{
	free(link->target);
	free(link->rel);
	*link = (struct link){ 0 };
}

static void skip_blanks(const char **at)
{
	*at += strspn(*at, BLANKS);
}

/* A quoted string without its quotes and escapes. NULL: it is not closed. */
static char *read_quoted(const char **at)
{
	scoped_buf out;

	buf_init(&out, LINK_BYTES_MAX);
	for (const char *s = *at + 1; *s; s++) {
		if (*s == '"') {
			*at = s + 1;
			return buf_take(&out);
		}
		if (*s == '\\' && s[1])
			s++;
		buf_char(&out, *s);
	}
	return NULL;
}

/* ";name=value", ";name"; *value is NULL where there is none. */
static bool read_param(const char **at, char **name, char **value)
{
	size_t len;

	skip_blanks(at);
	len = strspn(*at, TOKEN);
	str_replace(name, xstrndup(*at, len));
	*at += len;
	skip_blanks(at);
	if (!len || **at != '=')
		return len > 0;
	(*at)++;
	skip_blanks(at);
	if (**at == '"') {
		str_replace(value, read_quoted(at));
		return *value != NULL;
	}
	len = strcspn(*at, BLANKS ",;\"");
	str_replace(value, xstrndup(*at, len));
	*at += len;
	return true;
}

/* "<target>;param;param", up to the comma behind it or the end. */
static bool read_link(const char **at, struct link *out)
{
	size_t len = strcspn(*at, ">");

	if (**at != '<' || !(*at)[len])
		return false;
	out->target = xstrndup(*at + 1, len - 1);
	*at += len + 1;
	for (skip_blanks(at); **at == ';'; skip_blanks(at)) {
		scoped_str name = NULL;
		scoped_str value = NULL;

		(*at)++;
		skip_blanks(at);
		/* A semicolon with nothing behind it. */
		if (!**at || strchr(",;", **at))
			continue;
		if (!read_param(at, &name, &value))
			return false;
		if (value && !out->rel && strcasecmp(name, "rel") == 0)
			out->rel = take_ptr(value);
	}
	return !**at || **at == ',';
}

static bool has_word(const char *text, const char *word)
{
	for (text += strspn(text, BLANKS); *text; text += strspn(text, BLANKS)) {
		size_t len = strcspn(text, BLANKS);

		if (len == strlen(word) && strncasecmp(text, word, len) == 0)
			return true;
		text += len;
	}
	return false;
}

/* The target of the first next link of a line. 1, 0: none, -1: it cannot be read. */
static int find_next(const char *line, char **target)
{
	const char *at = line;

	for (at += strspn(at, BLANKS ","); *at; at += strspn(at, BLANKS ",")) {
		struct link link scoped(link_release) = { 0 };

		if (!read_link(&at, &link))
			return -1;
		if (link.rel && has_word(link.rel, "next")) {
			*target = take_ptr(link.target);
			return 1;
		}
	}
	return 0;
}

int link_next(struct url *out, const struct strings *lines, const struct url *base,
	      struct error *err)
{
	size_t bytes = 0;

	for (size_t i = 0; i < lines->count; i++) {
		scoped_str target = NULL;

		bytes += strlen(lines->items[i]);
		if (bytes > LINK_BYTES_MAX)
			return error_set(err, ERROR_LIMIT, 0, "Link headers of more than %d bytes",
					 LINK_BYTES_MAX);
		int found = find_next(lines->items[i], &target);

		if (found < 0)
			return error_set(err, ERROR_INPUT, 0, "a Link header that is none");
		if (found)
			return url_resolve(out, base, target, err) < 0 ? -1 : 1;
	}
	return 0;
}

bool link_is_followed(const struct url *base, const struct url *next)
{
	return url_same_origin(base, next);
}
