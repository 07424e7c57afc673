/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What BuildKit says that an image was made of: an in-toto statement (v0.1, v1) whose predicate is
 * SLSA provenance (v0.2: predicate.materials; v1: predicate.buildDefinition.resolvedDependencies),
 * as far as it names images. Pure.
 */
#ifndef COMMON_CODEC_PROVENANCE_H
#define COMMON_CODEC_PROVENANCE_H

#include <stdbool.h>
#include <stddef.h>

#include "common/base/error.h"

#define PROVENANCE_MAX        ((size_t)4 << 20) /* bytes */
#define PROVENANCE_IMAGES_MAX 1024

struct provenance_image {
	char *name;   /* as FROM has it: "python:3.11", "ghcr.io/a/b:1", "alpine@sha256:..." */
	char *digest; /* valid; NULL: not told */
};
struct provenance {
	struct {
		struct provenance_image *items;
		size_t count, room;
	} images; /* in their order, each once */
};

/* Errors: ERROR_LIMIT; ERROR_UNSUPPORTED: another statement or predicate; ERROR_INPUT: no JSON, a
 * type that is wrong. */
int provenance_parse(struct provenance *out, const char *data, size_t len, struct error *err)
	must_check;
void provenance_release(struct provenance *provenance);
#define scoped_provenance scoped(provenance_release) struct provenance

/* The predicate types that are read, as annotations of attestation manifests name them. */
bool provenance_is_type(const char *predicate_type);

/*
 * The base, where there is only one image that it could be: frontends (docker/dockerfile) and
 * scanners are tools, not parts. NULL: none, or several. Borrowed.
 */
const struct provenance_image *provenance_base(const struct provenance *provenance);

/*
 * "pkg:docker/python@3.11?platform=linux%2Famd64" to "python:3.11". A digest, as qualifier or
 * version, is one that FROM was pinned to: it goes into the name and to *digest, and no tag is made
 * up beside it. *digest is NULL where there is none that is valid. False: no image's, or not
 * readable. Owned.
 */
bool provenance_purl(const char *purl, char **name, char **digest);

#endif
