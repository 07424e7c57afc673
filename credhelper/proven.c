/* SPDX-License-Identifier: Apache-2.0 */
#include "credhelper/proven.h"

#include <stdlib.h>
#include <string.h>

#include "common/client/files.h"
#include "common/client/secret_file.h"
#include "common/codec/json.h"
#include "common/codec/timefmt.h"
#include "credhelper/crypto_api.h"
#include "credhelper/local_file.h"

#define VERSION   1
#define LOCK_WAIT (5 * NSEC_PER_SEC)
#define HEX       65 /* of 32 bytes, with the NUL */

static const char *const top_keys[] = { "version", "proven" };
static const char *const mark_keys[] = { "server", "username", "salt", "mark", "at", "by" };

/* --- Marks. */

static void to_hex(char out[HEX], const unsigned char *bytes)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < CRYPTO_MAC; i++) {
		out[2 * i] = digits[bytes[i] >> 4];
		out[2 * i + 1] = digits[bytes[i] & 15];
	}
	out[HEX - 1] = '\0';
}

/* Lengths are not needed: a NUL ends the name and the user, which have none within. */
static int make_mark(char out[HEX], const char *salt, const struct registry_key *key,
		     const struct helper_credential *c, struct error *err)
{
	unsigned char mac[CRYPTO_MAC];
	scoped_secret data = { 0 };

	secret_add(&data, key->name, strlen(key->name) + 1);
	secret_add(&data, c->username, strlen(c->username) + 1);
	secret_add(&data, c->secret.data, c->secret.len);
	if (crypto_mac(salt, strlen(salt), &data, mac, err) < 0)
		return -1;
	to_hex(out, mac);
	return 0;
}

/* --- The file. */

static int path_of(char **out, struct error *err)
{
	scoped_str dir = NULL;

	if (dir_state(&dir, "docker-hygiene", err) < 0)
		return -1;
	*out = xasprintf("%s/pushgate-proven.json", dir);
	return 0;
}

static int check_mark(const struct json_place *at, struct error *err)
{
	if (json_expect(at, JSON_OBJECT, err) < 0 ||
	    json_only_keys(at, mark_keys, array_len(mark_keys), err) < 0)
		return -1;
	for (size_t i = 0; i < array_len(mark_keys); i++) {
		const char *text;

		if (json_need_string(at, mark_keys[i], &text, err) < 0)
			return -1;
	}
	return 0;
}

static int check(const struct json_place *root, struct error *err)
{
	struct json_place list = json_member(root, "proven");
	int64_t version;

	if (json_expect(root, JSON_OBJECT, err) < 0 ||
	    json_get_int(root, "version", &version, 0, VERSION, VERSION, err) < 0 ||
	    json_only_keys(root, top_keys, array_len(top_keys), err) < 0 ||
	    json_expect(&list, JSON_ARRAY, err) < 0)
		return -1;
	for (size_t i = 0; i < json_count(&list); i++) {
		struct json_place at = json_element(&list, i);

		if (check_mark(&at, err) < 0)
			return -1;
	}
	return 0;
}

/* No file: an empty one. */
static int load(const char *path, json_t **out, struct error *err)
{
	scoped_secret bytes = { 0 };
	scoped_json *json = NULL;

	if (secret_read_file(path, PROVEN_MAX, &bytes, err) < 0) {
		if (err->kind != ERROR_NOT_FOUND)
			return -1;
		error_clear(err);
		*out = json_pack("{s:i,s:[]}", "version", VERSION, "proven");
		return 0;
	}
	if (json_parse(&json, bytes.data ? bytes.data : "", bytes.len, path, true, err) < 0)
		return -1;
	struct json_place root = json_root(json, path);

	if (check(&root, err) < 0)
		return -1;
	*out = take_ptr(json);
	return 0;
}

static int add_text(const char *text, size_t len, void *out)
{
	secret_add(out, text, len);
	return 0;
}

static int save(const char *path, const json_t *json, struct error *err)
{
	scoped_secret bytes = { 0 };

	json_dump_callback(json, add_text, &bytes, JSON_COMPACT);
	secret_add(&bytes, "\n", 1);
	if (bytes.len > PROVEN_MAX)
		return error_set(err, ERROR_LIMIT, 0, "%s: more than %d bytes", path, PROVEN_MAX);
	return secret_replace_file(path, &bytes, err);
}

static const char *member(const json_t *mark, const char *name)
{
	return json_string_value(json_object_get(mark, name));
}

/* --- What is asked. */

static bool is_of(const json_t *mark, const struct registry_key *key, const char *username)
{
	return strcmp(member(mark, "server"), key->name) == 0 &&
	       strcmp(member(mark, "username"), username) == 0;
}

bool proven_may_be(const struct registry_key *key, const char *username)
{
	struct error err = ERROR_INIT;
	scoped_str path = NULL;
	scoped_json *json = NULL;

	if (path_of(&path, &err) < 0 || load(path, &json, &err) < 0)
		return false;
	const json_t *list = json_object_get(json, "proven");

	for (size_t i = 0; i < json_array_size(list); i++)
		if (is_of(json_array_get(list, i), key, username))
			return true;
	return false;
}

static bool matches(const json_t *mark, const struct registry_key *key,
		    const struct helper_credential *c)
{
	struct error err = ERROR_INIT;
	char made[HEX];

	return is_of(mark, key, c->username) &&
	       make_mark(made, member(mark, "salt"), key, c, &err) == 0 &&
	       strcmp(made, member(mark, "mark")) == 0;
}

void proven_mark_release(struct proven_mark *mark)
{
	free_str(&mark->at);
	free_str(&mark->by);
}

bool proven_is(const struct registry_key *key, const struct helper_credential *c,
	       struct proven_mark *out)
{
	struct error err = ERROR_INIT;
	scoped_str path = NULL;
	scoped_json *json = NULL;

	if (path_of(&path, &err) < 0 || load(path, &json, &err) < 0)
		return false;
	const json_t *list = json_object_get(json, "proven");

	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *mark = json_array_get(list, i);

		if (!matches(mark, key, c))
			continue;
		if (out)
			*out = (struct proven_mark){ xstrdup(member(mark, "at")),
						     xstrdup(member(mark, "by")) };
		return true;
	}
	return false;
}

/* username NULL: of every user. Returns how many went. */
static size_t remove_marks(json_t *json, const struct registry_key *key, const char *username)
{
	json_t *list = json_object_get(json, "proven");
	size_t count = json_array_size(list);

	for (size_t i = count; i-- > 0;) {
		const json_t *mark = json_array_get(list, i);

		if (strcmp(member(mark, "server"), key->name) == 0 &&
		    (!username || strcmp(member(mark, "username"), username) == 0))
			json_array_remove(list, i);
	}
	return count - json_array_size(list);
}

int proven_set(const struct world *world, const struct registry_key *key,
	       const struct helper_credential *c, const char *by, struct error *err)
{
	unsigned char bytes[CRYPTO_SALT];
	char salt[HEX], mark[HEX], at[TIME_TEXT];
	scoped_str path = NULL;
	scoped_json *json = NULL;

	if (path_of(&path, err) < 0 || crypto_random(bytes, sizeof(bytes), err) < 0)
		return -1;
	to_hex(salt, bytes);
	if (make_mark(mark, salt, key, c, err) < 0)
		return -1;
	scoped_fd lock = secret_lock_file(path, LOCK_WAIT, err);

	if (lock < 0 || load(path, &json, err) < 0)
		return -1;
	remove_marks(json, key, c->username);
	json_t *made = json_pack("{s:s,s:s,s:s,s:s,s:s,s:s}", "server", key->name, "username",
				 c->username, "salt", salt, "mark", mark, "at",
				 time_format_rfc3339(at, world->clock->now(world->clock), 0), "by",
				 by);

	if (json_array_append_new(json_object_get(json, "proven"), made) < 0)
		return error_set(err, ERROR_INPUT, 0, "%s: a name is not UTF-8", path);
	return save(path, json, err);
}

int proven_forget(const struct registry_key *key, struct error *err)
{
	scoped_str path = NULL;
	scoped_json *json = NULL;

	if (path_of(&path, err) < 0)
		return -1;
	if (path_is_absent(path))
		return 0;
	scoped_fd lock = secret_lock_file(path, LOCK_WAIT, err);

	if (lock < 0 || load(path, &json, err) < 0)
		return -1;
	return remove_marks(json, key, NULL) ? save(path, json, err) : 0;
}
