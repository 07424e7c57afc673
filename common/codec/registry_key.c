/* SPDX-License-Identifier: Apache-2.0 */
#include "common/codec/registry_key.h"

#include <arpa/inet.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "common/base/alloc.h"
#include "common/base/buf.h"
#include "common/codec/ascii.h"

#define HTTP "http://"

/* Locale-free: isalnum(3) is not. */
#define DIGITS  "0123456789"
#define LETTERS "abcdefghijklmnopqrstuvwxyz"
#define HOST    DIGITS LETTERS ".-_"
#define ADDRESS DIGITS "abcdef:."

static bool is_of(const char *text, size_t len, const char *characters)
{
	return len > 0 && strspn(text, characters) >= len;
}

static bool begins(const char **text, const char *with)
{
	size_t len = strlen(with);

	if (strncasecmp(*text, with, len) != 0)
		return false;
	*text += len;
	return true;
}

static bool is_plain(const char *text)
{
	for (; *text; text++)
		if (*text <= ' ' || *text > '~' || strchr("@?#%\\\"<>^`{|}", *text))
			return false;
	return true;
}

/* host is in lower case, and [::1] in brackets. */
static bool host_is_valid(const char *host, size_t len)
{
	if (len >= 2 && host[0] == '[')
		return host[len - 1] == ']' && is_of(host + 1, len - 2, ADDRESS) &&
		       memchr(host, ':', len);
	return is_of(host, len, HOST) && host[0] != '.' && host[0] != '-';
}

/* Digits without a zero in front, 1 to 65535. 0: it is none. */
static unsigned read_port(const char *text)
{
	unsigned port = 0;
	size_t len = strlen(text);

	if (len > 5 || !is_of(text, len, DIGITS) || text[0] == '0')
		return 0;
	for (; *text; text++)
		port = port * 10 + (unsigned)(*text - '0');
	return port <= 65535 ? port : 0;
}

static bool is_hub(const char *host)
{
	static const char *const names[] = { REGISTRY_HUB, "index.docker.io",
					     "registry-1.docker.io" };

	for (size_t i = 0; i < array_len(names); i++)
		if (strcmp(host, names[i]) == 0)
			return true;
	return false;
}

/* Appends "host[:port]". authority is changed. */
static bool add_authority(struct buf *name, char *authority, bool http)
{
	char *end = authority[0] == '[' ? strchr(authority, ']') : authority;
	char *colon = end ? strchr(end, ':') : NULL;
	unsigned port = 0;

	ascii_make_lower(authority);
	if (colon) {
		*colon = '\0';
		port = read_port(colon + 1);
		if (!port)
			return false;
	}
	if (!host_is_valid(authority, strlen(authority)))
		return false;
	if (port == (http ? 80 : 443))
		port = 0;
	buf_str(name, !http && !port && is_hub(authority) ? REGISTRY_HUB : authority);
	if (port)
		buf_fmt(name, ":%u", port);
	return true;
}

static bool is_segment(const char *text, size_t len, const char *word)
{
	return strlen(word) == len && strncmp(text, word, len) == 0;
}

/* Appends "/a/b" for "//a/b/", and nothing for "/v2/". */
static bool add_path(struct buf *name, const char *path)
{
	size_t before = name->len, count = 0;

	for (path += strspn(path, "/"); *path; path += strspn(path, "/")) {
		size_t len = strcspn(path, "/");

		if (is_segment(path, len, ".") || is_segment(path, len, ".."))
			return false;
		buf_char(name, '/');
		buf_add(name, path, len);
		path += len;
		count++;
	}
	if (count == 1 &&
	    (strcmp(name->data + before, "/v1") == 0 || strcmp(name->data + before, "/v2") == 0))
		name->data[name->len = before] = '\0';
	return true;
}

static bool read_name(struct buf *name, const char *text, struct registry_key *key)
{
	bool http = false;

	key->has_scheme = true;
	if (begins(&text, HTTP))
		http = true;
	else if (!begins(&text, "https://") && !begins(&text, "//"))
		key->has_scheme = false;
	if (http)
		buf_str(name, HTTP);
	if (!is_plain(text))
		return false;
	scoped_str authority = xstrndup(text, strcspn(text, "/"));
	const char *path = text + strlen(authority);

	if (!add_authority(name, authority, http))
		return false;
	key->host_len = name->len;
	return add_path(name, path);
}

void registry_key_read(struct registry_key *out, const char *text)
{
	struct registry_key key = { .raw = xstrdup(text) };
	scoped_buf name;

	buf_init(&name, SIZE_MAX);
	if (strlen(text) <= REGISTRY_KEY_MAX && read_name(&name, text, &key)) {
		key.name = buf_take(&name);
	} else {
		key.name = xstrdup(text);
		key.host_len = strlen(text);
		key.opaque = true;
		key.has_scheme = false;
	}
	*out = key;
}

void registry_key_release(struct registry_key *key)
{
	free(key->raw);
	free(key->name);
	*key = (struct registry_key){ 0 };
}

const char *registry_key_path(const struct registry_key *key)
{
	const char *path = key->name + key->host_len;

	return *path ? path + 1 : path;
}

bool registry_key_same_host(const struct registry_key *a, const struct registry_key *b)
{
	return a->opaque == b->opaque && a->host_len == b->host_len &&
	       memcmp(a->name, b->name, a->host_len) == 0;
}

bool registry_path_within(const char *prefix, const char *path)
{
	size_t len = strlen(prefix);

	return len == 0 || (strncmp(prefix, path, len) == 0 && (!path[len] || path[len] == '/'));
}

unsigned registry_key_rank(const struct registry_key *stored, const struct registry_key *asked)
{
	if (strcmp(stored->raw, asked->raw) == 0)
		return REGISTRY_RANK_RAW;
	if (!registry_key_same_host(stored, asked) || stored->opaque)
		return 0;
	if (strcmp(stored->name, asked->name) == 0)
		return REGISTRY_RANK_NAME;
	const char *path = registry_key_path(stored);

	if (asked->has_scheme || !registry_path_within(path, registry_key_path(asked)))
		return 0;
	return 1 + (unsigned)strlen(path);
}

bool registry_key_is_loopback(const struct registry_key *key)
{
	size_t scheme = strncmp(key->name, HTTP, strlen(HTTP)) == 0 ? strlen(HTTP) : 0;
	const char *start = key->name + scheme;
	size_t len = key->host_len - scheme;
	struct in_addr v4;

	if (key->opaque)
		return false;
	if (*start == '[')
		return len >= 5 && strncmp(start, "[::1]", 5) == 0;
	scoped_str host = xstrndup(start, len);

	host[strcspn(host, ":")] = '\0';
	return strcmp(host, "localhost") == 0 ||
	       (inet_pton(AF_INET, host, &v4) == 1 && ntohl(v4.s_addr) >> 24 == 127);
}
