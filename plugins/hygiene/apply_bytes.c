/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the engine's own totals shrank by.
 *
 * Images: from API 1.42 on /system/df?type=image tells the bytes of all layers, before and after.
 * Before 1.42 that call cannot be asked for images alone and walks every volume and container;
 * there the answers to DELETE name each layer that the engine let go, and if these are as many as
 * the layer graph says, its bytes are the ones that went. Else the number is not known. A run that
 * takes build cache there has paid for that walk already, and pays for it again: cache holds layers
 * of images beyond them, so that nothing but the totals before and after all tells.
 *
 * Build cache: what POST /build/prune says, but for records that share their bytes with an image:
 * it counts these though the image holds them on. Containers and volumes: their sizes, where asked
 * for. With containerd's store, containers are snapshots as layers are, and in the same total: they
 * are not added to it once more.
 */
#include "plugins/hygiene/apply_parts.h"

#include <string.h>

#include "common/codec/json.h"
#include "common/codec/reference.h"
#include "plugins/hygiene/layers.h"

#define API_DF_TYPE 42

static bool plan_has(const struct plan *plan, enum kind kind)
{
	for (size_t i = 0; i < plan->rows.count; i++)
		if (plan->rows.items[i].kind == kind)
			return true;
	return false;
}

static bool removed(const struct deeds *d, size_t row, enum kind kind)
{
	return d->plan->rows.items[row].kind == kind &&
	       d->plan->rows.items[row].action == ACTION_REMOVE &&
	       d->result->rows[row].outcome == OUTCOME_REMOVED;
}

static int64_t ask_layers(const struct deeds *d, struct engine *engine)
{
	const struct engine_request request = {
		.method = "GET",
		.path = d->snap->api_minor >= API_DF_TYPE ? "/system/df?type=image" : "/system/df",
		.deadline = APPLY_DELETE_DEADLINE,
	};
	struct error ignored = ERROR_INIT;
	scoped_json *json = NULL;
	int64_t bytes;

	if (engine_call(engine, &request, "disk usage", &json, &ignored) < 0 ||
	    api_df_layers_parse(json, &bytes, &ignored) < 0)
		return -1;
	return bytes;
}

void bytes_before(struct deeds *d, struct engine *engine)
{
	if (plan_has(d->plan, KIND_IMAGE) &&
	    (d->snap->api_minor >= API_DF_TYPE || plan_has(d->plan, KIND_CACHE)))
		d->layers_before = ask_layers(d, engine);
}

/* --- Before 1.42. */

void bytes_take_deleted(struct deeds *d, const struct plan_row *row, const json_t *json)
{
	struct json_place root = json_root(json, "image delete");

	for (size_t i = 0; i < json_count(&root); i++) {
		struct json_place at = json_element(&root, i);
		struct error ignored = ERROR_INIT;
		const char *id = NULL;

		if (json_get_string(&at, "Deleted", &id, NULL, &ignored) == 0 && id &&
		    strcmp(digest_hex(id), digest_hex(row->id)) != 0)
			d->layers_deleted++;
	}
}

/* Layers as nodes of a tree: a diff ID on top of a parent, numbered as they come. */
struct tree {
	struct map nodes;
	struct strings keys;
};

static void tree_release(struct tree *tree)
{
	map_release(&tree->nodes);
	strings_release(&tree->keys);
}

static void tree_add(struct tree *tree, const struct api_image *image)
{
	size_t parent = MAP_NONE;

	for (size_t i = 0; i < image->diff_ids.count; i++) {
		char *key = xasprintf("%zx %s", parent, image->diff_ids.items[i]);
		size_t count = tree->nodes.count;

		parent = map_put(&tree->nodes, key, count);
		if (parent == count && tree->nodes.count > count)
			strings_take(&tree->keys, key);
		else
			free(key);
	}
}

/* How many layers only the images that went held; SIZE_MAX if not all images are known. */
static size_t layers_going(const struct deeds *d, const bool *gone)
{
	const struct api_images *images = &d->snap->images;
	struct tree scoped(tree_release) tree = { 0 };
	size_t staying;

	map_init(&tree.nodes);
	for (size_t i = 0; i < images->count; i++) {
		if (!images->items[i].inspected)
			return SIZE_MAX;
		if (!gone[i])
			tree_add(&tree, &images->items[i]);
	}
	staying = tree.nodes.count;
	for (size_t i = 0; i < images->count; i++)
		if (gone[i])
			tree_add(&tree, &images->items[i]);
	return tree.nodes.count - staying;
}

/* What the graph says of this set, given that nothing hidden holds its layers; -1: not exact. */
static int64_t graph_bytes(const struct deeds *d, const bool *gone, bool nothing_hidden)
{
	struct snapshot view = *d->snap;
	int64_t upper = 0, lower = 0;

	if (nothing_hidden)
		view.may_have_cache = false;
	scoped_layers *layers = layers_open(&view);

	for (size_t i = 0; i < view.images.count; i++) {
		if (!gone[i])
			continue;
		struct layers_bytes bytes = layers_remove(layers, i);

		upper += bytes.max;
		lower += bytes.min;
	}
	return upper == lower ? upper : -1;
}

static int64_t freed_by_answers(struct deeds *d)
{
	bool *gone = xcalloc(d->snap->images.count + 1, sizeof(*gone));

	for (size_t i = 0; i < d->plan->rows.count; i++)
		if (removed(d, i, KIND_IMAGE))
			gone[d->plan->rows.items[i].index] = true;
	int64_t bytes = graph_bytes(d, gone, false);

	if (bytes < 0 && d->layers_deleted == layers_going(d, gone))
		bytes = graph_bytes(d, gone, true);
	free(gone);
	return bytes;
}

/* What an image has, too, is in the total of the layers or stays. */
void bytes_take_cache(struct deeds *d, const struct plan_row *row, int64_t space)
{
	if (!d->cache_shared || !d->cache_shared[row - d->plan->rows.items])
		d->cache_bytes += space;
}

void bytes_after_images(struct deeds *d, struct engine *engine)
{
	if (d->layers_measured)
		return;
	d->layers_measured = true;
	bool any = false;

	for (size_t i = 0; i < d->plan->rows.count && !any; i++)
		any = removed(d, i, KIND_IMAGE);
	if (!any) {
		d->layers_freed = 0;
		return;
	}
	if (d->snap->api_minor < API_DF_TYPE && d->layers_before < 0) {
		d->layers_freed = freed_by_answers(d);
		return;
	}
	int64_t after = d->layers_before < 0 ? -1 : ask_layers(d, engine);

	/* Somebody else may have pulled meanwhile. */
	if (after >= 0)
		d->layers_freed = d->layers_before > after ? d->layers_before - after : 0;
}

int64_t bytes_total(const struct deeds *d)
{
	int64_t total = d->cache_bytes;

	if (!d->layers_measured || d->layers_freed < 0)
		return -1;
	bool counted = d->snap->info.containerd_store && d->layers_freed > 0;

	total += d->layers_freed;
	for (size_t i = 0; i < d->plan->rows.count; i++)
		if (((removed(d, i, KIND_CONTAINER) && !counted) || removed(d, i, KIND_VOLUME)) &&
		    d->plan->rows.items[i].bytes > 0)
			total += d->plan->rows.items[i].bytes;
	return total;
}
