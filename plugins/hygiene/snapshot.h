/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Everything that a decision is made from: what the engine held at one time, as collected, and what
 * is known of when things were last used. Plain data; decide() reads it and nothing else.
 */
#ifndef PLUGINS_HYGIENE_SNAPSHOT_H
#define PLUGINS_HYGIENE_SNAPSHOT_H

#include <stdbool.h>
#include <stdint.h>

#include "common/codec/api.h"
#include "plugins/hygiene/kind.h"

/*
 * What earlier runs and the engine's events tell of one image (key: its ID) or volume (key: its
 * name). Times are the engine's.
 */
struct use {
	char *key;
	enum kind kind;     /* KIND_IMAGE or KIND_VOLUME */
	int64_t last_used;  /* latest use seen; TIME_NONE: none */
	int64_t first_seen; /* when we first saw it; TIME_NONE: this is the first time */
	int64_t arrived;    /* latest pull, tag, load or import seen: no use, but new; TIME_NONE */
};
/* Sorted by kind, then key; at most one of each. lastuse.h keeps it so. */
struct uses {
	struct use *items;
	size_t count, room;
};
void uses_release(struct uses *uses);

struct snapshot {
	struct api_info info;
	int api_minor;
	bool podman;
	/*
	 * Podman before 4.6 ignores noprune of DELETE /images, and removes what an image is built
	 * on along with it; its own call since 4.3 does not.
	 */
	bool libpod_delete;
	int64_t now;    /* the engine's clock at the start of collecting */
	int64_t offset; /* engine's clock minus this machine's */

	/* has[kind]: the list below was asked for and is complete. Containers and images always. */
	bool has[KIND_COUNT];
	struct api_containers containers;
	struct api_networks networks;
	struct api_volumes volumes;
	struct api_images images;
	struct api_caches caches;
	bool may_have_cache; /* build cache may hold image layers (not known to be empty) */

	struct uses uses;
	int64_t events_until; /* engine's time up to which uses hold the engine's events; TIME_NONE
			       */

	int64_t disk_total, disk_free; /* bytes of the engine's data disk; -1: cannot be read */
};

void snapshot_init(struct snapshot *snap);
void snapshot_release(struct snapshot *snap);
#define scoped_snapshot scoped(snapshot_release) struct snapshot

#endif
