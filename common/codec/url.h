/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http:// and https:// addresses (RFC 3986), read so strictly that no other reader can take them
 * for another host's: no user, no backslashes, blanks, controls, quotes or bytes that are not
 * ASCII, no escapes in the host, no host that others take for an address ("127.1", "0x7f000001",
 * "2130706433"), no zone. What is sent is url_format()'s text, never the one that was parsed. Pure.
 */
#ifndef COMMON_CODEC_URL_H
#define COMMON_CODEC_URL_H

#include <stdbool.h>

#include "common/base/buf.h"
#include "common/base/error.h"

#define URL_MAX (16 << 10) /* bytes of a text */

/* Owns its strings. Zeroed it may be released. */
struct url {
	bool https;
	char *host;  /* lower case; a version 6 address in RFC 5952's form, no brackets */
	int port;    /* 1 to 65535: the scheme's (443, 80) where none is written */
	char *path;  /* as it came, "." and ".." taken out; begins with "/" */
	char *query; /* behind "?", as it came; NULL: no "?" */
};

/* An absolute address. A fragment is refused. Errors: ERROR_INPUT. */
int url_parse(struct url *out, const char *text, struct error *err) must_check;
/* The same, and https. */
int url_parse_https(struct url *out, const char *text, struct error *err) must_check;
/*
 * A reference of any kind ("?a", "b", "/c", "//host/d", "https://host/e") from base (RFC 3986
 * §5.2.2), as Location and Link have them. Its fragment is left out. Errors: ERROR_INPUT.
 */
int url_resolve(struct url *out, const struct url *base, const char *reference, struct error *err)
	must_check;
void url_release(struct url *url);
#define scoped_url scoped(url_release) struct url

/* "https://host:8443/path?query"; the scheme's own port is left out. Owned. */
char *url_format(const struct url *url) must_check;
/* "https://host:8443" / "host:8443", as a registry is named; brackets where needed. Owned. */
char *url_origin(const struct url *url) must_check;
char *url_authority(const struct url *url) must_check;

/* Scheme, host and port are the same. */
bool url_same_origin(const struct url *a, const struct url *b);
/* The host is the same, whatever the scheme and port. */
bool url_same_host(const struct url *a, const struct url *b);
/* https at its own port, and the host lies below the domain ("a.example.com", "example.com"). */
bool url_is_below(const struct url *url, const char *domain);

/*
 * Appends name=value to the query of the address in out, "?" or "&" in front; all of value but
 * RFC 3986's unreserved characters is escaped. name is our own.
 */
void url_add_query(struct buf *out, const char *name, const char *value);
/* Appends value with the same escapes. */
void url_add_escaped(struct buf *out, const char *value);

#endif
