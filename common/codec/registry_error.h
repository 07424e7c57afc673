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
	X(TAG_EXPIRED, "TAG_EXPIRED") /* Quay */           \
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

/* How a request ended, whoever ended it; the word is what JSON and tables say. */
#define REGISTRY_OUTCOMES(X)                                                                       \
	X(OK, "ok")               /* 2xx, and 304 */                                               \
	X(NOT_FOUND, "not-found") /* 404: no such repository, tag or digest, or may not see */     \
	X(UNAUTHORIZED, "unauthorized") /* 401: credentials are missing, wrong, or may not */      \
	X(DENIED, "denied")             /* 403 */                                                  \
	X(RATE_LIMITED, "rate-limited") /* 429, or 503 with Retry-After; retry_at where told */    \
	X(UNREACHABLE, "unreachable") /* no connection, no name, TLS refused, no answer in time */ \
	X(UNSUPPORTED, "unsupported") /* 405, 501: it does not do this */                          \
	X(TOO_LARGE, "too-large")     /* more than the limit */                                    \
	X(PROTOCOL, "protocol")       /* an answer that the protocol does not allow */             \
	X(FAILED, "failed")           /* 5xx, and any other 4xx */                                 \
	X(CANCELLED, "cancelled")
enum registry_outcome {
#define REGISTRY_OUTCOME_ENUM(name, word) REGISTRY_##name,
	REGISTRY_OUTCOMES(REGISTRY_OUTCOME_ENUM)
#undef REGISTRY_OUTCOME_ENUM
		REGISTRY_OUTCOME_COUNT
};
const char *registry_outcome_name(enum registry_outcome outcome);

/* Whether one may push, as trying it has shown. */
#define REGISTRY_PUSHES(X)                                                                       \
	X(YES, "yes")             /* the upload was opened (202) */                              \
	X(NO, "no")               /* 401, 403 with the credentials of this user */               \
	X(READ_ONLY, "read-only") /* the registry, or this mirror, takes nothing from anybody */ \
	X(UNKNOWN, "unknown")     /* everything else: 404, 429, 5xx, no answer */
enum registry_push {
#define REGISTRY_PUSH_ENUM(name, word) REGISTRY_PUSH_##name,
	REGISTRY_PUSHES(REGISTRY_PUSH_ENUM)
#undef REGISTRY_PUSH_ENUM
};
const char *registry_push_name(enum registry_push push);

/*
 * Of an answer, by status and body; head: it was a HEAD, which has none. Vendors differ: a rate
 * limit may come as 403 or 503 with TOOMANYREQUESTS; registry.redhat.io says "Not found" in plain
 * text or with the code "404", Harbor with NOT_FOUND, Quay with TAG_EXPIRED. A 404 is NOT_FOUND
 * where the registry says so, or for HEAD; one of a web server or a proxy ("404 page not found",
 * HTML, nothing) is PROTOCOL: something else answers at this address. So is a redirect, which is
 * for who follows it.
 */
enum registry_outcome registry_error_outcome(const struct registry_error *error, long status,
					     bool head);

#endif
