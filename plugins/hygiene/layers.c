/* SPDX-License-Identifier: Apache-2.0 */
#include "plugins/hygiene/layers.h"

#include "common/base/map.h"
#include "plugins/hygiene/layers_internal.h"

/* Edges of the tree, by (parent, diff): a plain hash table of node numbers. */
struct edges {
	uint32_t *slots;
	size_t room;
};

static size_t edge_hash(uint32_t parent, uint32_t diff)
{
	uint64_t h = ((uint64_t)parent << 32 | diff) * 0x9e3779b97f4a7c15u;

	return (size_t)(h ^ (h >> 31));
}

/* The slot where the edge is or belongs. */
static uint32_t *edge_find(const struct edges *edges, const struct layers *l, uint32_t parent,
			   uint32_t diff)
{
	size_t i = edge_hash(parent, diff) & (edges->room - 1);

	while (edges->slots[i] != NO_NODE) {
		const struct node *node = &l->nodes.items[edges->slots[i]];

		if (node->parent == parent && node->diff == diff)
			break;
		i = (i + 1) & (edges->room - 1);
	}
	return &edges->slots[i];
}

static void edges_grow(struct edges *edges, const struct layers *l)
{
	free(edges->slots);
	edges->room = edges->room ? edges->room * 2 : 64;
	edges->slots = xmalloc(edges->room * sizeof(*edges->slots));
	for (size_t i = 0; i < edges->room; i++)
		edges->slots[i] = NO_NODE;
	for (size_t i = 0; i < l->nodes.count; i++) {
		const struct node *node = &l->nodes.items[i];

		*edge_find(edges, l, node->parent, node->diff) = (uint32_t)i;
	}
}

static uint32_t child_of(struct layers *l, struct edges *edges, uint32_t parent, uint32_t diff)
{
	uint32_t *slot;
	struct node *node;

	if (l->nodes.count >= edges->room / 2)
		edges_grow(edges, l);
	slot = edge_find(edges, l, parent, diff);
	if (*slot != NO_NODE)
		return *slot;
	*slot = (uint32_t)l->nodes.count;
	node = array_add(&l->nodes);
	node->parent = parent;
	node->diff = diff;
	node->max = INT64_MAX;
	if (parent != NO_NODE)
		l->nodes.items[parent].holders++;
	return (uint32_t)l->nodes.count - 1;
}

/* Puts the image's chain into the tree; diffs numbers the diff IDs. */
static void add_image(struct layers *l, struct edges *edges, struct map *diffs, size_t i)
{
	const struct strings *ids = &l->snap->images.items[i].diff_ids;
	uint32_t node = NO_NODE;

	for (size_t j = 0; j < ids->count; j++) {
		size_t diff = map_put(diffs, ids->items[j], diffs->count);

		node = child_of(l, edges, node, (uint32_t)diff);
	}
	l->images[i].leaf = node;
	l->images[i].there = true;
	if (node != NO_NODE)
		l->nodes.items[node].holders++;
}

/*
 * True if a layer may be held by something that is not in the tree, so that no byte is certain to
 * go: by build cache, by an image that was not inspected, or by a container whose image was
 * deleted under it (its layers live on).
 */
static bool has_hidden_holders(const struct snapshot *snap)
{
	scoped_map ids;

	map_init(&ids);
	if (snap->may_have_cache)
		return true;
	for (size_t i = 0; i < snap->images.count; i++) {
		if (!snap->images.items[i].inspected)
			return true;
		map_put(&ids, snap->images.items[i].id, i);
	}
	for (size_t i = 0; i < snap->containers.count; i++)
		if (!map_has(&ids, snap->containers.items[i].image_id))
			return true;
	return false;
}

/*
 * What an image holds beside its layers, as far as its size tells: everything if its layers are not
 * known; on containerd's store the compressed content, of which nobody tells who shares it.
 */
static void add_own_bytes(struct layers *l, size_t i)
{
	const struct api_image *image = &l->snap->images.items[i];
	int64_t rest = image->size > 0 ? image->size : 0;

	if (l->images[i].leaf == NO_NODE) {
		/* One that was looked at and has no layer is empty on a graph driver. */
		if (!image->inspected || !image->has_history || l->snap->info.containerd_store)
			l->images[i].own = rest;
		return;
	}
	if (!l->snap->info.containerd_store)
		return;
	for (uint32_t n = l->images[i].leaf; n != NO_NODE && rest > 0; n = l->nodes.items[n].parent)
		rest -= l->nodes.items[n].max;
	l->images[i].own = rest > 0 ? rest : 0;
}

struct layers *layers_open(const struct snapshot *snap)
{
	struct layers *l = xcalloc(1, sizeof(*l));
	struct edges edges = { 0 };
	scoped_map diffs;

	map_init(&diffs);
	l->snap = snap;
	l->images = xcalloc(snap->images.count, sizeof(*l->images));
	for (size_t i = 0; i < snap->images.count; i++)
		add_image(l, &edges, &diffs, i);
	free(edges.slots);
	l->empty_diff = map_get(&diffs, EMPTY_DIFF_ID);
	layers_size(l);
	if (has_hidden_holders(snap))
		for (size_t i = 0; i < l->nodes.count; i++)
			l->nodes.items[i].min = 0;
	for (size_t i = 0; i < snap->images.count; i++)
		add_own_bytes(l, i);
	return l;
}

void layers_close(struct layers **layers)
{
	if (!*layers)
		return;
	free((*layers)->nodes.items);
	free((*layers)->images);
	free(*layers);
	*layers = NULL;
}

struct layers_bytes layers_remove(struct layers *layers, size_t i)
{
	struct held *image = &layers->images[i];
	struct layers_bytes gone = { 0, 0 };
	uint32_t n = image->leaf;

	if (!image->there)
		return gone;
	image->there = false;
	gone.max = image->own;
	while (n != NO_NODE && --layers->nodes.items[n].holders == 0) {
		gone.max = add_bytes(gone.max, layers->nodes.items[n].max);
		gone.min = add_bytes(gone.min, layers->nodes.items[n].min);
		n = layers->nodes.items[n].parent;
	}
	return gone;
}

int64_t layers_held_only_by(const struct layers *layers, const bool *hold)
{
	bool *others = xcalloc(layers->nodes.count, sizeof(*others));
	int64_t bytes = 0;

	for (size_t i = 0; i < layers->snap->images.count; i++) {
		uint32_t n = layers->images[i].leaf;

		if (!layers->images[i].there)
			continue;
		if (hold[i]) {
			bytes = add_bytes(bytes, layers->images[i].own);
			continue;
		}
		for (; n != NO_NODE && !others[n]; n = layers->nodes.items[n].parent)
			others[n] = true;
	}
	for (size_t n = 0; n < layers->nodes.count; n++)
		if (layers->nodes.items[n].holders > 0 && !others[n])
			bytes = add_bytes(bytes, layers->nodes.items[n].max);
	free(others);
	return bytes;
}

int64_t layers_unique(const struct layers *layers, size_t i)
{
	uint32_t n = layers->images[i].leaf;
	int64_t bytes = layers->images[i].own;

	for (; n != NO_NODE && layers->nodes.items[n].holders == 1;
	     n = layers->nodes.items[n].parent)
		bytes = add_bytes(bytes, layers->nodes.items[n].max);
	return bytes;
}
