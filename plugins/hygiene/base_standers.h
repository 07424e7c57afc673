/* SPDX-License-Identifier: Apache-2.0 */
/* Local images that stand on one whose tags have moved away. Pure. */
#ifndef PLUGINS_HYGIENE_BASE_STANDERS_H
#define PLUGINS_HYGIENE_BASE_STANDERS_H

#include "common/codec/api.h"
#include "plugins/hygiene/recipe.h"
#include "plugins/hygiene/tag_moves.h"

struct base_stander {
	char *image;    /* as docker shows it: "app:1" */
	char *base;     /* the name of what it stands on, the nearest of those replaced */
	bool dependent; /* the recipe file has it: --cascade builds it */
};
struct base_standers {
	struct base_stander *items;
	size_t count, room;
};
void base_standers_release(struct base_standers *list);

/*
 * images: inspected before the tags moved, since what has lost its last name may be in no list any
 * more. Builds of the recipes that moved, what the tags moved to, and names that moved are left
 * out.
 */
void base_standers_find(struct base_standers *out, const struct api_images *images,
			const struct tag_moves *moves, const struct recipes *recipes);

#endif
