/* SPDX-License-Identifier: Apache-2.0 */
#include "common/codec/dockerfile_word.h"

#include <stdbool.h>
#include <string.h>

#include "common/codec/dockerfile_from.h"

#define DEPTH_MAX 32 /* of ${A:-${B:-...}} */

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\v' || c == '\f';
}

static bool begins_name(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static size_t name_length(const char *text)
{
	size_t n = 0;

	if (!begins_name(*text))
		return 0;
	while (begins_name(text[n]) || (text[n] >= '0' && text[n] <= '9'))
		n++;
	return n;
}

const char *dockerfile_variable(const struct strings *variables, const char *name, size_t len)
{
	for (size_t i = variables ? variables->count : 0; i-- > 0;) {
		const char *item = variables->items[i];

		if (strncmp(item, name, len) == 0 && item[len] == '=')
			return item + len + 1;
	}
	return NULL;
}

void dockerfile_words(struct strings *out, const char *text, char escape)
{
	while (*text) {
		const char *from = text;
		char quote = 0;

		for (; *text && (quote || !is_blank(*text)); text++) {
			if (*text == escape && quote != '\'' && text[1])
				text++;
			else if (quote)
				quote = *text == quote ? 0 : quote;
			else if (*text == '\'' || *text == '"')
				quote = *text;
		}
		if (text > from)
			strings_take(out, xstrndup(from, (size_t)(text - from)));
		while (is_blank(*text))
			text++;
	}
}

/* --- expanding */

struct lexer {
	const char *at;
	char escape;
	const struct strings *variables;
	struct buf *out;
	unsigned depth;
};

static int expand_until(struct lexer *lex, char end, struct error *err);

static int expand_single(struct lexer *lex, struct error *err)
{
	const char *end = strchr(lex->at, '\'');

	if (!end)
		return error_set(err, ERROR_INPUT, 0, "a quote ' is not closed");
	buf_add(lex->out, lex->at, (size_t)(end - lex->at));
	lex->at = end + 1;
	return 0;
}

/* The word of ${NAME:-word}: its value goes to out, or nowhere. */
static int expand_alternative(struct lexer *lex, struct buf *out, struct error *err)
{
	struct buf *outer = lex->out;

	if (++lex->depth > DEPTH_MAX)
		return error_set(err, ERROR_LIMIT, 0, "more than %d levels of ${}", DEPTH_MAX);
	lex->out = out;
	int rc = expand_until(lex, '}', err);

	lex->out = outer;
	lex->depth--;
	return rc;
}

static int apply_modifier(struct lexer *lex, const char *name, size_t len, const char *value,
			  struct error *err)
{
	bool colon = *lex->at == ':';
	char what = lex->at[colon];
	bool set = value && (!colon || *value);
	scoped_buf word = { 0 };

	if (!what || !strchr("-+?", what))
		return error_set(err, ERROR_INPUT, 0, "${%.*s...: this form is not read here",
				 (int)len, name);
	lex->at += colon + 1;
	buf_init(&word, DOCKERFILE_WORD_MAX);
	if (expand_alternative(lex, &word, err) < 0)
		return -1;
	if (what == '?' && !set)
		return error_set(err, ERROR_INPUT, 0, "%.*s: %s", (int)len, name,
				 word.len ? word.data : "is not set");
	if (what == '+')
		buf_add(lex->out, word.data, set ? word.len : 0);
	else if (set)
		buf_str(lex->out, value);
	else
		buf_add(lex->out, word.data, word.len);
	return 0;
}

/* After "${". */
static int expand_braces(struct lexer *lex, struct error *err)
{
	const char *name = lex->at;
	size_t len = name_length(name);
	const char *value = dockerfile_variable(lex->variables, name, len);

	if (len == 0)
		return error_set(err, ERROR_INPUT, 0, "${ without a name");
	lex->at += len;
	if (!*lex->at)
		return error_set(err, ERROR_INPUT, 0, "${%.*s is not closed", (int)len, name);
	if (*lex->at != '}')
		return apply_modifier(lex, name, len, value, err);
	lex->at++;
	buf_str(lex->out, value ? value : "");
	return 0;
}

/* After "$". */
static int expand_variable(struct lexer *lex, struct error *err)
{
	size_t len = name_length(lex->at);

	if (*lex->at == '{') {
		lex->at++;
		return expand_braces(lex, err);
	}
	if (len == 0) {
		buf_char(lex->out, '$');
		return 0;
	}
	const char *value = dockerfile_variable(lex->variables, lex->at, len);

	buf_str(lex->out, value ? value : "");
	lex->at += len;
	return 0;
}

static int expand_double(struct lexer *lex, struct error *err)
{
	while (*lex->at && *lex->at != '"') {
		char c = *lex->at++;

		if (c == '$') {
			if (expand_variable(lex, err) < 0)
				return -1;
		} else if (c == lex->escape && *lex->at && strchr("\"$\\`", *lex->at)) {
			buf_char(lex->out, *lex->at++);
		} else {
			buf_char(lex->out, c);
		}
	}
	if (!*lex->at)
		return error_set(err, ERROR_INPUT, 0, "a quote \" is not closed");
	lex->at++;
	return 0;
}

static int expand_one(struct lexer *lex, struct error *err)
{
	char c = *lex->at++;

	switch (c) {
	case '\'':
		return expand_single(lex, err);
	case '"':
		return expand_double(lex, err);
	case '$':
		return expand_variable(lex, err);
	default:
		if (c == lex->escape && *lex->at)
			c = *lex->at++;
		buf_char(lex->out, c);
		return 0;
	}
}

/* Up to and over that character; 0: to the end. */
static int expand_until(struct lexer *lex, char end, struct error *err)
{
	while (*lex->at && *lex->at != end)
		if (expand_one(lex, err) < 0)
			return -1;
	if (end && *lex->at != end)
		return error_set(err, ERROR_INPUT, 0, "${ is not closed");
	lex->at += end != 0;
	return 0;
}

int dockerfile_expand(char **out, const char *word, char escape, const struct strings *variables,
		      struct error *err)
{
	scoped_buf text = { 0 };
	struct lexer lex = { word, escape, variables, &text, 0 };

	buf_init(&text, DOCKERFILE_WORD_MAX);
	if (expand_until(&lex, 0, err) < 0)
		return -1;
	if (buf_failed(&text))
		return error_set(err, ERROR_LIMIT, 0, "a word of more than %d bytes",
				 DOCKERFILE_WORD_MAX);
	*out = buf_take(&text);
	return 0;
}
