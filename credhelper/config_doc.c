/* SPDX-License-Identifier: Apache-2.0 */
#include "credhelper/config_doc.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "common/codec/base64.h"
#include "common/codec/json.h"
#include "common/codec/json_text.h"
#include "common/codec/utf8.h"
#include "credhelper/secret_text.h"

void config_doc_release(struct config_doc *doc)
{
	json_decref(doc->root);
	*doc = (struct config_doc){ 0 };
}

/* --- Members, whose names know no case. */

static bool spells(const char *key, const char *name)
{
	return strcasecmp(key, name) == 0;
}

/* The spelling that docker takes: the last. NULL: there is none. */
static const char *spelling(const json_t *object, const char *name)
{
	const char *key, *last = NULL;
	json_t *value unused_arg;

	json_object_foreach((json_t *)object, key, value)
		if (spells(key, name))
			last = key;
	return last;
}

json_t *config_member(const json_t *object, const char *name)
{
	const char *key = spelling(object, name);
	json_t *value = key ? json_object_get(object, key) : NULL;

	return json_is_null(value) ? NULL : value;
}

const char *config_text(const json_t *object, const char *name)
{
	const char *text = json_string_value(config_member(object, name));

	return text && *text ? text : NULL;
}

void config_set(json_t *object, const char *name, json_t *value)
{
	const char *key = spelling(object, name);

	if (value)
		json_put(object, key ? key : name, value);
	else if (key)
		json_object_del(object, key);
}

static bool is_twice(const json_t *object, const char *name)
{
	const char *key;
	json_t *value unused_arg;
	size_t count = 0;

	json_object_foreach((json_t *)object, key, value)
		count += spells(key, name);
	return count > 1;
}

/* --- Reading. */

static const char *const root_names[] = { "auths", "credsStore", "credHelpers" };
static const char *const auth_names[] = { "auth", "username", "password", "identitytoken",
					  "registrytoken" };
#define SECRETS_OF_AUTH 4 /* what of them config_auth() reads */

/* Two spellings of one name are one key to docker. */
static bool has_twice(const json_t *root)
{
	json_t *auths, *entry;
	const char *key unused_arg;

	for (size_t i = 0; i < array_len(root_names); i++)
		if (is_twice(root, root_names[i]))
			return true;
	auths = config_member(root, "auths");
	json_object_foreach(auths, key, entry)
		for (size_t i = 0; i < array_len(auth_names); i++)
			if (is_twice(entry, auth_names[i]))
				return true;
	return false;
}

/* Takes what it can: what was wrong with it is in the document. */
static json_t *load(const char *data, size_t len, struct config_doc *doc, json_error_t *why)
{
	size_t flags = JSON_REJECT_DUPLICATES;
	json_t *root = json_loadb(data, len, flags, why);

	while (!root) {
		switch ((int)json_error_code(why)) {
		case json_error_duplicate_key:
			flags &= ~(size_t)JSON_REJECT_DUPLICATES;
			doc->twice = true;
			break;
		case json_error_numeric_overflow:
			if (flags & JSON_DECODE_INT_AS_REAL)
				return NULL;
			flags |= JSON_DECODE_INT_AS_REAL;
			doc->big_numbers = true;
			break;
		default:
			return NULL;
		}
		root = json_loadb(data, len, flags, why);
	}
	return root;
}

static bool is_blank(const char *data, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (data[i] != ' ' && data[i] != '\t' && data[i] != '\r' && data[i] != '\n')
			return false;
	return true;
}

int config_parse(struct config_doc *out, const char *data, size_t len, struct error *err)
{
	scoped_config_doc doc = { 0 };
	json_error_t why;

	if (is_blank(data, len)) {
		*out = (struct config_doc){ .root = json_object() };
		return 0;
	}
	doc.root = load(data, len, &doc, &why);
	if (!doc.root)
		return error_set(err, ERROR_INPUT, 0, "it is no JSON object (line %d, column %d)",
				 why.line, why.column);
	if (!json_is_object(doc.root))
		return error_set(err, ERROR_INPUT, 0, "it is no JSON object, but a list");
	doc.twice = doc.twice || has_twice(doc.root);
	*out = take_value(doc);
	return 0;
}

/* --- Writing. */

struct tabs {
	struct buf *out;
	bool start; /* of a line: jansson indents with blanks */
};

static int add_piece(const char *text, size_t len, void *ctx)
{
	struct tabs *tabs = ctx;

	for (size_t i = 0; i < len; i++) {
		tabs->start = text[i] == '\n' || (tabs->start && text[i] == ' ');
		buf_char(tabs->out, tabs->start && text[i] == ' ' ? '\t' : text[i]);
	}
	return 0;
}

void config_format(const json_t *root, struct buf *out)
{
	struct tabs tabs = { out, false };

	(void)!json_dump_callback(root, add_piece, &tabs, JSON_INDENT(1));
}

/* --- Credentials. */

/* null counts as absent. False: of another type. */
static bool read_text(const json_t *entry, const char *name, const char **out)
{
	json_t *value = config_member(entry, name);

	*out = value ? json_string_value(value) : "";
	return *out != NULL;
}

/* "user:secret", whose ends docker trims of NULs. */
static enum config_auth split(const struct secret *pair, struct helper_credential *out)
{
	const char *colon = pair->len ? memchr(pair->data, ':', pair->len) : NULL;
	const char *end = pair->data + pair->len, *from;

	if (!colon || colon == pair->data)
		return CONFIG_AUTH_BROKEN;
	for (from = colon + 1; from < end && !*from;)
		from++;
	while (end > from && !end[-1])
		end--;
	if (memchr(pair->data, '\0', (size_t)(colon - pair->data)))
		return CONFIG_AUTH_ODD;
	out->username = xstrndup(pair->data, (size_t)(colon - pair->data));
	secret_set(&out->secret, from, (size_t)(end - from));
	return CONFIG_AUTH_PASSWORD;
}

/* Go's base64 skips line ends. */
static enum config_auth read_auth(const char *text, struct helper_credential *out)
{
	struct error err = ERROR_INIT;
	scoped_secret pair = { 0 };
	scoped_buf plain = { 0 };

	buf_init_wiped(&plain, CONFIG_MAX);
	for (const char *c = text; *c; c++)
		if (*c != '\n' && *c != '\r')
			buf_char(&plain, *c);
	if (base64_read(plain.data, plain.len, &pair, &err) < 0)
		return CONFIG_AUTH_BROKEN;
	return split(&pair, out);
}

struct auth_texts {
	const char *auth, *username, *password, *token, *bearer;
};

static bool read_texts(const json_t *entry, struct auth_texts *out)
{
	return read_text(entry, "auth", &out->auth) &&
	       read_text(entry, "username", &out->username) &&
	       read_text(entry, "password", &out->password) &&
	       read_text(entry, "identitytoken", &out->token) &&
	       read_text(entry, "registrytoken", &out->bearer);
}

static enum config_auth read_pair(const struct auth_texts *t, struct helper_credential *out)
{
	enum config_auth kind = CONFIG_AUTH_PASSWORD;

	if (*t->auth) {
		kind = read_auth(t->auth, out);
	} else {
		out->username = xstrdup(t->username);
		secret_set(&out->secret, t->password, strlen(t->password));
	}
	if (kind != CONFIG_AUTH_PASSWORD)
		return kind;
	if (!out->secret.len)
		return CONFIG_AUTH_NONE;
	/* A helper's answer with that name would be taken for an identity token. */
	if (!*out->username || strcmp(out->username, HELPER_TOKEN_USER) == 0)
		return CONFIG_AUTH_ODD;
	return CONFIG_AUTH_PASSWORD;
}

static enum config_auth read_entry(const json_t *entry, struct helper_credential *out)
{
	struct auth_texts t;
	enum config_auth kind;

	if (!entry || json_is_null(entry))
		return CONFIG_AUTH_NONE;
	if (!json_is_object(entry) || !read_texts(entry, &t))
		return CONFIG_AUTH_BROKEN;
	kind = read_pair(&t, out);
	if (!*t.token || kind == CONFIG_AUTH_BROKEN)
		return kind;
	if (kind != CONFIG_AUTH_NONE)
		return CONFIG_AUTH_ODD;
	str_replace(&out->username, xstrdup(HELPER_TOKEN_USER));
	secret_set(&out->secret, t.token, strlen(t.token));
	return CONFIG_AUTH_TOKEN;
}

enum config_auth config_auth(const json_t *entry, struct helper_credential *out)
{
	scoped_helper_credential c = { 0 };
	enum config_auth kind = read_entry(entry, &c);

	/* An answer of a helper is JSON, and what is none in it would come to docker as something
	 * else. */
	if (kind == CONFIG_AUTH_PASSWORD &&
	    !(utf8_is_valid(c.username) && secret_is_text(&c.secret, true)))
		return CONFIG_AUTH_ODD;
	if (out && (kind == CONFIG_AUTH_PASSWORD || kind == CONFIG_AUTH_TOKEN)) {
		c.server = xstrdup("");
		*out = take_value(c);
	}
	return kind;
}

bool config_has_bearer(const json_t *entry)
{
	return config_text(entry, "registrytoken") != NULL;
}

void config_auth_strip(json_t *entry)
{
	for (size_t i = 0; i < SECRETS_OF_AUTH; i++)
		config_set(entry, auth_names[i], NULL);
}

static json_t *pair_text(const struct helper_credential *c)
{
	scoped_buf pair, text;

	buf_init_wiped(&pair, CONFIG_MAX);
	buf_init_wiped(&text, 2 * CONFIG_MAX);
	buf_str(&pair, c->username);
	buf_char(&pair, ':');
	buf_add(&pair, c->secret.data, c->secret.len);
	base64_add(&text, pair.data, pair.len);
	return buf_failed(&pair) || buf_failed(&text) ? NULL : json_stringn(text.data, text.len);
}

int config_auth_put(json_t *entry, const struct helper_credential *c, struct error *err)
{
	bool token = strcmp(c->username, HELPER_TOKEN_USER) == 0;
	scoped_helper_credential again = { 0 };
	scoped_json *probe = json_object();
	json_t *text = token ? json_stringn(c->secret.data, c->secret.len) : pair_text(c);

	if (text)
		json_put(probe, token ? "identitytoken" : "auth", text);
	if (!text || read_entry(probe, &again) == CONFIG_AUTH_NONE || !again.username ||
	    strcmp(again.username, c->username) != 0 || !secret_equal(&again.secret, &c->secret))
		return error_set(err, ERROR_INPUT, 0,
				 "it is nothing that config.json could hold as it is");
	config_auth_strip(entry);
	json_object_update(entry, probe);
	return 0;
}
