/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which base an image was built on, and how that is known. Pure: what the engine told of its images
 * and what others say of one (its manifest's annotations, its provenance, a Dockerfile) come in.
 *
 * In this order, the first that says something counts:
 *  1. annotations of its own manifest: nobody inherits them
 *  2. provenance: what BuildKit recorded, where it names one image
 *  3. labels of `docker hygiene base build` (base_labels.h): inherited on purpose; on its own
 * images they say which of its other images these stand on
 *  4. the labels org.opencontainers.image.base.*, unless they are inherited: a local image with the
 *     same ones is the beginning of this one
 *  5. FROM of the Dockerfile that the person named
 *  6. layers: the local image with a name that has the most of this image's first layers, but not
 *     all of them: who shares all is the same image again. Names of one such image:
 * base_name_best()
 */
#ifndef PLUGINS_HYGIENE_BASE_FIND_H
#define PLUGINS_HYGIENE_BASE_FIND_H

#include <stdbool.h>
#include <stddef.h>

#include "common/base/map.h"
#include "common/codec/api.h"

#define BASE_NO_IMAGE ((size_t)-1)

#define BASE_FOUNDS(X)                \
	X(NOT, "-")                   \
	X(ANNOTATION, "annotation")   \
	X(PROVENANCE, "provenance")   \
	X(BUILD_LABEL, "build-label") \
	X(LABEL, "label")             \
	X(DOCKERFILE, "dockerfile")   \
	X(LAYERS, "layers")
enum base_found {
#define BASE_FOUND_ENUM(found, word) BASE_FOUND_##found,
	BASE_FOUNDS(BASE_FOUND_ENUM)
#undef BASE_FOUND_ENUM
		BASE_FOUND_COUNT
};
const char *base_found_word(enum base_found found);

/* The engine's images, and their layers as a tree. images is borrowed. */
struct base_images {
	const struct api_images *images;
	struct map nodes; /* "node:diff ID" to node */
	struct strings keys;
	size_t node_count;
	/* Per image: the node that its last layer is; BASE_NO_IMAGE: it has none. */
	size_t *ends;
	/* Per node: the one below it, and the first image that ends there; per image: the next. */
	size_t *below, *first, *next;
	struct map
		names; /* "docker.io/library/nginx:latest", "docker.io/library/nginx@sha256:..." */
};
void base_images_index(struct base_images *out, const struct api_images *images);
void base_images_release(struct base_images *known);
#define scoped_base_images scoped(base_images_release) struct base_images

/*
 * A name as the index has it, however it is written: "docker.io/library/nginx:latest" of "nginx",
 * with its digest instead of a tag if it has one. NULL: it is no reference. Owned.
 */
char *base_full_name(const char *name) must_check;

/* The image that a reference names here, by its digest if it has one; BASE_NO_IMAGE. */
size_t base_images_find(const struct base_images *known, const char *reference);

/*
 * The name by which to ask for an image: a tag before none, one of a repository that it has a
 * digest of before others, then the one that says most: more parts ("3.11.4-slim" of "3.11",
 * "latest" none), the longer, the first of the alphabet. "repo@sha256:..." where it has no tag.
 * NULL: no name. Borrowed.
 */
const char *base_name_best(const struct api_image *image);

/* What somebody says that an image was built on. Borrowed. name NULL: nothing. */
struct base_claim {
	const char *name;
	const char *digest; /* NULL: not told */
};
/* By ANNOTATION, PROVENANCE and DOCKERFILE; the others come from the image itself. */
struct base_claims {
	struct base_claim by[BASE_FOUND_COUNT];
};

/* What base build's labels tell without asking anybody. */
enum base_here {
	BASE_HERE_ASK,     /* nothing: ask */
	BASE_HERE_LATER,   /* a later build has the name here: this stands on an old one */
	BASE_HERE_OTHER,   /* what has the name here is no later build */
	BASE_HERE_MISSING, /* nothing has the name here */
};

struct base_of {
	enum base_found by;
	char *name;   /* as it was told; NULL if NOT */
	char *digest; /* of the base that it was built on; NULL: not known */
	size_t image; /* the local image that is that base; BASE_NO_IMAGE */
	enum base_here here;
};
/* Which base images->items[i] was built on. */
void base_find(struct base_of *out, const struct base_images *known, size_t i,
	       const struct base_claims *claims);
void base_of_release(struct base_of *base);

/* Whether a has layers, and they are the first ones of b. */
bool base_is_beginning(const struct api_image *a, const struct api_image *b);

#endif
