/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Manifests and indexes: Docker's schema 2 and list, OCI's manifest and index
 * (image-spec/manifest.md, image-index.md). Pure. Whether the bytes have the digest that was asked
 * for is digest_stream.h's.
 */
#ifndef COMMON_CODEC_MANIFEST_H
#define COMMON_CODEC_MANIFEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/error.h"
#include "common/codec/api.h"
#include "common/codec/platform.h"

#define MANIFEST_MAX             ((size_t)4 << 20) /* bytes: what registries take, too */
#define MANIFEST_DESCRIPTORS_MAX 4096              /* layers, or children */
#define MANIFEST_ANNOTATIONS_MAX 1024              /* in one place */

/* kind, media type, is an index */
#define MANIFEST_KINDS(X)                                                                 \
	X(OCI_INDEX, "application/vnd.oci.image.index.v1+json", true)                     \
	X(OCI_IMAGE, "application/vnd.oci.image.manifest.v1+json", false)                 \
	X(DOCKER_LIST, "application/vnd.docker.distribution.manifest.list.v2+json", true) \
	X(DOCKER_IMAGE, "application/vnd.docker.distribution.manifest.v2+json", false)
enum manifest_kind {
#define MANIFEST_ENUM(kind, type, index) MANIFEST_##kind,
	MANIFEST_KINDS(MANIFEST_ENUM)
#undef MANIFEST_ENUM
};
const char *manifest_media_type(enum manifest_kind kind);
/* By a Content-Type or mediaType: parameters and case do not count. False: none of these. */
bool manifest_kind_find(const char *media_type, enum manifest_kind *out);
bool manifest_kind_is_index(enum manifest_kind kind);
/* The value of Accept for all of them. */
extern const char *const manifest_accept;

struct descriptor {
	char *media_type;
	char *digest; /* valid (reference.h); NULL: there is no descriptor */
	int64_t size; /* bytes, 0 or more */
	bool has_platform;
	struct platform platform;
	char *artifact_type; /* NULL: not told */
	struct api_labels annotations;
};

struct manifest {
	enum manifest_kind kind;
	char *artifact_type;
	struct descriptor config;  /* of images */
	struct descriptor subject; /* what it is about: signatures, SBOMs */
	struct {
		struct descriptor
			*items; /* layers (lowest first) of an image, children of an index */
		size_t count, room;
	} parts;
	struct api_labels annotations;
};

/*
 * content_type: of the reply; NULL, "" or one that is no manifest's ("text/plain") where it says
 * nothing. What kind it is comes from the body's mediaType, else from content_type, else from the
 * members that only one kind has. Errors: ERROR_LIMIT (bytes, counts); ERROR_UNSUPPORTED
 * (schema 1, another media type); ERROR_INPUT: no JSON, a key twice, schemaVersion is not 2,
 * mediaType is not content_type, the members of an image and of an index together, a digest that is
 * none, a size below 0 or absent, a type that is wrong.
 */
int manifest_parse(struct manifest *out, const char *data, size_t len, const char *content_type,
		   struct error *err) must_check;
void manifest_release(struct manifest *manifest);
#define scoped_manifest scoped(manifest_release) struct manifest

/* Leaves the children of one artifact type; of one that has none, its media type counts. */
void manifest_keep_type(struct manifest *index, const char *artifact_type);
/* Moves the children of an index behind those of another. from is released. */
void manifest_append(struct manifest *to, struct manifest *from);

#define ANNOTATION_BASE_NAME   "org.opencontainers.image.base.name"
#define ANNOTATION_BASE_DIGEST "org.opencontainers.image.base.digest"

/*
 * Not an image to run, but what BuildKit says about one: platform unknown/unknown, or
 * "vnd.docker.reference.type: attestation-manifest". About which: its digest, NULL if not told.
 */
bool descriptor_is_attestation(const struct descriptor *child);
const char *descriptor_attested(const struct descriptor *child);

/*
 * The child of an index that runs best on want (platform_rank()), of equals the first; one that
 * tells no platform is the last choice. Attestations and children that are no manifests are left
 * out. NULL: none.
 */
const struct descriptor *manifest_choose(const struct manifest *index, const struct platform *want);

#endif
