/* SPDX-License-Identifier: Apache-2.0 */
#include "common/codec/challenge.h"

#include <stdint.h>
#include <string.h>

#include "common/base/alloc.h"
#include "common/base/buf.h"
#include "common/codec/ascii.h"

#define ALNUM   "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
/* RFC 9110 §5.6.2 "token", §11.2 "token68" without the "=" that end it. */
#define TOKEN   ALNUM "!#$%&'*+-.^_`|~"
#define TOKEN68 ALNUM "-._~+/"

struct cursor {
	const char *at, *end;
};

static bool is_end(const struct cursor *c)
{
	return c->at == c->end;
}

static bool is_at(const struct cursor *c, char what)
{
	return c->at < c->end && *c->at == what;
}

static void skip_blanks(struct cursor *c)
{
	while (is_at(c, ' ') || is_at(c, '\t'))
		c->at++;
}

/* Blanks and the commas of empty elements. */
static void skip_to_element(struct cursor *c)
{
	for (skip_blanks(c); is_at(c, ','); skip_blanks(c))
		c->at++;
}

static bool is_of(char c, const char *characters)
{
	return c && strchr(characters, c);
}

static bool is_control(char c)
{
	return (unsigned char)c < 0x20 || c == 0x7f;
}

/* A quoted string, which begins here. False: it is not closed, or no header can have it. */
static bool read_quoted(struct cursor *c, struct buf *out)
{
	for (c->at++; !is_end(c) && *c->at != '"'; c->at++) {
		if (*c->at == '\\')
			c->at++;
		if (is_end(c) || (is_control(*c->at) && *c->at != '\t'))
			return false;
		buf_char(out, *c->at);
	}
	if (is_end(c))
		return false;
	c->at++;
	return true;
}

/* A scheme or the name of a parameter, made lower case. */
static bool read_name(struct cursor *c, struct buf *out)
{
	buf_clear(out);
	if (is_at(c, '"')) {
		if (!read_quoted(c, out))
			return false;
	} else {
		for (; !is_end(c) && is_of(*c->at, TOKEN); c->at++)
			buf_char(out, *c->at);
	}
	ascii_make_lower(out->data);
	return out->len > 0 && strspn(out->data, TOKEN) == out->len;
}

static bool read_value(struct cursor *c, struct buf *out)
{
	buf_clear(out);
	if (is_at(c, '"'))
		return read_quoted(c, out);
	for (; !is_end(c) && !is_of(*c->at, " ,\"") && !is_control(*c->at); c->at++)
		buf_char(out, *c->at);
	return out->len > 0;
}

/* Nothing more of this element: its comma, or the end. */
static bool ends_element(struct cursor c)
{
	skip_blanks(&c);
	return is_end(&c) || is_at(&c, ',');
}

/* What follows a scheme, if it is no parameter. */
static char *read_token68(struct cursor *c)
{
	struct cursor ahead = *c;

	while (!is_end(&ahead) && is_of(*ahead.at, TOKEN68))
		ahead.at++;
	if (ahead.at == c->at)
		return NULL;
	while (is_at(&ahead, '='))
		ahead.at++;
	if (!ends_element(ahead))
		return NULL;
	char *token = xstrndup(c->at, (size_t)(ahead.at - c->at));

	c->at = ahead.at;
	return token;
}

static struct challenge *add_challenge(struct challenges *list, const char *scheme)
{
	struct challenge *challenge;

	if (list->count == CHALLENGES_MAX)
		return NULL;
	challenge = array_add(list);
	challenge->scheme = xstrdup(scheme);
	return challenge;
}

static bool add_param(struct challenge *challenge, const char *name, const char *value)
{
	struct challenge_param *param;

	if (!challenge || challenge->params.count == CHALLENGE_PARAMS_MAX)
		return false;
	param = array_add(&challenge->params);
	*param = (struct challenge_param){ xstrdup(name), xstrdup(value) };
	return true;
}

/*
 * One element of the list: a parameter of the last challenge of this line, or a challenge with its
 * first parameter. A name with "=" behind it is a parameter's.
 */
static bool read_element(struct challenges *list, struct challenge **last, struct cursor *c)
{
	scoped_buf name;
	scoped_buf value;

	buf_init(&name, CHALLENGE_BYTES_MAX);
	buf_init(&value, CHALLENGE_BYTES_MAX);
	if (!read_name(c, &name))
		return false;
	skip_blanks(c);
	if (!is_at(c, '=')) {
		*last = add_challenge(list, name.data);
		if (!*last)
			return false;
		if (ends_element(*c))
			return true;
		(*last)->token68 = read_token68(c);
		if ((*last)->token68)
			return true;
		if (!read_name(c, &name))
			return false;
		skip_blanks(c);
		if (!is_at(c, '='))
			return false;
	}
	c->at++;
	skip_blanks(c);
	return read_value(c, &value) && add_param(*last, name.data, value.data);
}

static bool read_line(struct challenges *list, struct cursor c)
{
	struct challenge *last = NULL;

	for (skip_to_element(&c); !is_end(&c); skip_to_element(&c))
		if (!read_element(list, &last, &c) || !ends_element(c))
			return false;
	return true;
}

void challenges_add(struct challenges *list, const char *value, size_t len)
{
	if (len > CHALLENGE_BYTES_MAX - list->bytes) {
		list->broken = true;
		return;
	}
	list->bytes += len;
	if (!read_line(list, (struct cursor){ value, value + len }))
		list->broken = true;
}

static void challenge_release(struct challenge *challenge)
{
	for (size_t i = 0; i < challenge->params.count; i++) {
		free(challenge->params.items[i].name);
		free(challenge->params.items[i].value);
	}
	free(challenge->params.items);
	free(challenge->scheme);
	free(challenge->token68);
}

void challenges_release(struct challenges *list)
{
	for (size_t i = 0; i < list->count; i++)
		challenge_release(&list->items[i]);
	free(list->items);
	*list = (struct challenges){ 0 };
}

const struct challenge *challenges_find(const struct challenges *list, const char *scheme)
{
	for (size_t i = 0; i < list->count; i++)
		if (strcmp(list->items[i].scheme, scheme) == 0)
			return &list->items[i];
	return NULL;
}

const char *challenge_param(const struct challenge *challenge, const char *name)
{
	for (size_t i = 0; i < challenge->params.count; i++)
		if (strcmp(challenge->params.items[i].name, name) == 0)
			return challenge->params.items[i].value;
	return NULL;
}

const struct challenge *challenges_pick(const struct challenges *list)
{
	for (size_t i = 0; i < list->count; i++) {
		const struct challenge *challenge = &list->items[i];
		const char *realm = challenge_param(challenge, "realm");

		if (strcmp(challenge->scheme, "bearer") == 0 && realm && *realm)
			return challenge;
	}
	return challenges_find(list, "basic");
}
