/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What registries know of how our images came about: the base annotations of their manifests, and
 * BuildKit's provenance. The engine keeps neither. Asked only if a person wants it, since it takes
 * up to four requests for each image, each of which may count as a pull:
 *
 *  1. the manifest that is here, by its digest: annotations of an image; of an index, of its child
 * for our platform, then of itself
 *  2. and 3. the attestation manifest of that child, and its provenance
 *  4. the child's own manifest: annotations
 */
#ifndef PLUGINS_HYGIENE_BASE_ORIGIN_H
#define PLUGINS_HYGIENE_BASE_ORIGIN_H

#include "common/client/registry/ops.h"
#include "plugins/hygiene/base_list.h"

struct base_origin {
	struct base_claims *claims; /* per image of the snapshot */
	struct strings texts;       /* what they borrow */
};
void base_origin_release(struct base_origin *origin);
#define scoped_base_origin scoped(base_origin_release) struct base_origin

/* wanted: per image of the snapshot. What fails is not told: the other ways to find a base remain.
 * Errors: ERROR_CANCELLED; what was found until then is there. */
int base_origin_ask(struct base_origin *out, struct registry *registry,
		    const struct base_snapshot *snap, const bool *wanted, struct error *err)
	must_check;

#endif
