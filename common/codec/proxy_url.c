/* SPDX-License-Identifier: Apache-2.0 */
#include "common/codec/proxy_url.h"

#include <string.h>
#include <strings.h>

#include "common/base/alloc.h"

static const struct {
	const char *begins;
	int port;
} schemes[] = { { "http://", 80 }, { "https://", 443 } };

/* Where the authority begins; *port is its scheme's. */
static const char *skip_scheme(const char *text, int *port)
{
	*port = strstr(text, "://") ? 0 : 80;
	for (size_t i = 0; i < array_len(schemes); i++) {
		size_t len = strlen(schemes[i].begins);

		if (strncasecmp(text, schemes[i].begins, len) == 0) {
			*port = schemes[i].port;
			return text + len;
		}
	}
	return text;
}

char *proxy_url(const char *text)
{
	int port;
	const char *authority = skip_scheme(text, &port);
	size_t len = strcspn(authority, "/?#");
	const char *end = authority + len, *host = authority, *at = authority;

	/* A password may hold anything but this. */
	while ((at = memchr(at, '@', (size_t)(end - at))))
		host = ++at;
	const char *bracket = memchr(host, ']', (size_t)(end - host));
	const char *tail = bracket ? bracket : host;

	if (!port || host == end || memchr(tail, ':', (size_t)(end - tail)))
		return xstrdup(text);
	return xasprintf("%.*s:%d%s", (int)(end - text), text, port, end);
}
