/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The layer graph: which images hold which layers, and what goes when a set of images goes. A
 * layer is its diff ID on top of its parent (the chain), as the graph drivers store it. Pure.
 *
 * Sizes come from history entries aligned with RootFS.Layers; where they cannot be aligned, or the
 * engine keeps more than layers (containerd's store keeps compressed blobs too), or build cache
 * may hold layers, results are intervals.
 */
#ifndef PLUGINS_HYGIENE_LAYERS_H
#define PLUGINS_HYGIENE_LAYERS_H

#include "plugins/hygiene/snapshot.h"

struct layers;

/* Images without inspect or history count with their size as upper and 0 as lower end. */
struct layers *layers_open(const struct snapshot *snap) must_check;
void layers_close(struct layers **layers);
#define scoped_layers scoped(layers_close) struct layers

struct layers_bytes {
	int64_t max, min;
};
/* Takes image i (index in snap->images) out, and says what that freed after all taken out before.
 */
struct layers_bytes layers_remove(struct layers *layers, size_t i);
/* Bytes of all layers that only images with hold[i] true hold, now (upper end). */
int64_t layers_held_only_by(const struct layers *layers, const bool *hold);
/* For tables: bytes of image i that no other image shares, now; and its shared bytes. */
int64_t layers_unique(const struct layers *layers, size_t i);

#endif
