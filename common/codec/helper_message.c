/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A JSON reader of its own: jansson minds the case of keys, refuses what is no UTF-8 and what
 * follows the object, and copies secrets about. It reads one object of strings and skips the rest.
 */
#include "common/codec/helper_message.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/codec/ascii.h"

#define DEPTH_MAX 64

void helper_credential_release(struct helper_credential *c)
{
	free(c->server);
	free(c->username);
	secret_release(&c->secret);
	*c = (struct helper_credential){ 0 };
}

void helper_names_add(struct helper_names *names, const char *server, const char *username)
{
	struct helper_name *name = array_add(names);

	name->server = xstrdup(server);
	name->username = xstrdup(username);
}

void helper_names_release(struct helper_names *names)
{
	for (size_t i = 0; i < names->count; i++) {
		free(names->items[i].server);
		free(names->items[i].username);
	}
	free(names->items);
	*names = (struct helper_names){ 0 };
}

/* As Go's bufio.Scanner gives lines: without their ends, and without one carriage return there. */
static void join_lines(const char *data, size_t len, struct secret *out)
{
	const char *end = data + len;

	while (data < end) {
		const char *newline = memchr(data, '\n', (size_t)(end - data));
		size_t line = (size_t)((newline ? newline : end) - data);
		size_t kept = line && data[line - 1] == '\r' ? line - 1 : line;

		secret_add(out, data, kept);
		data += line + (newline != NULL);
	}
}

static bool is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

int helper_read_server(const char *data, size_t len, char **out, struct error *err)
{
	scoped_secret text = { 0 };

	join_lines(data, len, &text);
	size_t start = 0, end = text.len;

	while (start < end && is_space(text.data[start]))
		start++;
	while (end > start && is_space(text.data[end - 1]))
		end--;
	if (start == end)
		return error_set(err, ERROR_INPUT, 0, HELPER_NO_SERVER);
	if (memchr(text.data + start, '\0', end - start))
		return error_set(err, ERROR_INPUT, 0, "the server URL holds a NUL byte");
	*out = xstrndup(text.data + start, end - start);
	return 0;
}

/* --- Reading JSON. at == end is the end of the message. */

struct reader {
	const char *at, *end;
	unsigned depth;
};

static int broken(const struct reader *r, struct error *err)
{
	if (r->at == r->end)
		return error_set(err, ERROR_INPUT, 0, "unexpected end of JSON input");
	return error_set(err, ERROR_INPUT, 0, "the message is no JSON object of the protocol");
}

static char peek(struct reader *r)
{
	while (r->at < r->end && (*r->at == ' ' || (*r->at >= '\t' && *r->at <= '\r')))
		r->at++;
	return r->at < r->end ? *r->at : '\0';
}

static bool take(struct reader *r, char c)
{
	if (peek(r) != c || r->at == r->end)
		return false;
	r->at++;
	return true;
}

/* The four digits at r->at. -1: there are not four. */
static int32_t read_hex(struct reader *r)
{
	int32_t value = 0;

	if (r->end - r->at < 4)
		return -1;
	for (int i = 0; i < 4; i++) {
		int digit = ascii_hex_value(r->at[i]);

		if (digit < 0)
			return -1;
		value = value * 16 + digit;
	}
	r->at += 4;
	return value;
}

static void add_utf8(struct secret *out, uint32_t c)
{
	char bytes[4];
	size_t len = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
	static const unsigned char first[] = { 0, 0, 0xc0, 0xe0, 0xf0 };

	for (size_t i = len - 1; i > 0; i--, c >>= 6)
		bytes[i] = (char)(0x80 | (c & 0x3f));
	bytes[0] = (char)(first[len] | c);
	secret_add(out, bytes, len);
	wipe(bytes, sizeof(bytes));
}

/* Behind "\u". Halves of surrogates alone become U+FFFD, as in Go. */
static bool read_unicode(struct reader *r, struct secret *out)
{
	int32_t c = read_hex(r);

	if (c < 0)
		return false;
	if (c >= 0xd800 && c <= 0xdbff && r->end - r->at >= 6 && r->at[0] == '\\' &&
	    r->at[1] == 'u') {
		struct reader ahead = { .at = r->at + 2, .end = r->end };
		int32_t low = read_hex(&ahead);

		if (low >= 0xdc00 && low <= 0xdfff) {
			r->at = ahead.at;
			add_utf8(out, 0x10000 + (((uint32_t)c & 0x3ff) << 10 | (low & 0x3ff)));
			return true;
		}
	}
	add_utf8(out, c >= 0xd800 && c <= 0xdfff ? 0xfffd : (uint32_t)c);
	return true;
}

static bool read_escape(struct reader *r, struct secret *out)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";

	if (r->at == r->end)
		return false;
	char c = *r->at++;
	const char *found = c ? strchr(from, c) : NULL;

	if (found) {
		secret_add(out, &to[found - from], 1);
		return true;
	}
	return c == 'u' && read_unicode(r, out);
}

/* Behind the opening quote. Appends. */
static int read_string(struct reader *r, struct secret *out, struct error *err)
{
	while (r->at < r->end) {
		const char *start = r->at;

		while (r->at < r->end && *r->at != '"' && *r->at != '\\' &&
		       (unsigned char)*r->at >= ' ')
			r->at++;
		secret_add(out, start, (size_t)(r->at - start));
		if (r->at == r->end || (unsigned char)*r->at < ' ')
			break;
		if (*r->at++ == '"')
			return 0;
		if (!read_escape(r, out))
			break;
	}
	return broken(r, err);
}

static int skip_value(struct reader *r, struct error *err);

static int skip_members(struct reader *r, char close, struct error *err)
{
	scoped_secret key = { 0 };

	if (take(r, close))
		return 0;
	do {
		if (close == '}') {
			if (!take(r, '"'))
				return broken(r, err);
			if (read_string(r, &key, err) < 0)
				return -1;
			if (!take(r, ':'))
				return broken(r, err);
		}
		if (skip_value(r, err) < 0)
			return -1;
	} while (take(r, ','));
	return take(r, close) ? 0 : broken(r, err);
}

static bool take_word(struct reader *r, const char *word)
{
	size_t len = strlen(word);

	if ((size_t)(r->end - r->at) < len || memcmp(r->at, word, len) != 0)
		return false;
	r->at += len;
	return true;
}

static int skip_scalar(struct reader *r, struct error *err)
{
	const char *start = r->at;

	if (take_word(r, "true") || take_word(r, "false") || take_word(r, "null"))
		return 0;
	while (r->at < r->end && *r->at && strchr("+-.eE0123456789", *r->at))
		r->at++;
	return r->at > start ? 0 : broken(r, err);
}

static int skip_value(struct reader *r, struct error *err)
{
	scoped_secret ignored = { 0 };
	int rc = 0;

	if (take(r, '"'))
		return read_string(r, &ignored, err);
	if (peek(r) != '{' && peek(r) != '[')
		return skip_scalar(r, err);
	if (r->depth == DEPTH_MAX)
		return error_set(err, ERROR_INPUT, 0, "the message is nested too deeply");
	r->depth++;
	rc = skip_members(r, *r->at++ == '{' ? '}' : ']', err);
	r->depth--;
	return rc;
}

/* What is done with a member of the one object: 1 it was read, 0 it is to be skipped. */
typedef int (*each_member)(void *ctx, const struct secret *key, struct reader *r,
			   struct error *err);

static int read_object(struct reader *r, each_member each, void *ctx, struct error *err)
{
	if (!take(r, '{'))
		return broken(r, err);
	if (take(r, '}'))
		return 0;
	do {
		scoped_secret key = { 0 };

		if (!take(r, '"'))
			return broken(r, err);
		if (read_string(r, &key, err) < 0)
			return -1;
		if (!take(r, ':'))
			return broken(r, err);
		int rc = each(ctx, &key, r, err);

		if (rc < 0 || (rc == 0 && skip_value(r, err) < 0))
			return -1;
	} while (take(r, ','));
	return take(r, '}') ? 0 : broken(r, err);
}

/* --- The three members of a credential. */

struct members {
	struct secret server, username, secret;
};

static void members_release(struct members *m)
{
	secret_release(&m->server);
	secret_release(&m->username);
	secret_release(&m->secret);
}

static bool is_key(const struct secret *key, const char *name)
{
	return key->len == strlen(name) && strncasecmp(key->data, name, key->len) == 0;
}

static int read_member(void *ctx, const struct secret *key, struct reader *r, struct error *err)
{
	struct members *m = ctx;
	const char *name = "ServerURL";
	struct secret *to = &m->server;

	if (is_key(key, "Username")) {
		name = "Username";
		to = &m->username;
	} else if (is_key(key, "Secret")) {
		name = "Secret";
		to = &m->secret;
	} else if (!is_key(key, name)) {
		return 0;
	}
	if (peek(r) == 'n')
		return 0;
	if (!take(r, '"'))
		return r->at == r->end ? broken(r, err)
				       : error_set(err, ERROR_INPUT, 0, "%s is no string", name);
	secret_set(to, NULL, 0);
	return read_string(r, to, err) < 0 ? -1 : 1;
}

static char *text_of(const struct secret *s)
{
	return xstrndup(s->len ? s->data : "", s->len);
}

static bool has_nul(const struct secret *s)
{
	return s->len && memchr(s->data, '\0', s->len);
}

static int read_credential(const char *data, size_t len, struct members *m, struct error *err)
{
	scoped_secret text = { 0 };

	join_lines(data, len, &text);
	if (!text.len)
		return error_set(err, ERROR_INPUT, 0, "EOF");
	struct reader r = { .at = text.data, .end = text.data + text.len };

	if (read_object(&r, read_member, m, err) < 0)
		return -1;
	if (has_nul(&m->server) || has_nul(&m->username))
		return error_set(err, ERROR_INPUT, 0,
				 "the server URL or the username holds a NUL byte");
	return 0;
}

static void give(struct members *m, struct helper_credential *out)
{
	*out = (struct helper_credential){
		.server = text_of(&m->server),
		.username = text_of(&m->username),
		.secret = take_value(m->secret),
	};
}

int helper_read_store(const char *data, size_t len, struct helper_credential *out,
		      struct error *err)
{
	struct members m scoped(members_release) = { 0 };
	scoped_str server = NULL;

	if (read_credential(data, len, &m, err) < 0)
		return -1;
	/* As get and erase read it: another spelling could never be asked for, nor erased. */
	if (helper_read_server(m.server.len ? m.server.data : "", m.server.len, &server, err) < 0)
		return -1;
	if (!m.username.len)
		return error_set(err, ERROR_INPUT, 0, HELPER_NO_USERNAME);
	give(&m, out);
	str_replace(&out->server, take_ptr(server));
	return 0;
}

int helper_read_get(const char *data, size_t len, struct helper_credential *out, struct error *err)
{
	struct members m scoped(members_release) = { 0 };

	if (read_credential(data, len, &m, err) < 0)
		return -1;
	give(&m, out);
	return 0;
}

/* --- Lists. */

static int read_name(void *ctx, const struct secret *key, struct reader *r, struct error *err)
{
	scoped_secret value = { 0 };

	if (!take(r, '"'))
		return r->at == r->end ? broken(r, err)
				       : error_set(err, ERROR_INPUT, 0, "a username is no string");
	if (read_string(r, &value, err) < 0)
		return -1;
	if (has_nul(key) || has_nul(&value))
		return error_set(err, ERROR_INPUT, 0, "a server URL or username holds a NUL byte");
	scoped_str server = text_of(key);
	scoped_str username = text_of(&value);

	helper_names_add(ctx, server, username);
	return 1;
}

int helper_read_list(const char *data, size_t len, struct helper_names *out, struct error *err)
{
	struct reader r = { .at = data, .end = data + len };
	scoped_helper_names names = { 0 };

	if (peek(&r) && !take_word(&r, "null") && read_object(&r, read_name, &names, err) < 0)
		return -1;
	*out = take_value(names);
	return 0;
}

/* --- Writing. */

static void add_string(struct buf *out, const char *data, size_t len)
{
	static const char hex[] = "0123456789abcdef";

	buf_char(out, '"');
	for (size_t i = 0; i < len; i++) {
		char c = data[i];

		if (c == '"' || c == '\\') {
			buf_char(out, '\\');
			buf_char(out, c);
		} else if ((unsigned char)c < ' ') {
			buf_str(out, "\\u00");
			buf_char(out, hex[(unsigned char)c >> 4]);
			buf_char(out, hex[c & 15]);
		} else {
			buf_char(out, c);
		}
	}
	buf_char(out, '"');
}

void helper_write_get(const struct helper_credential *c, struct buf *out)
{
	buf_str(out, "{\"ServerURL\":");
	add_string(out, c->server, strlen(c->server));
	buf_str(out, ",\"Username\":");
	add_string(out, c->username, strlen(c->username));
	buf_str(out, ",\"Secret\":");
	add_string(out, c->secret.data, c->secret.len);
	buf_str(out, "}\n");
}

static int by_server(const void *a, const void *b)
{
	const struct helper_name *left = a, *right = b;
	int order = strcmp(left->server, right->server);

	return order ? order : strcmp(left->username, right->username);
}

void helper_write_list(const struct helper_names *names, struct buf *out)
{
	struct helper_name *sorted = xcalloc(names->count + 1, sizeof(*sorted));
	const char *last = NULL;

	for (size_t i = 0; i < names->count; i++)
		sorted[i] = names->items[i];
	qsort(sorted, names->count, sizeof(*sorted), by_server);
	buf_char(out, '{');
	for (size_t i = 0; i < names->count; i++) {
		/* A key of an object is there once. */
		if (last && strcmp(last, sorted[i].server) == 0)
			continue;
		if (last)
			buf_char(out, ',');
		last = sorted[i].server;
		add_string(out, last, strlen(last));
		buf_char(out, ':');
		add_string(out, sorted[i].username, strlen(sorted[i].username));
	}
	buf_str(out, "}\n");
	free(sorted);
}
