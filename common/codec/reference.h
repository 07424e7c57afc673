/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Image references, after the grammar and normalisation of distribution/reference: "nginx" is
 * docker.io/library/nginx:latest. A value owns its strings.
 */
#ifndef COMMON_CODEC_REFERENCE_H
#define COMMON_CODEC_REFERENCE_H

#include <stdbool.h>

#include "common/base/alloc.h"
#include "common/base/error.h"

struct reference {
	char *domain; /* "docker.io", "localhost:5000", "[::1]:5000" */
	char *path;   /* "library/nginx" */
	char *tag;    /* NULL if none was given */
	char *digest; /* "sha256:<64 hex>" (or sha384, sha512), NULL if none was given */
};

/*
 * Parses and normalises what a person typed or an engine sent. At most 4096 bytes; the path at most
 * 255, as in distribution/reference. Errors: ERROR_INPUT. A lone 64-hex ID is refused, as docker
 * does.
 */
int reference_parse(const char *s, struct reference *out, struct error *err) must_check;
void reference_release(struct reference *ref);
#define scoped_reference scoped(reference_release) struct reference

/* "docker.io/library/nginx" / as docker shows it: "nginx", "user/app", "host:5000/app". Owned. */
char *reference_full_name(const struct reference *ref) must_check;
char *reference_familiar_name(const struct reference *ref) must_check;

/* True for "sha256:<64 lower hex>", "sha384:<96>" and "sha512:<128>", the registered ones. */
bool digest_is_valid(const char *s);
/* True for "sha256:<64 lower hex>" and "<64 lower hex>". */
bool digest_is_sha256(const char *s);
/* The hex part of a digest or ID ("sha256:abc" -> "abc"); borrowed. */
const char *digest_hex(const char *id);

#endif
