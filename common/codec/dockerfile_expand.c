/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "common/codec/dockerfile_internal.h"
#include "common/codec/printable.h"

#define DEPTH_MAX 32
#define DIGITS    "0123456789"

struct expansion {
	const char *at; /* what is left of the word */
	char escape;
	unsigned depth; /* of ${NAME:-word} within each other */
	bool keep;      /* escapes, since they are a pattern's */
	const struct strings *set;
	struct error *err;
};

const char *dockerfile_variable(const struct strings *set, const char *name, size_t len)
{
	for (size_t i = set->count; i > 0; i--) {
		const char *pair = set->items[i - 1];

		if (strncmp(pair, name, len) == 0 && pair[len] == '=')
			return pair + len + 1;
	}
	return NULL;
}

static int bad(const struct expansion *x, const char *why)
{
	return error_set(x->err, ERROR_INPUT, 0, "%s", why);
}

size_t dockerfile_name_length(const char *s)
{
	size_t len = strspn(s, DIGITS);

	if (len)
		return len;
	if (*s && strchr("@*#?-$!", *s))
		return 1;
	while (s[len] == '_' || (s[len] >= '0' && s[len] <= '9') ||
	       (s[len] >= 'a' && s[len] <= 'z') || (s[len] >= 'A' && s[len] <= 'Z'))
		len++;
	return len;
}

static int add_until(struct expansion *x, char stop, struct buf *out);

static int refuse_unset(const struct expansion *x, const char *name, size_t len, const char *word)
{
	char shown[PRINTABLE_SHORT], why[PRINTABLE_SHORT];
	scoped_str text = xstrndup(name, len);

	return error_set(x->err, ERROR_INPUT, 0, "%s: %s", printable_short(shown, text),
			 *word ? printable_short(why, word) : "it is not set");
}

/* A word within ${}, and the character that ends it. */
static int read_word(struct expansion *x, char stop, bool keep, struct buf *out)
{
	bool kept = x->keep;

	buf_init(out, DOCKERFILE_WORD_MAX);
	x->keep = keep;
	int rc = add_until(x, stop, out);

	x->keep = kept;
	return rc;
}

/* "#pattern}", "##pattern}", "%pattern}", "%%pattern}". */
static int add_trimmed(struct expansion *x, const char *value, struct buf *out)
{
	char sign = *x->at++;
	scoped_buf word = { 0 };

	if (read_word(x, '}', true, &word) < 0)
		return -1;
	bool longest = word.data[0] == sign;

	return dockerfile_trim(value, word.data + longest, sign == '%', longest, out, x->err);
}

/* "/pattern/replacement}", "//pattern/replacement}". */
static int add_replaced(struct expansion *x, const char *value, struct buf *out)
{
	bool all = x->at[1] == '/';
	scoped_buf pattern = { 0 };
	scoped_buf with = { 0 };

	x->at += 1 + all;
	if (read_word(x, '/', true, &pattern) < 0 || read_word(x, '}', true, &with) < 0)
		return -1;
	return dockerfile_replace(value, pattern.data, with.data, all, out, x->err);
}

/* ":-word}" and its kin, and those without ":". */
static int add_chosen(struct expansion *x, const char *name, size_t len, const char *value,
		      struct buf *out)
{
	bool empty_is_unset = *x->at == ':';
	scoped_buf word = { 0 };
	char sign;

	x->at += empty_is_unset;
	sign = *x->at;
	if (!sign)
		return bad(x, "a ${ that is not closed");
	if (!strchr("-+?", sign))
		return bad(x, "a ${} of a kind that is not read here");
	x->at++;
	if (read_word(x, '}', false, &word) < 0)
		return -1;
	bool set = value && (*value || !empty_is_unset);

	if (sign == '?' && !set)
		return refuse_unset(x, name, len, word.data);
	if (sign == '+')
		buf_str(out, set ? word.data : "");
	else
		buf_str(out, set ? value : word.data);
	return 0;
}

/* "NAME}", "NAME:-word}" and so on, behind "${". */
static int add_braces(struct expansion *x, struct buf *out)
{
	const char *name = x->at;
	size_t len = dockerfile_name_length(name);
	const char *value = dockerfile_variable(x->set, name, len);

	if (!len)
		return bad(x, "a ${ without a name");
	x->at += len;
	switch (*x->at) {
	case '}':
		x->at++;
		buf_str(out, value ? value : "");
		return 0;
	case '#':
	case '%':
		return add_trimmed(x, value ? value : "", out);
	case '/':
		return add_replaced(x, value ? value : "", out);
	default:
		return add_chosen(x, name, len, value, out);
	}
}

static int add_variable(struct expansion *x, struct buf *out)
{
	x->at++;
	if (*x->at == '{') {
		x->at++;
		return add_braces(x, out);
	}
	size_t len = dockerfile_name_length(x->at);
	const char *value = dockerfile_variable(x->set, x->at, len);

	if (!len)
		buf_char(out, '$');
	else
		buf_str(out, value ? value : "");
	x->at += len;
	return 0;
}

static int add_single_quoted(struct expansion *x, struct buf *out)
{
	size_t len = strcspn(x->at + 1, "'");

	if (!x->at[1 + len])
		return bad(x, "a quote that is not closed");
	buf_add(out, x->at + 1, len);
	x->at += len + 2;
	return 0;
}

static int add_double_quoted(struct expansion *x, struct buf *out)
{
	for (x->at++; *x->at != '"';) {
		if (!*x->at)
			return bad(x, "a quote that is not closed");
		if (*x->at == '$') {
			if (add_variable(x, out) < 0)
				return -1;
			continue;
		}
		if (*x->at == x->escape && x->keep)
			buf_char(out, x->escape);
		/* Before all but these it is a character like others. */
		if (*x->at == x->escape &&
		    (!x->at[1] || x->at[1] == '"' || x->at[1] == '$' || x->at[1] == x->escape))
			x->at++;
		if (*x->at)
			buf_char(out, *x->at++);
	}
	x->at++;
	return 0;
}

static void add_plain(struct expansion *x, struct buf *out)
{
	if (*x->at == x->escape) {
		if (x->keep)
			buf_char(out, x->escape);
		x->at++;
	}
	if (*x->at)
		buf_char(out, *x->at++);
}

/* Up to stop, which is taken; '\0': to the end. */
static int add_until(struct expansion *x, char stop, struct buf *out)
{
	int rc = 0;

	if (++x->depth > DEPTH_MAX)
		return error_set(x->err, ERROR_LIMIT, 0, "variables nested too deeply");
	while (rc == 0 && *x->at != stop) {
		switch (*x->at) {
		case '\0':
			return bad(x, "a ${ that is not closed");
		case '$':
			rc = add_variable(x, out);
			break;
		case '\'':
			rc = add_single_quoted(x, out);
			break;
		case '"':
			rc = add_double_quoted(x, out);
			break;
		default:
			add_plain(x, out);
		}
	}
	if (rc == 0 && stop)
		x->at++;
	x->depth--;
	if (rc == 0 && buf_failed(out))
		return error_set(x->err, ERROR_LIMIT, 0, "a word of more than %d bytes",
				 DOCKERFILE_WORD_MAX);
	return rc;
}

int dockerfile_expand(const char *word, char escape, const struct strings *set, char **out,
		      struct error *err)
{
	struct expansion x = { .at = word, .escape = escape, .set = set, .err = err };
	scoped_buf text;

	buf_init(&text, DOCKERFILE_WORD_MAX);
	if (add_until(&x, '\0', &text) < 0)
		return -1;
	*out = buf_take(&text);
	return 0;
}
