/* SPDX-License-Identifier: Apache-2.0 */
/* The tree of layers, as the two files that make it share it. */
#ifndef PLUGINS_HYGIENE_LAYERS_INTERNAL_H
#define PLUGINS_HYGIENE_LAYERS_INTERNAL_H

#include "plugins/hygiene/layers.h"

#define NO_NODE UINT32_MAX

/* The diff ID of a tar without entries: a layer that holds nothing. */
#define EMPTY_DIFF_ID "sha256:5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef"

/* A layer on top of its parent. */
struct node {
	uint32_t parent;  /* NO_NODE: lowest */
	uint32_t diff;    /* number of its diff ID */
	uint32_t holders; /* layers on top of it, and images that end at it */
	uint32_t entries; /* history entries with bytes that it stands for; valid if solved */
	bool solved;      /* min and max are what it holds, exactly */
	int64_t min, max; /* bytes; max INT64_MAX: nothing known yet */
};

struct held {
	uint32_t leaf; /* highest layer; NO_NODE: none known */
	bool there;    /* not taken out yet */
	int64_t own;   /* bytes beside the layers, upper end (the lower one is 0) */
};

struct layers {
	const struct snapshot *snap;
	struct {
		struct node *items;
		size_t count, room;
	} nodes;
	struct held *images;
	size_t empty_diff; /* number of EMPTY_DIFF_ID; MAP_NONE if no image has it */
};

/* Sets min and max of every node, from history. */
void layers_size(struct layers *l);

/* Sums of sizes from outside clamp instead of overflowing. */
static inline int64_t add_bytes(int64_t a, int64_t b)
{
	int64_t sum;

	return __builtin_add_overflow(a, b, &sum) ? INT64_MAX : sum;
}

#endif
