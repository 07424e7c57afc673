/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What containers hold: their image, image mounts, volumes and networks. Where a container
 * says which image it has only in words, everything that the words may mean is held: keeping too
 * much costs disk, keeping too little costs data.
 */
#include <string.h>

#include "common/codec/reference.h"
#include "plugins/hygiene/decide_internal.h"

/* One key, many indexes. Keys are borrowed. */
struct entry {
	size_t i, next;
};
struct multimap {
	struct map heads; /* to entries */
	struct {
		struct entry *items;
		size_t count, room;
	} entries;
};

static void multimap_init(struct multimap *m)
{
	*m = (struct multimap){ 0 };
	map_init(&m->heads);
}

static void multimap_release(struct multimap *m)
{
	map_release(&m->heads);
	free(m->entries.items);
}

static void multimap_put(struct multimap *m, const char *key, size_t i)
{
	size_t at = m->entries.count;
	size_t head = map_put(&m->heads, key, at);
	struct entry *entry = array_add(&m->entries);

	entry->i = i;
	entry->next = NO_INDEX;
	if (head != at) {
		entry->next = m->entries.items[head].next;
		m->entries.items[head].next = at;
	}
}

struct hex {
	const char *text;
	size_t i;
};

struct holds {
	struct decision *d;
	struct multimap volumes, networks;
	/* Images by what they are called; built when first asked for. */
	bool named;
	struct multimap references;
	struct strings keys;
	struct hex *hexes; /* sorted */
};

static void holds_release(struct holds *h)
{
	multimap_release(&h->volumes);
	multimap_release(&h->networks);
	multimap_release(&h->references);
	strings_release(&h->keys);
	free(h->hexes);
}

static void holds_init(struct holds *h, struct decision *d)
{
	const struct snapshot *snap = d->snap;

	*h = (struct holds){ .d = d };
	multimap_init(&h->volumes);
	multimap_init(&h->networks);
	multimap_init(&h->references);
	for (size_t i = 0; i < snap->volumes.count; i++)
		multimap_put(&h->volumes, snap->volumes.items[i].name, i);
	for (size_t i = 0; i < snap->networks.count; i++) {
		multimap_put(&h->networks, snap->networks.items[i].id, i);
		if (snap->networks.items[i].name)
			multimap_put(&h->networks, snap->networks.items[i].name, i);
	}
}

static int container_order(const struct snapshot *snap, size_t a, size_t b)
{
	scoped_str left = container_label(snap, a);
	scoped_str right = container_label(snap, b);
	int order = strcmp(left, right);

	return order ? order : strcmp(snap->containers.items[a].id, snap->containers.items[b].id);
}

/* Of users at the same time the first by name is told. */
static void note_use(struct holds *h, struct object *o, size_t by)
{
	int64_t when = container_use(&h->d->snap->containers.items[by]);

	if (when == TIME_NONE || when < o->used)
		return;
	if (when > o->used || container_order(h->d->snap, by, o->user) < 0)
		o->user = by;
	o->used = when;
}

/* Of many holders the first by name is told, so that the engine's order does not matter. */
static void hold_object(struct holds *h, enum kind kind, size_t i, size_t by)
{
	struct object *o = &h->d->objects[kind][i];
	const struct api_container *c = &h->d->snap->containers.items[by];

	note_use(h, o, by);
	if (h->d->each_hold)
		h->d->each_hold(h->d->each_ctx, kind, i, by);
	if (h->d->objects[KIND_CONTAINER][by].goes)
		return;
	if (o->holder == NO_INDEX || container_order(h->d->snap, by, o->holder) < 0)
		o->holder = by;
	o->holder_lives |= c->state == API_CONTAINER_RUNNING || c->state == API_CONTAINER_PAUSED ||
			   c->state == API_CONTAINER_RESTARTING;
}

static bool hold_all(struct holds *h, const struct multimap *m, const char *key, enum kind kind,
		     size_t by)
{
	size_t at = map_get(&m->heads, key);
	bool any = at != MAP_NONE;

	for (; at != MAP_NONE; at = m->entries.items[at].next)
		hold_object(h, kind, m->entries.items[at].i, by);
	return any;
}

/* "docker.io/library/nginx" + "@" or ":" + digest or tag. Owned; NULL if there is no such part. */
static char *full_key(const struct reference *ref, char sign, const char *part)
{
	scoped_str name = reference_full_name(ref);

	return part ? xasprintf("%s%c%s", name, sign, part) : NULL;
}

static void name_image(struct holds *h, const char *text, size_t i)
{
	scoped_reference ref = { 0 };
	struct error why = ERROR_INIT;
	char *key = NULL;

	if (reference_parse(text, &ref, &why) == 0)
		key = ref.digest ? full_key(&ref, '@', ref.digest)
				 : full_key(&ref, ':', ref.tag ? ref.tag : "latest");
	if (!key)
		key = xstrdup(text);
	strings_take(&h->keys, key);
	multimap_put(&h->references, key, i);
}

static int hex_compare(const void *a, const void *b)
{
	return strcmp(((const struct hex *)a)->text, ((const struct hex *)b)->text);
}

static void name_images(struct holds *h)
{
	const struct api_images *images = &h->d->snap->images;

	if (h->named)
		return;
	h->named = true;
	h->hexes = xcalloc(images->count, sizeof(*h->hexes));
	for (size_t i = 0; i < images->count; i++) {
		const struct api_image *image = &images->items[i];

		h->hexes[i] = (struct hex){ digest_hex(image->id), i };
		for (size_t j = 0; j < image->tags.count; j++)
			name_image(h, image->tags.items[j], i);
		for (size_t j = 0; j < image->digests.count; j++)
			name_image(h, image->digests.items[j], i);
	}
	if (images->count > 1)
		qsort(h->hexes, images->count, sizeof(*h->hexes), hex_compare);
}

static bool is_hex(const char *text)
{
	return text[0] != '\0' && text[strspn(text, "0123456789abcdef")] == '\0';
}

/* Images whose ID begins so. */
static void hold_prefix(struct holds *h, const char *text, size_t by)
{
	const char *hex = strncmp(text, "sha256:", 7) == 0 ? text + 7 : text;
	size_t len = strlen(hex);
	size_t low = 0;
	size_t high = h->d->counts[KIND_IMAGE];

	if (!is_hex(hex))
		return;
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(h->hexes[middle].text, hex) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < h->d->counts[KIND_IMAGE] && strncmp(h->hexes[low].text, hex, len) == 0; low++)
		hold_object(h, KIND_IMAGE, h->hexes[low].i, by);
}

/* Every image that the words may mean: by reference, by digest, by the beginning of its ID. */
static void hold_named(struct holds *h, const char *text, size_t by)
{
	scoped_reference ref = { 0 };
	struct error why = ERROR_INIT;
	scoped_str tagged = NULL;
	scoped_str digested = NULL;

	name_images(h);
	hold_prefix(h, text, by);
	if (reference_parse(text, &ref, &why) < 0) {
		hold_all(h, &h->references, text, KIND_IMAGE, by);
		return;
	}
	digested = full_key(&ref, '@', ref.digest);
	tagged = full_key(&ref, ':', ref.tag || ref.digest ? ref.tag : "latest");
	if (digested) {
		hold_all(h, &h->references, digested, KIND_IMAGE, by);
		hold_prefix(h, ref.digest, by);
	}
	if (tagged)
		hold_all(h, &h->references, tagged, KIND_IMAGE, by);
}

static void hold_image(struct holds *h, const struct api_container *c, size_t by)
{
	size_t i = c->image_id ? map_get(&h->d->image_ids, digest_hex(c->image_id)) : MAP_NONE;

	if (i != MAP_NONE)
		hold_object(h, KIND_IMAGE, i, by);
	else if (c->image)
		hold_named(h, c->image, by);
}

static void hold_mounts(struct holds *h, const struct api_container *c, size_t by)
{
	for (size_t i = 0; i < c->mounts.count; i++) {
		const struct api_mount *mount = &c->mounts.items[i];

		if (!mount->name)
			continue;
		if (mount->type == API_MOUNT_VOLUME)
			hold_all(h, &h->volumes, mount->name, KIND_VOLUME, by);
		else if (mount->type == API_MOUNT_IMAGE)
			hold_named(h, mount->name, by);
	}
}

/* By name or ID; what is neither may be the beginning of an ID. */
static void hold_network(struct holds *h, const char *text, size_t by)
{
	const struct api_networks *networks = &h->d->snap->networks;

	if (hold_all(h, &h->networks, text, KIND_NETWORK, by) || !is_hex(text))
		return;
	for (size_t i = 0; i < networks->count; i++)
		if (strncmp(networks->items[i].id, text, strlen(text)) == 0)
			hold_object(h, KIND_NETWORK, i, by);
}

void hold(struct decision *d)
{
	static const enum kind held[] = { KIND_IMAGE, KIND_VOLUME, KIND_NETWORK };
	struct holds scoped(holds_release) h;

	for (size_t k = 0; k < array_len(held); k++)
		for (size_t i = 0; i < d->counts[held[k]]; i++) {
			struct object *o = &d->objects[held[k]][i];

			o->holder = o->user = NO_INDEX;
			o->holder_lives = false;
			o->used = TIME_NONE;
		}
	holds_init(&h, d);
	for (size_t by = 0; by < d->counts[KIND_CONTAINER]; by++) {
		const struct api_container *c = &d->snap->containers.items[by];

		hold_image(&h, c, by);
		hold_mounts(&h, c, by);
		for (size_t j = 0; j < c->networks.count; j++)
			hold_network(&h, c->networks.items[j], by);
	}
}

void decide_holders(const struct snapshot *snap, holder_fn each, void *ctx)
{
	static const struct policy nothing = {
		.max_size = UNSET,
		.free_bytes = UNSET,
		.free_percent = UNSET,
	};
	scoped_decision d;

	decision_open(&d, snap, &nothing);
	d.each_hold = each;
	d.each_ctx = ctx;
	hold(&d);
}
