/* SPDX-License-Identifier: Apache-2.0 */
#include "credhelper/entry_list.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/codec/base64.h"
#include "common/codec/json.h"
#include "common/codec/timefmt.h"
#include "common/codec/utf8.h"

#define VERSION 1

static const char *const top_keys[] = { "version", "entries" };
/* Those of timed entries are last. */
static const char *const entry_keys[] = { "server", "username", "secret", "stored", "expires" };
#define UNTIMED_KEYS 3

static void entry_release(struct push_entry *entry)
{
	helper_credential_release(&entry->credential);
}

void push_entries_release(struct push_entries *entries)
{
	for (size_t i = 0; i < entries->count; i++)
		entry_release(&entries->items[i]);
	free(entries->items);
	*entries = (struct push_entries){ 0 };
}

void entry_list_add(struct push_entries *entries, const struct push_entry *entry)
{
	struct push_entry *added = array_add(entries);

	added->credential.server = xstrdup(entry->credential.server);
	added->credential.username = xstrdup(entry->credential.username);
	secret_set(&added->credential.secret, entry->credential.secret.data,
		   entry->credential.secret.len);
	added->stored = entry->stored;
	added->expires = entry->expires;
}

size_t entry_list_remove(struct push_entries *entries, entry_drop drop, const void *ctx)
{
	size_t kept = 0, count = entries->count;

	for (size_t i = 0; i < count; i++) {
		if (drop(&entries->items[i], ctx))
			entry_release(&entries->items[i]);
		else
			entries->items[kept++] = entries->items[i];
	}
	entries->count = kept;
	return count - kept;
}

int entry_check_text(const char *server, const char *username, struct error *err)
{
	if (!*server)
		return error_set(err, ERROR_INPUT, 0, HELPER_NO_SERVER);
	if (utf8_is_valid(server) && utf8_is_valid(username))
		return 0;
	return error_set(err, ERROR_INPUT, 0, "the server URL or the username is not UTF-8");
}

/* --- Reading. */

static int need_time(const struct json_place *at, const char *key, int64_t *out, struct error *err)
{
	struct error why = ERROR_INIT;
	struct json_place place = json_member(at, key);
	const char *text;

	if (json_need_string(at, key, &text, err) < 0)
		return -1;
	if (time_parse_rfc3339(text, out, &why) < 0 || *out == TIME_NONE)
		return json_fail(&place, err, "expected a time");
	return 0;
}

static int need_secret(const struct json_place *at, struct secret *out, struct error *err)
{
	struct error why = ERROR_INIT;
	struct json_place place = json_member(at, "secret");

	if (json_expect(&place, JSON_STRING, err) < 0)
		return -1;
	if (base64_read(json_string_value(place.value), json_string_length(place.value), out,
			&why) < 0)
		return json_fail(&place, err, "expected base64");
	return 0;
}

static int need_text(const struct json_place *at, const char *key, char **out, struct error *err)
{
	struct json_place place = json_member(at, key);
	const char *text;

	if (json_need_string(at, key, &text, err) < 0)
		return -1;
	if (!*text)
		return json_fail(&place, err, "is empty");
	*out = xstrdup(text);
	return 0;
}

static int parse_entry(const struct json_place *at, bool timed, struct push_entry *out,
		       struct error *err)
{
	size_t keys = timed ? array_len(entry_keys) : UNTIMED_KEYS;

	if (json_expect(at, JSON_OBJECT, err) < 0 || json_only_keys(at, entry_keys, keys, err) < 0)
		return -1;
	if (need_text(at, "server", &out->credential.server, err) < 0 ||
	    need_text(at, "username", &out->credential.username, err) < 0 ||
	    need_secret(at, &out->credential.secret, err) < 0)
		return -1;
	if (!timed)
		return 0;
	if (need_time(at, "stored", &out->stored, err) < 0)
		return -1;
	return need_time(at, "expires", &out->expires, err);
}

/* The version is looked at first: what a later one holds is not known here. */
static int check_top(const struct json_place *root, struct error *err)
{
	struct json_place entries = json_member(root, "entries");
	struct json_place place = json_member(root, "version");
	int64_t version = 0;

	if (json_expect(root, JSON_OBJECT, err) < 0 || json_expect(&place, JSON_INTEGER, err) < 0 ||
	    json_get_int(root, "version", &version, 0, 1, INT64_MAX, err) < 0)
		return -1;
	if (version > VERSION)
		return error_set(err, ERROR_UNSUPPORTED, 0,
				 "%s: written by a later version of pushgate; update this one",
				 root->key);
	if (json_only_keys(root, top_keys, array_len(top_keys), err) < 0)
		return -1;
	return json_expect(&entries, JSON_ARRAY, err);
}

int entry_list_parse(struct push_entries *out, const char *data, size_t len, const char *name,
		     bool timed, struct error *err)
{
	scoped_push_entries entries = { 0 };
	struct error why = ERROR_INIT;
	scoped_json *json = NULL;

	/* jansson's own text quotes what it stumbled over. */
	if (json_parse(&json, data, len, name, true, &why) < 0)
		return error_set(err, ERROR_INPUT, 0, "%s: it is not JSON as pushgate writes it",
				 name);
	struct json_place root = json_root(json, name);

	if (check_top(&root, err) < 0)
		return -1;
	struct json_place list = json_member(&root, "entries");

	for (size_t i = 0; i < json_count(&list); i++) {
		struct json_place at = json_element(&list, i);

		if (parse_entry(&at, timed, array_add(&entries), err) < 0)
			return -1;
	}
	*out = take_value(entries);
	return 0;
}

/* --- Writing. */

static json_t *secret_text(const struct secret *secret)
{
	scoped_buf text;

	buf_init_wiped(&text, SIZE_MAX);
	base64_add(&text, secret->data, secret->len);
	return json_stringn_nocheck(text.data, text.len);
}

static json_t *entry_json(const struct push_entry *entry, bool timed)
{
	const struct helper_credential *c = &entry->credential;
	char stamp[TIME_TEXT];
	json_t *json = json_object();

	json_object_set_new(json, "server", json_string(c->server));
	json_object_set_new(json, "username", json_string(c->username));
	json_object_set_new(json, "secret", secret_text(&c->secret));
	if (timed) {
		json_object_set_new(json, "stored",
				    json_string(time_format_rfc3339(stamp, entry->stored, 0)));
		json_object_set_new(json, "expires",
				    json_string(time_format_rfc3339(stamp, entry->expires, 0)));
	}
	return json;
}

static int add_text(const char *text, size_t len, void *out)
{
	buf_add(out, text, len);
	return 0;
}

void entry_list_format(const struct push_entries *entries, bool timed, struct buf *out)
{
	scoped_json *json = json_object();
	json_t *list = json_array();

	for (size_t i = 0; i < entries->count; i++)
		json_array_append_new(list, entry_json(&entries->items[i], timed));
	json_object_set_new(json, "version", json_integer(VERSION));
	json_object_set_new(json, "entries", list);
	json_dump_callback(json, add_text, out, JSON_COMPACT);
	buf_char(out, '\n');
}
