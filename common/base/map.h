/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A map from strings to indexes, for finding rows of arrays by ID. Keys are borrowed: they must
 * live as long as the map. Hashing is seeded per map, so that names from outside cannot be chosen
 * to collide.
 */
#ifndef COMMON_BASE_MAP_H
#define COMMON_BASE_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MAP_NONE SIZE_MAX

struct map_slot {
	const char *key;
	size_t value;
};
struct map {
	struct map_slot *slots;
	size_t count, room;
	uint64_t seed;
};

void map_init(struct map *m);
void map_release(struct map *m);
#define scoped_map scoped(map_release) struct map

/* Puts the pair unless the key is there. Returns the value that the key has now. */
size_t map_put(struct map *m, const char *key, size_t value);
/* MAP_NONE if the key is not there. key may be NULL (not there). */
size_t map_get(const struct map *m, const char *key);
static inline bool map_has(const struct map *m, const char *key)
{
	return map_get(m, key) != MAP_NONE;
}

#endif
