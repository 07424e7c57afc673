/* SPDX-License-Identifier: Apache-2.0 */
#include "common/codec/ratelimit.h"

#include <string.h>
#include <strings.h>

#include "common/base/attr.h"

#define DIGITS     "0123456789"
#define RESET_MOST (365 * NSEC_PER_DAY)
#define EPOCH      INT64_C(1000000000) /* from here on it is a time, not a wait */

struct cursor {
	const char *at, *end;
};

static bool is_at(const struct cursor *c, char what)
{
	return c->at < c->end && *c->at == what;
}

static void skip(struct cursor *c, const char *characters)
{
	while (c->at < c->end && *c->at && strchr(characters, *c->at))
		c->at++;
}

/* Digits; a fraction behind them is left out. False: there are none, or too many. */
static bool read_number(struct cursor *c, int64_t *out)
{
	const char *start = c->at;
	int64_t value = 0;

	for (; c->at < c->end && *c->at >= '0' && *c->at <= '9'; c->at++)
		if (__builtin_mul_overflow(value, INT64_C(10), &value) ||
		    __builtin_add_overflow(value, (int64_t)(*c->at - '0'), &value))
			return false;
	if (c->at == start)
		return false;
	if (is_at(c, '.')) {
		c->at++;
		skip(c, DIGITS);
	}
	*out = value;
	return true;
}

static void lower_to(int64_t *least, int64_t value)
{
	if (*least < 0 || value < *least)
		*least = value;
}

static int64_t as_wait(int64_t value, int64_t now)
{
	int64_t seconds = value;

	if (value >= EPOCH)
		seconds = time_max(value - now / NSEC_PER_SEC, 0);
	return seconds > RESET_MOST / NSEC_PER_SEC ? RESET_MOST : seconds * NSEC_PER_SEC;
}

/* --- One number under one name. */

static void set_limit(struct ratelimit *r, int64_t value, int64_t now unused_arg)
{
	if (r->limit < 0)
		r->limit = value;
}

static void set_remaining(struct ratelimit *r, int64_t value, int64_t now unused_arg)
{
	lower_to(&r->remaining, value);
}

static void set_reset(struct ratelimit *r, int64_t value, int64_t now)
{
	int64_t wait = as_wait(value, now);

	/* Of several windows the last to open. */
	if (wait > r->reset)
		r->reset = wait;
}

static void set_window(struct ratelimit *r, int64_t value, int64_t now unused_arg)
{
	if (!r->window && value <= RESET_MOST / NSEC_PER_SEC)
		r->window = value * NSEC_PER_SEC;
}

typedef void (*set_fn)(struct ratelimit *r, int64_t value, int64_t now);

struct name {
	const char *text;
	set_fn set;
};

static set_fn find(const struct name *names, size_t count, const char *text, size_t len)
{
	for (size_t i = 0; i < count; i++)
		if (strlen(names[i].text) == len && strncasecmp(names[i].text, text, len) == 0)
			return names[i].set;
	return NULL;
}

/* --- "name=1, other=2", "\"policy\";q=100;w=60", "100;w=21600". */

static const struct name members[] = {
	{ "limit", set_limit }, { "remaining", set_remaining }, { "reset", set_reset },
	{ "q", set_limit },     { "r", set_remaining },         { "t", set_reset },
	{ "w", set_window },
};

/* What is quoted is the name of a policy, and may hold anything. */
static void skip_quoted(struct cursor *c)
{
	for (c->at++; c->at < c->end && *c->at != '"'; c->at++)
		if (*c->at == '\\' && c->at + 1 < c->end)
			c->at++;
	if (c->at < c->end)
		c->at++;
}

static size_t word(const struct cursor *c)
{
	size_t len = 0;

	while (c->at + len < c->end && c->at[len] && !strchr(" \t,;=\"", c->at[len]))
		len++;
	return len;
}

/* One member, with what it says. first: set for a number that has no name. */
static bool read_member(struct cursor *c, struct ratelimit *r, set_fn first, int64_t now)
{
	int64_t value;
	struct cursor number = *c;
	size_t len = word(c);

	if (first && read_number(&number, &value) && number.at == c->at + len) {
		first(r, value, now);
		c->at = number.at;
		return true;
	}
	set_fn set = find(members, array_len(members), c->at, len);

	c->at += len;
	if (!is_at(c, '='))
		return false;
	c->at++;
	if (is_at(c, '"')) {
		skip_quoted(c);
		return false;
	}
	number = *c;
	c->at += word(c);
	if (!set || !read_number(&number, &value) || number.at != c->at)
		return false;
	set(r, value, now);
	return true;
}

static bool read_members(struct cursor c, struct ratelimit *r, set_fn first, int64_t now)
{
	bool any = false;

	for (skip(&c, " \t,;"); c.at < c.end; skip(&c, " \t,;")) {
		const char *start = c.at;

		if (is_at(&c, '"')) {
			skip_quoted(&c);
		} else if (read_member(&c, r, first, now)) {
			any = true;
			first = NULL;
		}
		/* Whatever stands here is no member. */
		if (c.at == start)
			c.at++;
	}
	return any;
}

/* --- The headers. */

static const struct name headers[] = {
	{ "ratelimit-limit", set_limit },           { "ratelimit-remaining", set_remaining },
	{ "ratelimit-reset", set_reset },           { "x-ratelimit-limit", set_limit },
	{ "x-ratelimit-remaining", set_remaining }, { "x-ratelimit-reset", set_reset },
	{ "x-rate-limit-limit", set_limit },        { "x-rate-limit-remaining", set_remaining },
	{ "x-rate-limit-reset", set_reset },
};

bool ratelimit_add(struct ratelimit *limit, const char *name, const char *value, size_t len,
		   int64_t now)
{
	struct cursor c = { value, value + len };
	set_fn set = find(headers, array_len(headers), name, strlen(name));

	if (set)
		return read_members(c, limit, set, now);
	if (strcasecmp(name, "ratelimit") == 0)
		return read_members(c, limit, NULL, now);
	if (strcasecmp(name, "ratelimit-policy") == 0)
		return read_members(c, limit, set_limit, now);
	return false;
}
