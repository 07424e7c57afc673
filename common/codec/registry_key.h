/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the clients of credential helpers call a registry, made one name. The one written rule by
 * which pushgate matches (docs/internals/pushgate.md §2). Pure, and total: bytes in which no
 * registry can be read with certainty make an opaque key, which equals its own bytes and no more.
 *
 *  - https:// (and //) is left out, as is no scheme; http:// is kept, and is another registry.
 *  - The host is made lower case. The port of the scheme (:443, :80 of http) is left out; any other
 *    is kept, and is another registry (another origin: osxkeychain ignores it, we do not).
 *  - docker.io, index.docker.io and registry-1.docker.io are docker.io.
 *  - Slashes that end the path or follow another are left out; so is a path that is "v1" or "v2"
 * and no more. ".../v1/access-token" and ".../v1/refresh-token" stay keys of their own.
 *  - Opaque: another scheme, a user ("a@b"), a query or fragment, "%", "\", blanks, control and
 *    non-ASCII characters, "." and ".." in the path, no host, a port that is none, more than 4096
 *    bytes.
 */
#ifndef COMMON_CODEC_REGISTRY_KEY_H
#define COMMON_CODEC_REGISTRY_KEY_H

#include <stdbool.h>
#include <stddef.h>

#include "common/base/attr.h"

#define REGISTRY_KEY_MAX 4096
#define REGISTRY_HUB     "docker.io"

struct registry_key {
	char *raw;  /* as it came, what is compared first */
	char *name; /* "docker.io", "host:5000", "http://host", "host/org/app"; opaque: as raw */
	size_t host_len; /* of name without "/path": "http://host:5000"; opaque: all of it */
	bool opaque;
	bool has_scheme; /* "https://host/org" names this key only; "host/org" what it begins, too
			  */
};

/* text is a C string of any length. */
void registry_key_read(struct registry_key *out, const char *text);
void registry_key_release(struct registry_key *key);
#define scoped_registry_key scoped(registry_key_release) struct registry_key

/* The path within name ("org/app"), "" if there is none. Borrowed. */
const char *registry_key_path(const struct registry_key *key);
/* The same host, scheme and port, whatever the paths. Opaque keys: the same bytes. */
bool registry_key_same_host(const struct registry_key *a, const struct registry_key *b);

/*
 * How well an entry stored under `stored` answers who asks for `asked`; 0: not at all. The highest
 * one answers: the same bytes, then the same name, then (only where asked came without a scheme, as
 * crane, ko and cosign ask: "host/org/app") the longest stored path of whole segments that asked's
 * begins with, the host alone being the shortest.
 */
#define REGISTRY_RANK_NAME 100000 /* from here on it is the same registry and path */
#define REGISTRY_RANK_RAW  100001
unsigned registry_key_rank(const struct registry_key *stored, const struct registry_key *asked);

/* Whether path is within the prefix of whole segments: ("org", "org/app"), ("", anything). */
bool registry_path_within(const char *prefix, const char *path);

/* localhost, 127.0.0.0/8, [::1], with any port: what docker takes for its own machine. Opaque keys
 * are not. */
bool registry_key_is_loopback(const struct registry_key *key);

#endif
