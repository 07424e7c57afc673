/* SPDX-License-Identifier: Apache-2.0 */
#include "credhelper/sealed_text.h"

#include <string.h>

#include "common/base/clock.h"
#include "common/codec/base64.h"
#include "common/codec/json.h"
#include "common/codec/timefmt.h"

#define CONTENT_NAME    "the sealed content"
#define CONTENT_VERSION 1
#define CONTENT_CLASS   "push"
#define ID_DIGITS       32

void sealed_content_release(struct sealed_content *c)
{
	free(c->registry);
	free(c->prefix);
	free(c->username);
	free(c->id);
	secret_release(&c->secret);
	*c = (struct sealed_content){ 0 };
}

/* --- Reading. jansson's own texts quote what they choke on, which may be the secret. */

static int broken(struct error *err, const char *what)
{
	error_clear(err);
	return error_set(err, ERROR_INPUT, 0, CONTENT_NAME " %s", what);
}

/* "host:5000" and "org/team" are as registry_key.h would write them, and no other way: so that
 * they can be compared byte for byte. */
static bool is_place(const char *registry, const char *prefix)
{
	scoped_str text = xasprintf("%s%s%s", registry, *prefix ? "/" : "", prefix);
	scoped_registry_key key = { 0 };

	registry_key_read(&key, text);
	return !key.opaque && strcmp(key.name, text) == 0 && strlen(registry) == key.host_len;
}

static bool is_id(const char *id)
{
	return strlen(id) == ID_DIGITS && strspn(id, "0123456789abcdef") == ID_DIGITS;
}

static int read_time(const char *text, int64_t *out, struct error *err)
{
	if (time_parse_rfc3339(text, out, err) < 0 || *out == TIME_NONE)
		return broken(err, "has a time that is none");
	return 0;
}

/* Borrowed from the document. */
struct members {
	const char *class, *registry, *prefix, *username, *secret, *sealed, *expires, *id;
	int64_t version;
};

static int read_members(const struct json_place *root, struct members *m, struct error *err)
{
	static const char *const known[] = { "pushgate", "class",  "registry", "prefix", "username",
					     "secret",   "sealed", "expires",  "id" };

	if (json_expect(root, JSON_OBJECT, err) < 0 ||
	    json_get_int(root, "pushgate", &m->version, 0, 0, INT64_MAX, err) < 0)
		return broken(err, "is not one of pushgate");
	if (m->version != CONTENT_VERSION)
		return broken(err, "is of another version of pushgate");
	if (json_only_keys(root, known, array_len(known), err) < 0)
		return broken(err, "has a member that is not known");
	if (json_need_string(root, "class", &m->class, err) < 0 ||
	    json_need_string(root, "registry", &m->registry, err) < 0 ||
	    json_need_string(root, "prefix", &m->prefix, err) < 0 ||
	    json_need_string(root, "username", &m->username, err) < 0 ||
	    json_need_string(root, "secret", &m->secret, err) < 0 ||
	    json_need_string(root, "sealed", &m->sealed, err) < 0 ||
	    json_get_string(root, "expires", &m->expires, NULL, err) < 0 ||
	    json_need_string(root, "id", &m->id, err) < 0)
		return broken(err, "lacks a member, or has one that is no string");
	/* json_get_string() takes null for absent: "never" is to be meant. */
	if (!m->expires && json_object_get(root->value, "expires"))
		return broken(err, "has a time that is none");
	return 0;
}

static int check_members(const struct members *m, struct error *err)
{
	if (strcmp(m->class, CONTENT_CLASS) != 0)
		return broken(err, "is not of class push");
	if (!is_place(m->registry, m->prefix))
		return broken(err, "names no registry, or a prefix that is none");
	if (!*m->username)
		return broken(err, "has no username");
	if (!is_id(m->id))
		return broken(err, "has an id that is none");
	return 0;
}

static int read_content(struct sealed_content *c, const struct members *m, struct error *err)
{
	c->expires = TIME_NONE;
	if (check_members(m, err) < 0 || read_time(m->sealed, &c->sealed, err) < 0 ||
	    (m->expires && read_time(m->expires, &c->expires, err) < 0))
		return -1;
	if (base64_read(m->secret, strlen(m->secret), &c->secret, err) < 0)
		return broken(err, "has a secret that is no base64");
	c->registry = xstrdup(m->registry);
	c->prefix = xstrdup(m->prefix);
	c->username = xstrdup(m->username);
	c->id = xstrdup(m->id);
	return 0;
}

int sealed_content_parse(struct sealed_content *out, const char *data, size_t len,
			 struct error *err)
{
	scoped_sealed_content c = { 0 };
	scoped_json *json = NULL;
	struct members m = { 0 };

	if (len > SEALED_CONTENT_MAX)
		return error_set(err, ERROR_LIMIT, 0, CONTENT_NAME " is larger than %d bytes",
				 SEALED_CONTENT_MAX);
	if (json_parse(&json, data, len, CONTENT_NAME, true, err) < 0)
		return broken(err, "is no JSON");
	struct json_place root = json_root(json, CONTENT_NAME);

	if (read_members(&root, &m, err) < 0 || read_content(&c, &m, err) < 0)
		return -1;
	*out = take_value(c);
	return 0;
}

/* --- Writing. */

static int add_bytes(const char *data, size_t len, void *out)
{
	buf_add(out, data, len);
	return 0;
}

static void add_member(struct buf *out, const char *name, const char *value)
{
	scoped_json *text = json_string(value);

	buf_fmt(out, ", \"%s\": ", name);
	(void)json_dump_callback(text, add_bytes, out, JSON_ENCODE_ANY);
}

void sealed_content_format(const struct sealed_content *c, struct buf *out)
{
	char time[TIME_TEXT];

	buf_fmt(out, "{\"pushgate\": %d", CONTENT_VERSION);
	add_member(out, "class", CONTENT_CLASS);
	add_member(out, "registry", c->registry);
	add_member(out, "prefix", c->prefix);
	add_member(out, "username", c->username);
	buf_str(out, ", \"secret\": \"");
	base64_add(out, c->secret.data, c->secret.len);
	buf_char(out, '"');
	add_member(out, "sealed", time_format_rfc3339(time, c->sealed, 0));
	if (c->expires != TIME_NONE)
		add_member(out, "expires", time_format_rfc3339(time, c->expires, 0));
	add_member(out, "id", c->id);
	buf_str(out, "}\n");
}

/* --- Whom it answers. */

static bool same_registry(const char *registry, const struct registry_key *key)
{
	return strlen(registry) == key->host_len && memcmp(registry, key->name, key->host_len) == 0;
}

const char *sealed_refuses(const struct sealed_content *c, const struct registry_key *key,
			   const char *repo, int64_t now)
{
	const char *path = registry_key_path(key);

	if (key->opaque || !same_registry(c->registry, key))
		return "it is for another registry";
	if (c->expires != TIME_NONE && now >= c->expires)
		return "it has expired";
	/* "https://index.docker.io/v1/access-token" is a key of its own, not one of the Hub's
	 * repositories (registry_key.h). */
	if (key->has_scheme && *path)
		return strcmp(c->prefix, path) == 0 ? NULL : "it is for other repositories";
	if (!*c->prefix)
		return NULL;
	if (!repo)
		return "it is for some repositories only, and which one is asked for is not known";
	return registry_path_within(c->prefix, repo) ? NULL : "it is for other repositories";
}

/* --- The file's name. */

static bool is_kept(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       (c && strchr("._:-[]", c));
}

static void add_name(struct buf *out, const char *text)
{
	for (; *text; text++)
		if (is_kept(*text))
			buf_char(out, *text);
		else if (*text == '/')
			buf_char(out, '+');
		else
			buf_fmt(out, "%%%02x", (unsigned)(unsigned char)*text);
}

char *sealed_file_name(const char *registry, const char *prefix)
{
	scoped_buf name;

	buf_init(&name, SIZE_MAX);
	add_name(&name, registry);
	if (*prefix)
		buf_char(&name, '+');
	add_name(&name, prefix);
	buf_str(&name, SEALED_SUFFIX);
	return buf_take(&name);
}

static int hex_digit(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *found = c ? strchr(digits, c) : NULL;

	return found ? (int)(found - digits) : -1;
}

/* False if it is not what add_name() writes. */
static bool read_name(struct buf *out, const char *name, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (name[i] == '+') {
			buf_char(out, '/');
		} else if (name[i] != '%') {
			buf_char(out, name[i]);
		} else {
			int high = i + 2 < len ? hex_digit(name[i + 1]) : -1;
			int low = high >= 0 ? hex_digit(name[i + 2]) : -1;

			if (low < 0)
				return false;
			buf_char(out, (char)(high * 16 + low));
			i += 2;
		}
	}
	return true;
}

bool sealed_file_name_read(const char *name, char **registry, char **prefix)
{
	size_t len = strlen(name), suffix = strlen(SEALED_SUFFIX);
	scoped_registry_key key = { 0 };
	scoped_buf text;

	buf_init(&text, SIZE_MAX);
	if (len <= suffix || strcmp(name + len - suffix, SEALED_SUFFIX) != 0 ||
	    !read_name(&text, name, len - suffix))
		return false;
	registry_key_read(&key, text.data);
	if (key.opaque)
		return false;
	scoped_str host = xstrndup(key.name, key.host_len);
	scoped_str again = sealed_file_name(host, registry_key_path(&key));

	/* One name for one place, so that no two files claim it. */
	if (strcmp(again, name) != 0)
		return false;
	*prefix = xstrdup(registry_key_path(&key));
	*registry = take_ptr(host);
	return true;
}
