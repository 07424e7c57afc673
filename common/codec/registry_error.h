/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a registry says when it refuses: {"errors": [{"code", "message", "detail"}]}
 * (distribution-spec), or whatever its vendor or a proxy before it thought of. Pure, and total.
 */
#ifndef COMMON_CODEC_REGISTRY_ERROR_H
#define COMMON_CODEC_REGISTRY_ERROR_H

#include <stdbool.h>
#include <stddef.h>

#include "common/base/attr.h"

#define REGISTRY_ERROR_MAX     ((size_t)64 << 10) /* bytes that are looked at */
#define REGISTRY_ERROR_MESSAGE 256                /* with the NUL */

#define REGISTRY_CODES(X)                                  \
	X(NONE, "")  /* the body is none of the spec's */  \
	X(OTHER, "") /* a code that is not listed */       \
	X(BLOB_UNKNOWN, "BLOB_UNKNOWN")                    \
	X(BLOB_UPLOAD_INVALID, "BLOB_UPLOAD_INVALID")      \
	X(BLOB_UPLOAD_UNKNOWN, "BLOB_UPLOAD_UNKNOWN")      \
	X(DENIED, "DENIED")                                \
	X(DIGEST_INVALID, "DIGEST_INVALID")                \
	X(MANIFEST_BLOB_UNKNOWN, "MANIFEST_BLOB_UNKNOWN")  \
	X(MANIFEST_INVALID, "MANIFEST_INVALID")            \
	X(MANIFEST_UNKNOWN, "MANIFEST_UNKNOWN")            \
	X(NAME_INVALID, "NAME_INVALID")                    \
	X(NAME_UNKNOWN, "NAME_UNKNOWN")                    \
	X(NOT_FOUND, "NOT_FOUND") /* Harbor */             \
	X(PAGINATION_INVALID, "PAGINATION_NUMBER_INVALID") \
	X(SIZE_INVALID, "SIZE_INVALID")                    \
	X(TAG_INVALID, "TAG_INVALID")                      \
	X(TOO_MANY_REQUESTS, "TOOMANYREQUESTS")            \
	X(UNAUTHORIZED, "UNAUTHORIZED")                    \
	X(UNAVAILABLE, "UNAVAILABLE")                      \
	X(UNKNOWN, "UNKNOWN") /* "unknown error" */        \
	X(UNSUPPORTED, "UNSUPPORTED")
enum registry_code {
#define REGISTRY_ENUM(code, name) REGISTRY_CODE_##code,
	REGISTRY_CODES(REGISTRY_ENUM)
#undef REGISTRY_ENUM
};

struct registry_error {
	enum registry_code code; /* of the first error that has one, else of the first */
	bool not_found;          /* its own words say so, where its code does not */
	/* One printable line: "CODE: message", what of it is told, or the text of the body ("" for
	 * HTML and what is no text). Cut, with "…". */
	char message[REGISTRY_ERROR_MESSAGE];
};
/* The body of an answer that is no success; may be empty (HEAD). Those of token endpoints are read
 * too (RFC 6749 §5.2, Docker Hub's "details"), as far as their message. */
void registry_error_read(struct registry_error *out, const char *data, size_t len);

/* What an answer means for the thing that was asked for. */
enum registry_verdict {
	REGISTRY_SAYS_OK,   /* 2xx */
	REGISTRY_SAYS_GONE, /* this registry has no such manifest, tag, blob or repository */
	REGISTRY_SAYS_UNAUTHORIZED, /* who asks is not known, or a private thing is hidden */
	REGISTRY_SAYS_DENIED,       /* is known, and may not */
	REGISTRY_SAYS_RATE_LIMITED, /* too many requests; later */
	REGISTRY_SAYS_UNAVAILABLE,  /* trouble of its own; later */
	REGISTRY_SAYS_UNSUPPORTED,  /* does not do such things (read-only, a mirror) */
	REGISTRY_SAYS_UNCLEAR       /* nothing can be concluded */
};
/*
 * By status and body; head: it was a HEAD, which has none. Vendors differ: a rate limit may come as
 * 403 or 503 with TOOMANYREQUESTS; registry.redhat.io says "Not found" in plain text or with the
 * code "404", Harbor with NOT_FOUND. A 404 is GONE where the registry says so, or for HEAD; one of
 * a web server or a proxy ("404 page not found", HTML, nothing) is UNCLEAR.
 */
enum registry_verdict registry_error_verdict(const struct registry_error *error, long status,
					     bool head);

#endif
