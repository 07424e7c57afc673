/* SPDX-License-Identifier: Apache-2.0 */
#include "common/codec/hostport.h"

#include <stdbool.h>
#include <string.h>

#include "common/codec/printable.h"

#define ALNUM "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define NAME  ALNUM ".-_"
#define V6    "0123456789abcdefABCDEF:."

/* Whether all of text is of these characters, and there is any. */
static bool is_of(const char *text, size_t len, const char *characters)
{
	return len > 0 && strspn(text, characters) >= len;
}

static bool is_v6(const char *text, size_t len)
{
	const char *zone = memchr(text, '%', len);
	size_t address = zone ? (size_t)(zone - text) : len;

	if (zone && !is_of(zone + 1, len - address - 1, NAME))
		return false;
	return is_of(text, address, V6) && memchr(text, ':', address);
}

static bool read_port(const char *text, int *out)
{
	int port = 0;

	if (!*text || strlen(text) > 5)
		return false;
	for (; *text; text++) {
		if (*text < '0' || *text > '9')
			return false;
		port = port * 10 + (*text - '0');
	}
	*out = port;
	return port >= 1 && port <= 65535;
}

/* Where the host is, and what follows it. */
static bool split(const char *text, const char **host, size_t *len, const char **rest)
{
	const char *colon = strchr(text, ':');

	*host = text;
	if (*text == '[') {
		*host = text + 1;
		*rest = strchr(text, ']');
		if (!*rest)
			return false;
		*len = (size_t)((*rest)++ - *host);
		return is_v6(*host, *len);
	}
	/* Two colons: an address without brackets, and then without a port. */
	if (colon && strchr(colon + 1, ':')) {
		*len = strlen(text);
		*rest = text + *len;
		return is_v6(*host, *len);
	}
	*rest = colon ? colon : text + strlen(text);
	*len = (size_t)(*rest - text);
	return is_of(*host, *len, NAME) && **host != '-' && **host != '.';
}

int host_port_parse(struct host_port *out, const char *text, int fallback, struct error *err)
{
	struct host_port found = { .port = fallback };
	char shown[PRINTABLE_SHORT];
	const char *host, *rest;
	size_t len;

	if (!split(text, &host, &len, &rest) || len >= sizeof(found.host) ||
	    (*rest && (*rest != ':' || !read_port(rest + 1, &found.port))))
		return error_set(err, ERROR_USAGE, 0,
				 "\"%s\" is no host like time.example.com, 192.0.2.1:123 or "
				 "[2001:db8::1]:123",
				 printable_short(shown, text));
	memcpy(found.host, host, len);
	*out = found;
	return 0;
}
