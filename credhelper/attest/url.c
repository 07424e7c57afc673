/* SPDX-License-Identifier: Apache-2.0 */
#include "credhelper/attest/url.h"

#include <string.h>
#include <strings.h>

#include "common/base/alloc.h"
#include "common/codec/printable.h"

#define SCHEME     "https://"
#define HTTPS_PORT 443

static int broken(const char *text, struct error *err)
{
	char shown[PRINTABLE_SHORT];

	return error_set(err, ERROR_USAGE, 0, "\"%s\" is no https:// address",
			 printable_short(shown, text));
}

static bool is_plain(const char *text)
{
	for (; *text; text++)
		if (*text <= ' ' || *text > '~' || strchr("\"<>\\^`{|}#@", *text))
			return false;
	return true;
}

int url_read(struct url *out, const char *text, struct error *err)
{
	struct error why = ERROR_INIT;
	struct url url = { 0 };

	if (strncmp(text, SCHEME, strlen(SCHEME)) != 0 || !is_plain(text))
		return broken(text, err);
	const char *host = text + strlen(SCHEME);
	scoped_str authority = xstrndup(host, strcspn(host, "/?"));
	const char *colon = strchr(authority, ':');

	/* A version 6 address has its brackets, and no zone. */
	if (strchr(authority, '%') || (colon && strchr(colon + 1, ':') && authority[0] != '['))
		return broken(text, err);
	if (host_port_parse(&url.at, authority, HTTPS_PORT, &why) < 0)
		return broken(text, err);
	*out = url;
	return 0;
}

bool url_same_host(const struct url *a, const struct url *b)
{
	return a->at.port == b->at.port && strcasecmp(a->at.host, b->at.host) == 0;
}

bool url_is_below(const struct url *url, const char *domain)
{
	size_t len = strlen(url->at.host), below = strlen(domain);

	return url->at.port == HTTPS_PORT && len > below + 1 &&
	       url->at.host[len - below - 1] == '.' &&
	       strcasecmp(url->at.host + len - below, domain) == 0;
}

static bool is_unreserved(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
	       (c && strchr("-._~", c));
}

void url_add_query(struct buf *out, const char *name, const char *value)
{
	buf_fmt(out, "%c%s=", strchr(out->data, '?') ? '&' : '?', name);
	for (; *value; value++)
		if (is_unreserved(*value))
			buf_char(out, *value);
		else
			buf_fmt(out, "%%%02X", (unsigned)(unsigned char)*value);
}
