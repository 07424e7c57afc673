/* SPDX-License-Identifier: Apache-2.0 */
#include "common/codec/url.h"

#include <arpa/inet.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "common/base/alloc.h"
#include "common/codec/ascii.h"
#include "common/codec/printable.h"

#define DIGITS     "0123456789"
#define LETTERS    "abcdefghijklmnopqrstuvwxyz"
#define UPPER      "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define UNRESERVED DIGITS LETTERS UPPER "-._~"
#define BOTH       "http:// or https://"
#define HOST_MAX   255 /* as in hostport.h */

static const struct scheme {
	const char *name;
	bool https;
} schemes[] = { { "https", true }, { "http", false } };

static int own_port(const struct url *url)
{
	return url->https ? 443 : 80;
}

/* What no other reader may take for a delimiter, and all that is not visible ASCII. */
static bool is_plain(const char *text)
{
	for (; *text; text++)
		if (*text <= ' ' || *text > '~' || strchr("\"<>\\^`{|}", *text))
			return false;
	return true;
}

/* --- Host and port. */

/* Digits, 1 to 65535. 0: it is none. */
static int read_port(const char *text)
{
	int port = 0;
	size_t len = strlen(text);

	if (!len || len > 5 || strspn(text, DIGITS) != len)
		return 0;
	for (; *text; text++)
		port = port * 10 + (*text - '0');
	return port <= 65535 ? port : 0;
}

/* Others read a host whose last label is a number as an address, whatever it looks like: it must
 * be one as everybody writes it. */
static bool is_number_like(const char *host)
{
	const char *dot = strrchr(host, '.');
	const char *last = dot ? dot + 1 : host;
	size_t len = strlen(last);

	if (last[0] == '0' && (last[1] == 'x' || last[1] == 'X'))
		return strspn(last + 2, DIGITS "abcdefABCDEF") == len - 2;
	return strspn(last, DIGITS) == len;
}

static bool is_name(const char *host)
{
	struct in_addr v4;
	size_t len = strlen(host);

	if (!len || len > HOST_MAX || strspn(host, DIGITS LETTERS ".-_") != len || host[0] == '.' ||
	    host[0] == '-' || strstr(host, ".."))
		return false;
	/* A dot may end a name; what is before it counts. */
	scoped_str name = xstrndup(host, host[len - 1] == '.' ? len - 1 : len);

	return !is_number_like(name) || inet_pton(AF_INET, host, &v4) == 1;
}

/* A version 6 address in its one form (RFC 5952). NULL: it is none. */
static char *read_address(const char *host)
{
	struct in6_addr v6;
	char text[INET6_ADDRSTRLEN];

	if (inet_pton(AF_INET6, host, &v6) != 1 || !inet_ntop(AF_INET6, &v6, text, sizeof(text)))
		return NULL;
	return xstrdup(text);
}

/* "host", "host:port", "[v6]:port". authority is changed. */
static bool read_authority(struct url *url, char *authority)
{
	bool bracket = authority[0] == '[';
	char *host = authority + bracket;
	char *end = bracket ? strchr(authority, ']') : authority + strcspn(authority, ":");

	if (!end)
		return false;
	char *rest = end + bracket;

	url->port = own_port(url);
	if (*rest && *rest != ':')
		return false;
	/* A colon with nothing behind it is the scheme's port (RFC 3986 §3.2.3). */
	if (*rest && rest[1]) {
		url->port = read_port(rest + 1);
		if (!url->port)
			return false;
	}
	*end = '\0';
	ascii_make_lower(host);
	if (bracket)
		url->host = read_address(host);
	else if (is_name(host))
		url->host = xstrdup(host);
	return url->host != NULL;
}

/* --- Paths. */

static bool is_segment(const char *text, size_t len, const char *word)
{
	return strlen(word) == len && strncmp(text, word, len) == 0;
}

/* RFC 3986 §5.2.4, also where the dots are written as %2e, which others undo. */
static bool is_dots(const char *segment, size_t len, bool *two)
{
	static const char *const one_dot[] = { ".", "%2e", "%2E" };
	static const char *const two_dots[] = { "..",     ".%2e",   ".%2E",   "%2e.",  "%2E.",
						"%2e%2e", "%2e%2E", "%2E%2e", "%2E%2E" };

	*two = false;
	for (size_t i = 0; i < array_len(one_dot); i++)
		if (is_segment(segment, len, one_dot[i]))
			return true;
	for (size_t i = 0; i < array_len(two_dots); i++)
		if (is_segment(segment, len, two_dots[i]))
			return *two = true;
	return false;
}

static void remove_last(struct buf *path)
{
	while (path->len && path->data[path->len - 1] != '/')
		path->len--;
	if (path->len)
		path->len--;
	path->data[path->len] = '\0';
}

/* path begins with "/" or is empty. */
static char *without_dots(const char *path)
{
	scoped_buf out;

	buf_init(&out, SIZE_MAX);
	while (*path) {
		size_t len = strcspn(path + 1, "/");
		bool last = !path[1 + len], two;

		if (!is_dots(path + 1, len, &two)) {
			buf_add(&out, path, 1 + len);
		} else {
			if (two)
				remove_last(&out);
			if (last)
				buf_char(&out, '/');
		}
		path += 1 + len;
	}
	if (!out.len)
		buf_char(&out, '/');
	return buf_take(&out);
}

/* "/a/b?c" of an address. */
static void read_rest(struct url *url, const char *text)
{
	size_t len = strcspn(text, "?");
	scoped_str path = xstrndup(text, len);

	url->path = without_dots(path);
	if (text[len])
		url->query = xstrdup(text + len + 1);
}

/* --- Whole addresses. */

static int refuse(const char *text, const char *wanted, struct error *err)
{
	char shown[PRINTABLE_SHORT];

	return error_set(err, ERROR_INPUT, 0, "\"%s\" is no %s address",
			 printable_short(shown, text), wanted);
}

/* The scheme at the beginning of text, and what follows its colon. NULL: another one, or none. */
static const struct scheme *find_scheme(const char *text, const char **rest)
{
	for (size_t i = 0; i < array_len(schemes); i++) {
		size_t len = strlen(schemes[i].name);

		if (strncasecmp(text, schemes[i].name, len) == 0 && text[len] == ':') {
			*rest = text + len + 1;
			return &schemes[i];
		}
	}
	return NULL;
}

/* "//host/path?query", and https is known. */
static bool read_network_path(struct url *url, const char *text)
{
	if (strncmp(text, "//", 2) != 0)
		return false;
	text += 2;
	size_t len = strcspn(text, "/?");
	scoped_str authority = xstrndup(text, len);

	if (!read_authority(url, authority))
		return false;
	read_rest(url, text + len);
	return true;
}

static bool read_absolute(struct url *url, const char *text)
{
	const char *rest;
	const struct scheme *scheme = find_scheme(text, &rest);

	if (!scheme)
		return false;
	url->https = scheme->https;
	return read_network_path(url, rest);
}

static bool is_short(const char *text)
{
	return strnlen(text, URL_MAX + 1) <= URL_MAX;
}

static bool read_whole(struct url *url, const char *text)
{
	return is_short(text) && is_plain(text) && !strchr(text, '#') && read_absolute(url, text);
}

int url_parse(struct url *out, const char *text, struct error *err)
{
	scoped_url url = { 0 };

	if (!read_whole(&url, text))
		return refuse(text, BOTH, err);
	*out = take_value(url);
	return 0;
}

int url_parse_https(struct url *out, const char *text, struct error *err)
{
	scoped_url url = { 0 };

	if (!read_whole(&url, text) || !url.https)
		return refuse(text, "https://", err);
	*out = take_value(url);
	return 0;
}

/* A scheme of any kind: letters, then letters, digits, "+-." up to a colon. */
static bool has_scheme(const char *text)
{
	size_t len = strspn(text, LETTERS UPPER DIGITS "+-.");

	return len && text[len] == ':' && !strchr(DIGITS "+-.", text[0]);
}

/* The directory of base's path, and the reference's path behind it. */
static char *merge_paths(const struct url *base, const char *path, size_t len)
{
	size_t directory = (size_t)(strrchr(base->path, '/') + 1 - base->path);

	return xasprintf("%.*s%.*s", (int)directory, base->path, (int)len, path);
}

/* A reference without scheme and host. */
static void read_relative(struct url *url, const struct url *base, const char *text)
{
	size_t len = strcspn(text, "?");
	scoped_str path = NULL;

	url->host = xstrdup(base->host);
	url->port = base->port;
	if (text[len])
		url->query = xstrdup(text + len + 1);
	if (!len) {
		url->path = xstrdup(base->path);
		if (!text[len])
			url->query = xstrdup_null(base->query);
		return;
	}
	path = text[0] == '/' ? xstrndup(text, len) : merge_paths(base, text, len);
	url->path = without_dots(path);
}

int url_resolve(struct url *out, const struct url *base, const char *reference, struct error *err)
{
	scoped_url url = { .https = base->https };
	scoped_str text = NULL;
	bool ok = true;

	if (!is_short(reference) || !is_plain(reference))
		return refuse(reference, BOTH, err);
	text = xstrndup(reference, strcspn(reference, "#"));
	if (has_scheme(text))
		ok = read_absolute(&url, text);
	else if (strncmp(text, "//", 2) == 0)
		ok = read_network_path(&url, text);
	else
		read_relative(&url, base, text);
	if (!ok)
		return refuse(reference, BOTH, err);
	*out = take_value(url);
	return 0;
}

void url_release(struct url *url)
{
	free(url->host);
	free(url->path);
	free(url->query);
	*url = (struct url){ 0 };
}

/* --- Writing and comparing. */

char *url_authority(const struct url *url)
{
	bool v6 = strchr(url->host, ':');
	const char *open = v6 ? "[" : "", *close = v6 ? "]" : "";

	if (url->port == own_port(url))
		return xasprintf("%s%s%s", open, url->host, close);
	return xasprintf("%s%s%s:%d", open, url->host, close, url->port);
}

char *url_origin(const struct url *url)
{
	scoped_str authority = url_authority(url);

	return xasprintf("%s://%s", url->https ? "https" : "http", authority);
}

char *url_format(const struct url *url)
{
	scoped_str origin = url_origin(url);

	return xasprintf("%s%s%s%s", origin, url->path, url->query ? "?" : "",
			 url->query ? url->query : "");
}

bool url_same_host(const struct url *a, const struct url *b)
{
	return strcmp(a->host, b->host) == 0;
}

bool url_same_origin(const struct url *a, const struct url *b)
{
	return a->https == b->https && a->port == b->port && url_same_host(a, b);
}

bool url_is_below(const struct url *url, const char *domain)
{
	size_t len = strlen(url->host), below = strlen(domain);

	return url->https && url->port == own_port(url) && len > below + 1 &&
	       url->host[len - below - 1] == '.' &&
	       strcasecmp(url->host + len - below, domain) == 0;
}

void url_add_escaped(struct buf *out, const char *value)
{
	for (; *value; value++)
		if (strchr(UNRESERVED, *value))
			buf_char(out, *value);
		else
			buf_fmt(out, "%%%02X", (unsigned)(unsigned char)*value);
}

void url_add_query(struct buf *out, const char *name, const char *value)
{
	buf_fmt(out, "%c%s=", strchr(out->data, '?') ? '&' : '?', name);
	url_add_escaped(out, value);
}
