/* SPDX-License-Identifier: Apache-2.0 */
#include "common/codec/manifest.h"

#include <limits.h>
#include <string.h>

#define ATTESTED "vnd.docker.reference.digest"
#define KIND     "vnd.docker.reference.type"

static bool is_word(const char *text, const char *word)
{
	return text && strcmp(text, word) == 0;
}

bool descriptor_is_attestation(const struct descriptor *child)
{
	return is_word(api_label_get(&child->annotations, KIND), "attestation-manifest") ||
	       (is_word(child->platform.os, "unknown") &&
		is_word(child->platform.architecture, "unknown"));
}

const char *descriptor_attested(const struct descriptor *child)
{
	const char *digest = api_label_get(&child->annotations, ATTESTED);

	return digest && *digest ? digest : NULL;
}

/* A child without a media type is one of an old index, and a manifest. */
static bool is_manifest(const struct descriptor *child)
{
	enum manifest_kind kind;

	return !child->media_type || manifest_kind_find(child->media_type, &kind);
}

/* 0: not at all; what tells no platform comes last. */
static unsigned rank(const struct descriptor *child, const struct platform *want)
{
	if (descriptor_is_attestation(child) || !is_manifest(child))
		return 0;
	return child->has_platform ? platform_rank(want, &child->platform) : UINT_MAX;
}

const struct descriptor *manifest_choose(const struct manifest *index, const struct platform *want)
{
	const struct descriptor *best = NULL;
	unsigned best_rank = 0;

	if (!manifest_kind_is_index(index->kind))
		return NULL;
	for (size_t i = 0; i < index->parts.count; i++) {
		unsigned found = rank(&index->parts.items[i], want);

		if (found && (!best || found < best_rank)) {
			best = &index->parts.items[i];
			best_rank = found;
		}
	}
	return best;
}
