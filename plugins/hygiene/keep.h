/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Protections by name and label: which keep pattern or label filter speaks for an object. Pure.
 *
 * A pattern is matched against every name that a person could mean (keep.c lists them per kind). It
 * is matched against IDs only if it begins like one: "sha256:", or at least 12 letters or digits
 * before the first wildcard. Else "a*" would keep one object in sixteen by its random ID.
 */
#ifndef PLUGINS_HYGIENE_KEEP_H
#define PLUGINS_HYGIENE_KEEP_H

#include "common/codec/api.h"
#include "plugins/hygiene/policy.h"

/* The first rule that keeps the object; NULL: none does. */
const struct rule_text *keep_container(const struct rule_texts *keep,
				       const struct api_container *c);
const struct rule_text *keep_image(const struct rule_texts *keep, const struct api_image *image);
const struct rule_text *keep_volume(const struct rule_texts *keep, const struct api_volume *v);
const struct rule_text *keep_network(const struct rule_texts *keep, const struct api_network *n);
const struct rule_text *keep_cache(const struct rule_texts *keep, const struct api_cache *c);

/*
 * The first label filter that speaks for the object: a `label=` that it does not have, or a
 * `label!=` that it has. NULL: all of them let it go. Build cache has no labels (NULL).
 */
const struct rule_text *keep_by_labels(const struct rule_texts *filters,
				       const struct api_labels *labels);

/* Appends the repositories of its tags and digests as docker shows them, sorted, each once. */
void image_repositories(const struct api_image *image, struct strings *out);
/* The repository of one tag or digest reference, as docker shows it. Owned. */
char *reference_repository(const char *reference) must_check;

#endif
