/* SPDX-License-Identifier: Apache-2.0 */
#include "common/base/map.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#ifdef __linux__
#include <sys/auxv.h>
#endif

#include "common/base/alloc.h"

/* The kernel's random bytes for this process; no system call, and a map is no secret. */
static uint64_t new_seed(void)
{
	uint64_t seed = (uint64_t)(uintptr_t)&seed;
#ifdef __linux__
	const void *bytes = (const void *)getauxval(AT_RANDOM);
#else
	const void *bytes = NULL;
#endif
	if (bytes)
		memcpy(&seed, bytes, sizeof(seed));
	else
		seed ^= (uint64_t)time(NULL);
	return seed;
}

/* FNV-1a over the seed and the key, finished by a multiply-shift so that low bits are good. */
static uint64_t hash(uint64_t seed, const char *key)
{
	uint64_t h = 0xcbf29ce484222325u ^ seed;

	for (; *key; key++)
		h = (h ^ (unsigned char)*key) * 0x100000001b3u;
	h ^= h >> 32;
	h *= 0x9e3779b97f4a7c15u;
	return h ^ (h >> 29);
}

void map_init(struct map *m)
{
	*m = (struct map){ .seed = new_seed() };
}

void map_release(struct map *m)
{
	free(m->slots);
	*m = (struct map){ 0 };
}

static struct map_slot *find(const struct map *m, const char *key)
{
	size_t i = (size_t)hash(m->seed, key) & (m->room - 1);

	while (m->slots[i].key && strcmp(m->slots[i].key, key) != 0)
		i = (i + 1) & (m->room - 1);
	return &m->slots[i];
}

static void grow(struct map *m)
{
	struct map bigger = { .room = m->room ? m->room * 2 : 16, .seed = m->seed };

	bigger.slots = xcalloc(bigger.room, sizeof(*bigger.slots));
	for (size_t i = 0; i < m->room; i++)
		if (m->slots[i].key)
			*find(&bigger, m->slots[i].key) = m->slots[i];
	bigger.count = m->count;
	free(m->slots);
	*m = bigger;
}

size_t map_put(struct map *m, const char *key, size_t value)
{
	struct map_slot *slot;

	if (m->count >= m->room / 4 * 3)
		grow(m);
	slot = find(m, key);
	if (!slot->key) {
		*slot = (struct map_slot){ key, value };
		m->count++;
	}
	return slot->value;
}

size_t map_get(const struct map *m, const char *key)
{
	const struct map_slot *slot;

	if (!key || !m->room)
		return MAP_NONE;
	slot = find(m, key);
	return slot->key ? slot->value : MAP_NONE;
}
