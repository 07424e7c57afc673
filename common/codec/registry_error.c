/* SPDX-License-Identifier: Apache-2.0 */
#include "common/codec/registry_error.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "common/base/alloc.h"
#include "common/codec/json.h"
#include "common/codec/printable.h"
#include "common/codec/utf8.h"

#define BLANKS    " \t\r\n"
#define NOT_FOUND "not found"
#define ELLIPSIS  "\xe2\x80\xa6"

static const char *const outcomes[] = {
#define OUTCOME_ROW(name, word) [REGISTRY_##name] = word,
	REGISTRY_OUTCOMES(OUTCOME_ROW)
#undef OUTCOME_ROW
};

const char *registry_outcome_name(enum registry_outcome outcome)
{
	return outcomes[outcome];
}

static const char *const pushes[] = {
#define PUSH_ROW(name, word) [REGISTRY_PUSH_##name] = word,
	REGISTRY_PUSHES(PUSH_ROW)
#undef PUSH_ROW
};

const char *registry_push_name(enum registry_push push)
{
	return pushes[push];
}

static const char *const names[] = {
#define REGISTRY_ROW(code, name) [REGISTRY_CODE_##code] = name,
	REGISTRY_CODES(REGISTRY_ROW)
#undef REGISTRY_ROW
};

static enum registry_code find_code(const char *name)
{
	for (size_t i = 0; i < array_len(names); i++)
		if (*names[i] && strcasecmp(names[i], name) == 0)
			return (enum registry_code)i;
	return REGISTRY_CODE_OTHER;
}

/* --- The message. */

/* As many whole characters as have room. */
static void set_message(struct registry_error *out, const char *text)
{
	const size_t most = sizeof(out->message) - 1;
	scoped_buf clean;
	size_t len = 0, step;
	uint32_t c;

	buf_init(&clean, SIZE_MAX);
	printable_add(&clean, text);
	if (clean.len <= most) {
		memcpy(out->message, clean.data, clean.len + 1);
		return;
	}
	while (len + (step = utf8_decode(clean.data + len, &c)) <= most - strlen(ELLIPSIS))
		len += step;
	memcpy(out->message, clean.data, len);
	memcpy(out->message + len, ELLIPSIS, sizeof(ELLIPSIS));
}

static void set_pair(struct registry_error *out, const char *code, const char *message)
{
	scoped_str both = xasprintf("%s%s%s", code, *code && *message ? ": " : "", message);

	set_message(out, both);
}

/* --- JSON. */

static const char *string_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

/* What is wrong, by whichever name it goes. */
static const char *message_of(const json_t *object)
{
	static const char *const keys[] = { "message", "error_description", "details", "detail",
					    "error" };

	for (size_t i = 0; i < array_len(keys); i++)
		if (*string_of(object, keys[i]))
			return string_of(object, keys[i]);
	return "";
}

/* The first error with a code that we know, else the first. */
static const json_t *pick_error(const json_t *errors)
{
	const json_t *item;
	size_t i;

	json_array_foreach(errors, i, item)
		if (find_code(string_of(item, "code")) != REGISTRY_CODE_OTHER)
			return item;
	return json_array_get(errors, 0);
}

static bool says_not_found(enum registry_code code, const char *message)
{
	return (code == REGISTRY_CODE_OTHER || code == REGISTRY_CODE_UNKNOWN) &&
	       strcasestr(message, NOT_FOUND);
}

static bool read_json(struct registry_error *out, const char *data, size_t len)
{
	struct error err = ERROR_INIT;
	scoped_json *root = NULL;

	if (json_parse(&root, data, len, "", false, &err) < 0 || !json_is_object(root))
		return false;
	const json_t *item = pick_error(json_object_get(root, "errors"));
	const char *message = message_of(json_is_object(item) ? item : root);

	if (!json_is_object(item)) {
		set_message(out, message);
		return true;
	}
	out->code = find_code(string_of(item, "code"));
	out->not_found = says_not_found(out->code, message);
	set_pair(out, string_of(item, "code"), message);
	return true;
}

/* --- Text. */

/* Its first line, where it is text at all. */
static void read_text(struct registry_error *out, const char *data, size_t len)
{
	scoped_str text = xstrndup(data, len);
	char *line = text + strspn(text, BLANKS);
	size_t end;

	if (strlen(text) != len || !utf8_is_valid(text) || *line == '<' || *line == '{')
		return;
	out->not_found = strncasecmp(line, NOT_FOUND, strlen(NOT_FOUND)) == 0 &&
			 !line[strlen(NOT_FOUND) + strspn(line + strlen(NOT_FOUND), BLANKS)];
	line[strcspn(line, "\r\n")] = '\0';
	for (end = strlen(line); end && strchr(BLANKS, line[end - 1]); end--)
		line[end - 1] = '\0';
	set_message(out, line);
}

void registry_error_read(struct registry_error *out, const char *data, size_t len)
{
	*out = (struct registry_error){ .code = REGISTRY_CODE_NONE };
	if (len > REGISTRY_ERROR_MAX)
		len = REGISTRY_ERROR_MAX;
	if (len && !read_json(out, data, len))
		read_text(out, data, len);
}

/* --- The outcome. The first row that fits. */

#define ANY (-1)

static const struct row {
	int code; /* ANY, or an enum registry_code */
	long from, to;
	enum registry_outcome outcome;
} rows[] = {
	{ ANY, 200, 299, REGISTRY_OK },
	{ ANY, 304, 304, REGISTRY_OK },
	{ REGISTRY_CODE_TOO_MANY_REQUESTS, 400, 599, REGISTRY_RATE_LIMITED },
	{ ANY, 429, 429, REGISTRY_RATE_LIMITED },
	{ REGISTRY_CODE_DENIED, 401, 404, REGISTRY_DENIED },
	{ REGISTRY_CODE_UNAUTHORIZED, 401, 404, REGISTRY_UNAUTHORIZED },
	{ ANY, 401, 401, REGISTRY_UNAUTHORIZED },
	{ ANY, 403, 403, REGISTRY_DENIED },
	{ REGISTRY_CODE_MANIFEST_UNKNOWN, 404, 404, REGISTRY_NOT_FOUND },
	{ REGISTRY_CODE_NAME_UNKNOWN, 404, 404, REGISTRY_NOT_FOUND },
	{ REGISTRY_CODE_BLOB_UNKNOWN, 404, 404, REGISTRY_NOT_FOUND },
	{ REGISTRY_CODE_NOT_FOUND, 404, 404, REGISTRY_NOT_FOUND },
	{ REGISTRY_CODE_TAG_EXPIRED, 404, 404, REGISTRY_NOT_FOUND },
	{ REGISTRY_CODE_UNSUPPORTED, 400, 599, REGISTRY_UNSUPPORTED },
	{ ANY, 405, 405, REGISTRY_UNSUPPORTED },
	{ ANY, 501, 501, REGISTRY_UNSUPPORTED },
	{ REGISTRY_CODE_UNAVAILABLE, 400, 599, REGISTRY_FAILED },
};

enum registry_outcome registry_error_outcome(const struct registry_error *error, long status,
					     bool head)
{
	for (size_t i = 0; i < array_len(rows); i++)
		if ((rows[i].code == ANY || rows[i].code == (int)error->code) &&
		    status >= rows[i].from && status <= rows[i].to)
			return rows[i].outcome;
	if (status == 404 && (head || error->not_found))
		return REGISTRY_NOT_FOUND;
	return status == 404 || status < 400 ? REGISTRY_PROTOCOL : REGISTRY_FAILED;
}
