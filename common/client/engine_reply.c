/* SPDX-License-Identifier: Apache-2.0 */
/* What an answer says: the engine's own words, errors, JSON; and paths of requests. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/client/engine_internal.h"
#include "common/codec/json.h"
#include "common/codec/printable.h"

#define MESSAGE_LIMIT ((size_t)64 << 10) /* more of an error answer is not looked at */

static const struct {
	int status;
	const char *text;
} status_texts[] = {
	{ 400, "bad request" },
	{ 401, "not authorised" },
	{ 403, "forbidden" },
	{ 404, "not found" },
	{ 405, "method not allowed" },
	{ 409, "conflict" },
	{ 500, "internal error of the engine" },
	{ 501, "not implemented by the engine" },
	{ 502, "bad gateway: something between here and the engine got no good answer" },
	{ 503, "the engine is not available" },
	{ 504, "gateway timeout: something between here and the engine got no answer" },
};

static const char *status_text(int status)
{
	for (size_t i = 0; i < array_len(status_texts); i++)
		if (status_texts[i].status == status)
			return status_texts[i].text;
	return NULL;
}

/* "message" of the JSON object, as the engine's errors are; NULL if it is none. */
static char *json_message(const struct engine_reply *reply)
{
	scoped_json *json = NULL;
	struct error ignored = ERROR_INIT;

	if (reply->len > MESSAGE_LIMIT || reply->body[0] != '{' ||
	    json_parse(&json, reply->body, reply->len, "error", false, &ignored) < 0)
		return NULL;
	const char *message = json_string_value(json_object_get(json, "message"));
	return message && *message ? xstrdup(message) : NULL;
}

/* A short plain text is the engine's or a proxy's message; a page of HTML is not for people. */
static char *plain_message(const struct engine_reply *reply)
{
	size_t len = strcspn(reply->body, "\r\n");

	if (len == 0 || len > 400 || reply->body[0] == '<' || reply->body[0] == '{')
		return NULL;
	return xstrndup(reply->body, len);
}

const char *engine_reply_message(const struct engine_reply *reply, char *room, size_t size)
{
	scoped_buf clean;
	scoped_str message = json_message(reply);
	const char *known = status_text(reply->status);

	if (!message)
		message = plain_message(reply);
	if (!message && known)
		message = xstrdup(known);
	if (!message)
		message = xasprintf("HTTP status %d", reply->status);
	buf_init(&clean, MESSAGE_LIMIT * 8);
	for (char *at = message; *at; at++)
		if (*at == '\n' || *at == '\t')
			*at = ' ';
	printable_add(&clean, message);
	while (clean.len > 0 && clean.data[clean.len - 1] == ' ')
		clean.data[--clean.len] = '\0';
	snprintf(room, size, "%s", clean.data);
	return room;
}

static enum error_kind kind_of_status(int status, const char *message)
{
	switch (status) {
	case 400:
		/* "client version 1.39 is too old. Minimum supported API version is 1.40, ..." */
		if (strncmp(message, "client version ", strlen("client version ")) == 0)
			return ERROR_UNSUPPORTED;
		return ERROR_REMOTE;
	case 401:
	case 403:
		return ERROR_DENIED;
	case 404:
		return ERROR_NOT_FOUND;
	case 406:
		return ERROR_REMOTE;
	case 409:
		return ERROR_CONFLICT;
	default:
		return status / 100 == 5 ? ERROR_REMOTE : ERROR_PROTOCOL;
	}
}

int engine_reply_check(const struct engine_reply *reply, struct error *err)
{
	char message[512];

	if (error_is_set(&reply->err)) {
		*err = reply->err;
		return -1;
	}
	if (reply->status / 100 == 2 || reply->status == 304)
		return 0;
	engine_reply_message(reply, message, sizeof(message));
	return error_set(err, kind_of_status(reply->status, message), reply->status, "%s", message);
}

int engine_reply_json(const struct engine_reply *reply, const char *name, json_t **out,
		      struct error *err)
{
	if (engine_reply_check(reply, err) < 0)
		return -1;
	if (reply->len == 0) {
		/* An answer cut off in its head looks like this too: never take it for "none". */
		if (reply->status != 204 && reply->status != 304)
			return error_set(err, ERROR_PROTOCOL, 0, "%s: the answer is empty", name);
		*out = json_null();
		return 0;
	}
	if (json_parse(out, reply->body, reply->len, name, false, err) < 0) {
		err->kind = ERROR_PROTOCOL;
		return -1;
	}
	return 0;
}

struct call {
	const char *name;
	json_t **out;
	struct error err;
};

static void call_done(void *self, const struct engine_reply *reply)
{
	struct call *call = self;

	if (call->out)
		(void)!engine_reply_json(reply, call->name, call->out, &call->err);
	else
		(void)!engine_reply_check(reply, &call->err);
}

int engine_call(struct engine *engine, const struct engine_request *request, const char *name,
		json_t **out, struct error *err)
{
	scoped_json *json = NULL;
	struct call call = { .name = name, .out = out ? &json : NULL };

	if (engine_run_one(engine, request, NULL, NULL, call_done, &call, err) < 0)
		return -1;
	if (error_is_set(&call.err)) {
		*err = call.err;
		/* What does not parse names itself. */
		return err->kind == ERROR_PROTOCOL && err->code == 0 ? -1
								     : error_wrap(err, "%s", name);
	}
	if (out)
		*out = take_ptr(json);
	return 0;
}

int engine_get(struct engine *engine, const char *path, const char *name, json_t **out,
	       struct error *err)
{
	struct engine_request request = { .method = "GET", .path = path };

	return engine_call(engine, &request, name, out, err);
}

/* RFC 3986 unreserved characters stay; so "/" in a name is one segment still. */
static void add_escaped(struct buf *out, const char *s)
{
	static const char unreserved[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
					 "0123456789-._~";

	for (; *s; s++) {
		if (strchr(unreserved, *s))
			buf_char(out, *s);
		else
			buf_fmt(out, "%%%02X", (unsigned char)*s);
	}
}

char *engine_path(const char *fmt, ...)
{
	scoped_buf out;
	va_list args;

	buf_init(&out, SIZE_MAX / 2);
	va_start(args, fmt);
	for (; *fmt; fmt++) {
		if (*fmt != '%') {
			buf_char(&out, *fmt);
			continue;
		}
		switch (*++fmt) {
		case 'p':
			add_escaped(&out, va_arg(args, const char *));
			break;
		case 's':
			buf_str(&out, va_arg(args, const char *));
			break;
		case 'd':
			buf_fmt(&out, "%d", va_arg(args, int));
			break;
		default:
			buf_char(&out, *fmt);
			break;
		}
	}
	va_end(args);
	return buf_take(&out);
}
