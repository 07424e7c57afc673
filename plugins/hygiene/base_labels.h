/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What `base build` stamps on the base images that it makes, beside the standard's own
 * org.opencontainers.image.base.name and .digest (of what they were built FROM). An image built on
 * one of them inherits all of these: so it tells for good which build it stands on, wherever it is.
 */
#ifndef PLUGINS_HYGIENE_BASE_LABELS_H
#define PLUGINS_HYGIENE_BASE_LABELS_H

#include <stdbool.h>
#include <stdint.h>

#include "common/codec/api.h"

#define BASE_LABEL_PREFIX "io.github.docker-hygiene.base."
/* The reference that people build FROM, as docker shows it: "company/python:latest". */
#define BASE_LABEL_NAME   BASE_LABEL_PREFIX "name"
/* When it was built: RFC 3339, UTC. With the name it names the build. */
#define BASE_LABEL_BUILT  BASE_LABEL_PREFIX "built"
/* sha256 over what went in besides its own base. */
#define BASE_LABEL_INPUTS BASE_LABEL_PREFIX "inputs"
/* Every image that its Dockerfile used, as "name:tag@digest" in full, sorted, with blanks between.
 * For one that another recipe makes, the digest is the ID of that build. */
#define BASE_LABEL_USES   BASE_LABEL_PREFIX "uses"

/* BASE_LABEL_BUILT; TIME_NONE: not told. */
int64_t base_built_at(const struct api_image *image);
/* Whether both have the stamp of one build: its name and its time. */
bool base_same_stamp(const struct api_image *a, const struct api_image *b);

#endif
