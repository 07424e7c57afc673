/* SPDX-License-Identifier: Apache-2.0 */
#include "common/client/http_headers.h"

#include <string.h>
#include <strings.h>

#include "common/base/buf.h"
#include "common/codec/json.h"

#define TEXT_LIMIT ((size_t)64 << 10)

/* RFC 9110 5.6.2 "token". */
static bool is_name(const char *s)
{
	static const char token[] = "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

	return *s && strspn(s, token) == strlen(s);
}

static bool is_value(const char *s)
{
	for (; *s; s++)
		if (((unsigned char)*s < 0x20 && *s != '\t') || *s == 0x7f)
			return false;
	return true;
}

static bool is_ours(const char *name)
{
	static const char *const ours[] = { "Host",   "User-Agent", "Content-Length",
					    "Expect", "Connection", "Transfer-Encoding" };

	for (size_t i = 0; i < array_len(ours); i++)
		if (strcasecmp(name, ours[i]) == 0)
			return true;
	return false;
}

static void add(struct strings *out, const char *name, const char *value)
{
	if (is_ours(name))
		return;
	strings_take(out, *value ? xasprintf("%s: %s", name, value) : xasprintf("%s;", name));
}

int headers_of_config(struct strings *out, const struct docker_config *config, struct error *err)
{
	json_t *object = json_object_get(config->root, "HttpHeaders");
	scoped_strings found = { 0 };
	const char *name;
	json_t *value;

	if (object && !json_is_object(object) && !json_is_null(object))
		return error_set(err, ERROR_INPUT, 0,
				 "%s/config.json: HttpHeaders: expected an object", config->dir);
	json_object_foreach(object, name, value) {
		/* The value may be a credential: it is never shown. */
		if (!json_is_string(value) || !is_name(name) || !is_value(json_string_value(value)))
			return error_set(err, ERROR_INPUT, 0,
					 "%s/config.json: HttpHeaders: not a header's name with a "
					 "one-line text",
					 config->dir);
		add(&found, name, json_string_value(value));
	}
	strings_copy(out, &found);
	return 0;
}

static int bad(struct error *err, const char *why)
{
	return error_set(err, ERROR_USAGE, 0,
			 "DOCKER_CUSTOM_HEADERS: %s; write it like name=value,\"other=a,b\"", why);
}

/* One CSV field from *at, quotes taken off; *at goes behind it. False: a quote is not closed. */
static bool csv_field(const char **at, struct buf *field)
{
	const char *s = *at;
	bool quoted = *s == '"';

	buf_clear(field);
	if (quoted)
		s++;
	for (;; s++) {
		if (*s == '\0' && quoted)
			return false;
		if (*s == '\0' || (*s == ',' && !quoted))
			break;
		if (*s == '"' && quoted && *++s != '"') {
			*at = s;
			return *s == '\0' || *s == ',';
		}
		buf_char(field, *s);
	}
	*at = s;
	return true;
}

/* Takes a line of the same header away, so that the later one counts. */
static void forget(struct strings *list, const char *name)
{
	size_t len = strlen(name);
	size_t kept = 0;

	for (size_t i = 0; i < list->count; i++) {
		char *line = list->items[i];

		if (strncasecmp(line, name, len) == 0 && (line[len] == ':' || line[len] == ';'))
			free_str(&line);
		else
			list->items[kept++] = line;
	}
	list->count = kept;
}

static int add_pair(struct strings *list, const char *field, struct error *err)
{
	const char *equals = strchr(field, '=');
	size_t start = strspn(field, " \t");
	size_t end = equals ? (size_t)(equals - field) : 0;

	if (!equals)
		return bad(err, "a pair has no \"=\"");
	while (end > start && (field[end - 1] == ' ' || field[end - 1] == '\t'))
		end--;
	scoped_str name = xstrndup(field + start, end > start ? end - start : 0);
	if (!is_name(name) || !is_value(equals + 1))
		return bad(err, "a pair is no header's name with a one-line text");
	forget(list, name);
	if (equals[1])
		add(list, name, equals + 1);
	return 0;
}

int headers_of_text(struct strings *out, const char *text, struct error *err)
{
	scoped_strings found = { 0 };
	scoped_buf field;

	buf_init(&field, TEXT_LIMIT);
	for (;;) {
		if (!csv_field(&text, &field) || buf_failed(&field))
			return bad(err, "a quote is not closed, or something follows it");
		if (add_pair(&found, field.data, err) < 0)
			return -1;
		if (*text == '\0')
			break;
		text++;
	}
	strings_copy(out, &found);
	return 0;
}
