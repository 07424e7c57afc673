/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sizes of layers. The engine tells the bytes of history entries, not of layers, and not which
 * entries made one. An entry with bytes is always a layer, in the same order; one without may be a
 * layer that is empty, or none. So with as many entries as layers each is known; with fewer, each
 * entry can only have slid up by as many layers as are left over, which gives intervals. A layer
 * that another image has pinned down narrows them.
 *
 * A run is a stretch of a chain that no image ends in or branches off: its layers go together or
 * not at all, so only their sum matters. It is kept at the run's lowest layer.
 */
#include "plugins/hygiene/layers_internal.h"

#include "common/base/sort.h"

#include <string.h>

#define PASSES 3 /* each pass lets one more generation of images profit from what was solved */
#define SLIDE_MAX                                                                      \
	1024 /* layers of a chain beyond which sliding is not tried (engines have 127) \
	      */

/* The image at hand: its layers and its entries with bytes, both lowest first. */
struct chain {
	struct {
		uint32_t *items;
		size_t count, room;
	} path;
	struct {
		int64_t *items;
		size_t count, room;
	} entries;
};

static void chain_release(struct chain *chain)
{
	free(chain->path.items);
	free(chain->entries.items);
}

static void chain_set(struct chain *chain, const struct layers *l, size_t i)
{
	const struct api_image *image = &l->snap->images.items[i];
	size_t depth = 0;

	chain->path.count = chain->entries.count = 0;
	for (uint32_t n = l->images[i].leaf; n != NO_NODE; n = l->nodes.items[n].parent) {
		*(uint32_t *)array_add(&chain->path) = n;
		depth++;
	}
	for (size_t j = 0; j < depth / 2; j++) {
		uint32_t swap = chain->path.items[j];

		chain->path.items[j] = chain->path.items[depth - 1 - j];
		chain->path.items[depth - 1 - j] = swap;
	}
	for (size_t j = image->history.count; j-- > 0;)
		if (image->history.items[j] > 0)
			*(int64_t *)array_add(&chain->entries) = image->history.items[j];
}

static bool is_empty(const struct layers *l, uint32_t node)
{
	return l->nodes.items[node].diff == l->empty_diff;
}

/* Where the run that begins at path[j] ends (exclusive). */
static size_t run_end(const struct layers *l, const struct chain *chain, size_t j)
{
	while (j + 1 < chain->path.count && l->nodes.items[chain->path.items[j]].holders == 1)
		j++;
	return j + 1;
}

/* Sum of `len` neighbours in entries[from..to), the largest or the smallest there is. */
static int64_t window(const int64_t *entries, size_t from, size_t to, size_t len, bool largest)
{
	int64_t best = largest ? 0 : INT64_MAX;

	for (size_t start = from; start + len <= to; start++) {
		int64_t sum = 0;

		for (size_t j = start; j < start + len; j++)
			sum = add_bytes(sum, entries[j]);
		if (largest ? sum > best : sum < best)
			best = sum;
	}
	return best;
}

struct finding {
	int64_t min, max;
	bool counted; /* how many entries it stands for is certain */
	size_t entries;
};

/*
 * What layers [a, b) of those that are not known to be empty hold together, if each of `count`
 * entries may have slid up by at most `slack` layers.
 */
static struct finding find_run(const int64_t *entries, size_t count, size_t slack, size_t a,
			       size_t b)
{
	size_t from = a > slack ? a - slack : 0;
	size_t to = b < count ? b : count;
	size_t possible = to > from ? to - from : 0;
	size_t most = b - a < possible ? b - a : possible;
	size_t least = b - a > slack ? b - a - slack : 0;

	if (least > most)
		least = most;
	return (struct finding){
		.min = least ? window(entries, from, to, least, false) : 0,
		.max = most ? window(entries, from, to, most, true) : 0,
		.counted = least == most,
		.entries = most,
	};
}

/* Narrows what is known of the run's lowest layer; true if that changed anything. */
static bool narrow(struct node *node, const struct finding *found)
{
	int64_t min = found->min > node->min ? found->min : node->min;
	int64_t max = found->max < node->max ? found->max : node->max;

	if (node->solved)
		return false;
	/* Two histories that contradict each other: only an upper end is left. */
	if (min > max) {
		min = 0;
		max = found->max > node->max ? found->max : node->max;
	}
	bool changed = min != node->min || max != node->max;

	node->min = min;
	node->max = max;
	if (found->counted && min == max) {
		node->solved = true;
		node->entries = (uint32_t)found->entries;
		changed = true;
	}
	return changed;
}

/* The other layers of a run whose sum is kept at its lowest. */
static void lump(struct node *node)
{
	if (node->solved)
		return;
	node->min = node->max = 0;
	node->entries = 0;
	node->solved = true;
}

/* Length of the prefix that is solved, and how many entries it uses up. */
static size_t solved_prefix(const struct layers *l, const struct chain *chain, size_t *used)
{
	size_t j = 0;

	*used = 0;
	for (; j < chain->path.count; j++) {
		const struct node *node = &l->nodes.items[chain->path.items[j]];

		if (!node->solved)
			break;
		*used += node->entries;
	}
	return j;
}

static size_t count_filled(const struct layers *l, const struct chain *chain, size_t from,
			   size_t to)
{
	size_t filled = 0;

	for (size_t j = from; j < to; j++)
		filled += !is_empty(l, chain->path.items[j]);
	return filled;
}

static bool size_run(struct layers *l, const struct chain *chain, size_t from, size_t to,
		     const struct finding *found)
{
	bool first = true;
	bool changed = false;

	for (size_t j = from; j < to; j++) {
		struct node *node = &l->nodes.items[chain->path.items[j]];

		if (is_empty(l, chain->path.items[j]))
			continue;
		if (first)
			changed = narrow(node, found);
		else
			lump(node);
		first = false;
	}
	return changed;
}

/* Learns from the image's history; true if anything new. */
static bool size_chain(struct layers *l, const struct chain *chain)
{
	size_t used;
	size_t j = solved_prefix(l, chain, &used);
	size_t filled = count_filled(l, chain, j, chain->path.count);
	size_t left = chain->entries.count - used;
	size_t seen = 0;
	bool changed = false;

	/* A history that does not belong to these layers (imported, squashed, rewritten). */
	if (used > chain->entries.count || left > filled || (left < filled && filled > SLIDE_MAX))
		return false;
	while (j < chain->path.count) {
		size_t end = run_end(l, chain, j);
		size_t count = count_filled(l, chain, j, end);
		struct finding found = find_run(chain->entries.items + used, left, filled - left,
						seen, seen + count);

		if (count > 0)
			changed |= size_run(l, chain, j, end, &found);
		seen += count;
		j = end;
	}
	return changed;
}

/* Layers of which no history tells anything hold at most what the image holds beside the others. */
static void bound_chain(struct layers *l, const struct chain *chain, int64_t size)
{
	int64_t known = 0;

	for (size_t j = 0; j < chain->path.count; j++)
		known = add_bytes(known, l->nodes.items[chain->path.items[j]].min);
	for (size_t j = 0; j < chain->path.count;) {
		size_t end = run_end(l, chain, j);
		const struct finding found = { .max = size > known ? size - known : 0 };

		for (; j < end; j++)
			if (l->nodes.items[chain->path.items[j]].max == INT64_MAX)
				break;
		if (j < end)
			(void)size_run(l, chain, j, end, &found);
		j = end;
	}
}

static int compare_ids(const void *a, const void *b, void *ctx)
{
	const struct api_image *images = ctx;

	return strcmp(images[*(const size_t *)a].id, images[*(const size_t *)b].id);
}

/* Always in the same order, so that the order of the engine's list changes nothing. */
static size_t *sorted_images(const struct layers *l)
{
	size_t count = l->snap->images.count;
	size_t *order = xcalloc(count, sizeof(*order));

	for (size_t i = 0; i < count; i++)
		order[i] = i;
	sort_with(order, count, sizeof(*order), compare_ids, l->snap->images.items);
	return order;
}

void layers_size(struct layers *l)
{
	struct chain scoped(chain_release) chain = { 0 };
	size_t *order = sorted_images(l);
	bool changed = true;

	for (size_t i = 0; i < l->nodes.count; i++)
		if (is_empty(l, (uint32_t)i))
			lump(&l->nodes.items[i]);
	for (int pass = 0; pass < PASSES && changed; pass++) {
		changed = false;
		for (size_t k = 0; k < l->snap->images.count; k++) {
			if (!l->snap->images.items[order[k]].has_history)
				continue;
			chain_set(&chain, l, order[k]);
			changed |= size_chain(l, &chain);
		}
	}
	for (size_t k = 0; k < l->snap->images.count; k++) {
		chain_set(&chain, l, order[k]);
		bound_chain(l, &chain, l->snap->images.items[order[k]].size);
	}
	free(order);
}
