/* SPDX-License-Identifier: Apache-2.0 */
#include "plugins/hygiene/lastuse.h"

#include <stdlib.h>
#include <string.h>

#include "common/codec/reference.h"

static int compare(enum kind kind, const char *key, const struct use *use)
{
	if (kind != use->kind)
		return kind < use->kind ? -1 : 1;
	return strcmp(key, use->key);
}

static int by_key(const void *a, const void *b)
{
	const struct use *left = a, *right = b;

	return compare(left->kind, left->key, right);
}

/* The first place whose entry is not before the key. */
static size_t place_of(const struct uses *uses, enum kind kind, const char *key)
{
	size_t low = 0, high = uses->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare(kind, key, &uses->items[middle]) > 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

const struct use *lastuse_find(const struct uses *uses, enum kind kind, const char *key)
{
	size_t at = place_of(uses, kind, key);

	if (at < uses->count && compare(kind, key, &uses->items[at]) == 0)
		return &uses->items[at];
	return NULL;
}

static void append(struct uses *uses, enum kind kind, const char *key)
{
	struct use *use = array_add(uses);

	use->key = xstrdup(key);
	use->kind = kind;
	use->last_used = TIME_NONE;
	use->first_seen = TIME_NONE;
	use->arrived = TIME_NONE;
}

struct use *lastuse_need(struct uses *uses, enum kind kind, const char *key)
{
	size_t at = place_of(uses, kind, key);
	struct use added;

	if (at < uses->count && compare(kind, key, &uses->items[at]) == 0)
		return &uses->items[at];
	append(uses, kind, key);
	added = uses->items[uses->count - 1];
	memmove(&uses->items[at + 1], &uses->items[at],
		(uses->count - 1 - at) * sizeof(*uses->items));
	uses->items[at] = added;
	return &uses->items[at];
}

static int64_t earlier(int64_t a, int64_t b)
{
	if (a == TIME_NONE || b == TIME_NONE)
		return time_max(a, b);
	return a < b ? a : b;
}

void lastuse_sort(struct uses *uses)
{
	size_t kept = 0;

	if (!uses->count)
		return;
	qsort(uses->items, uses->count, sizeof(*uses->items), by_key);
	for (size_t i = 1; i < uses->count; i++) {
		struct use *last = &uses->items[kept], *use = &uses->items[i];

		if (by_key(last, use) != 0) {
			uses->items[++kept] = *use;
			continue;
		}
		last->last_used = time_max(last->last_used, use->last_used);
		last->first_seen = earlier(last->first_seen, use->first_seen);
		last->arrived = time_max(last->arrived, use->arrived);
		free(use->key);
	}
	uses->count = kept + 1;
}

int64_t lastuse_of(const struct uses *uses, enum kind kind, const char *key)
{
	const struct use *use = lastuse_find(uses, kind, key);

	return use ? use->last_used : TIME_NONE;
}

static void used(struct uses *uses, enum kind kind, const char *key, int64_t when)
{
	struct use *use;

	if (!key || when == TIME_NONE)
		return;
	use = lastuse_need(uses, kind, key);
	use->last_used = time_max(use->last_used, when);
}

static void arrived(struct uses *uses, const char *key, int64_t when)
{
	struct use *use;

	if (!key)
		return;
	use = lastuse_need(uses, KIND_IMAGE, key);
	use->arrived = time_max(use->arrived, when);
}

static bool has(const struct strings *list, const char *s)
{
	for (size_t i = 0; i < list->count; i++)
		if (strcmp(list->items[i], s) == 0)
			return true;
	return false;
}

/* The image whose ID begins so; NULL if there is none or more than one. */
static const char *by_id(const struct snapshot *snap, const char *text)
{
	const char *hex = digest_hex(text), *found = NULL;
	size_t len = strlen(hex);

	if (len < 4 || strspn(hex, "0123456789abcdef") != len)
		return NULL;
	for (size_t i = 0; i < snap->images.count; i++) {
		const char *id = snap->images.items[i].id;

		if (strncmp(digest_hex(id), hex, len) != 0)
			continue;
		if (found)
			return NULL;
		found = id;
	}
	return found;
}

/* Docker lists "nginx:1", Podman "docker.io/library/nginx:1"; both spellings are looked for. */
static const char *by_name(const struct snapshot *snap, const char *text)
{
	scoped_reference ref = { 0 };
	struct error quiet = ERROR_INIT;
	scoped_str full = NULL;
	scoped_str familiar = NULL;
	const char *mark, *rest;

	if (reference_parse(text, &ref, &quiet) < 0)
		return NULL;
	mark = ref.digest ? "@" : ":";
	rest = ref.digest ? ref.digest : ref.tag ? ref.tag : "latest";
	full = reference_full_name(&ref);
	familiar = reference_familiar_name(&ref);
	str_replace(&full, xasprintf("%s%s%s", full, mark, rest));
	str_replace(&familiar, xasprintf("%s%s%s", familiar, mark, rest));
	for (size_t i = 0; i < snap->images.count; i++) {
		const struct api_image *image = &snap->images.items[i];
		const struct strings *names = ref.digest ? &image->digests : &image->tags;

		if (has(names, familiar) || has(names, full))
			return image->id;
	}
	return NULL;
}

/* Names first, as docker itself resolves: a name may look like the beginning of an ID. */
static const char *resolve(const struct snapshot *snap, const char *text)
{
	const char *id;

	if (!text || !*text)
		return NULL;
	id = by_name(snap, text);
	return id ? id : by_id(snap, text);
}

static const char *image_of_container(const struct api_event *event, const struct snapshot *snap)
{
	for (size_t i = 0; event->actor_id && i < snap->containers.count; i++)
		if (strcmp(snap->containers.items[i].id, event->actor_id) == 0)
			return snap->containers.items[i].image_id;
	return resolve(snap, api_label_get(&event->attributes, "image"));
}

/* The ID, or (pull, push) the reference, which is in the attribute "name" where it is not. */
static const char *image_of_event(const struct api_event *event, const struct snapshot *snap)
{
	const char *id = resolve(snap, event->actor_id);

	return id ? id : resolve(snap, api_label_get(&event->attributes, "name"));
}

enum meaning { MEANS_NOTHING, MEANS_USED, MEANS_ARRIVED };

static const struct {
	const char *type, *action;
	enum meaning meaning;
} meanings[] = {
	{ "container", "create", MEANS_USED },
	{ "container", "start", MEANS_USED },
	{ "container", "die", MEANS_USED },
	{ "container", "destroy", MEANS_USED },
	{ "image", "push", MEANS_USED },
	{ "image", "save", MEANS_USED },
	{ "image", "pull", MEANS_ARRIVED },
	{ "image", "tag", MEANS_ARRIVED },
	{ "image", "load", MEANS_ARRIVED },
	{ "image", "import", MEANS_ARRIVED },
	{ "volume", "mount", MEANS_USED },
	{ "volume", "unmount", MEANS_USED },
	/* Podman's words */
	{ "container", "died", MEANS_USED },
	{ "container", "remove", MEANS_USED },
	{ "container", "init", MEANS_USED },
	{ "image", "loadfromarchive", MEANS_ARRIVED },
};

static enum meaning meaning_of(const struct api_event *event)
{
	for (size_t i = 0; event->type && event->action && i < array_len(meanings); i++)
		if (strcmp(event->type, meanings[i].type) == 0 &&
		    strcmp(event->action, meanings[i].action) == 0)
			return meanings[i].meaning;
	return MEANS_NOTHING;
}

void lastuse_take_event(struct uses *uses, const struct api_event *event,
			const struct snapshot *snap)
{
	enum meaning meaning = meaning_of(event);

	if (meaning == MEANS_NOTHING || event->time == TIME_NONE)
		return;
	if (strcmp(event->type, "volume") == 0)
		used(uses, KIND_VOLUME, event->actor_id, event->time);
	else if (strcmp(event->type, "container") == 0)
		used(uses, KIND_IMAGE, image_of_container(event, snap), event->time);
	else if (meaning == MEANS_USED || snap->podman)
		/* Podman has no LastTagTime: the event is all that tells a pull or tag from its
		 * build. */
		used(uses, KIND_IMAGE, image_of_event(event, snap), event->time);
	else
		arrived(uses, image_of_event(event, snap), event->time);
}

static int64_t use_by(const struct api_container *c, int64_t now)
{
	switch (c->state) {
	case API_CONTAINER_RUNNING:
	case API_CONTAINER_PAUSED:
	case API_CONTAINER_RESTARTING:
		return now;
	default:
		break;
	}
	if (!c->inspected)
		return c->created;
	return time_max(c->created, time_max(c->started, c->finished));
}

/* All images and volumes get an entry; one sort at the end instead of an insertion each. */
static void know_all(struct uses *uses, const struct snapshot *snap)
{
	struct uses known = *uses;

	for (size_t i = 0; i < snap->images.count; i++)
		if (!lastuse_find(&known, KIND_IMAGE, snap->images.items[i].id)) {
			append(uses, KIND_IMAGE, snap->images.items[i].id);
			known.items = uses->items;
		}
	for (size_t i = 0; i < snap->volumes.count; i++)
		if (!lastuse_find(&known, KIND_VOLUME, snap->volumes.items[i].name)) {
			append(uses, KIND_VOLUME, snap->volumes.items[i].name);
			known.items = uses->items;
		}
	lastuse_sort(uses);
}

void lastuse_take_snapshot(struct uses *uses, const struct snapshot *snap)
{
	know_all(uses, snap);
	for (size_t i = 0; i < snap->containers.count; i++) {
		const struct api_container *c = &snap->containers.items[i];
		int64_t when = use_by(c, snap->now);

		used(uses, KIND_IMAGE, c->image_id, when);
		for (size_t j = 0; j < c->mounts.count; j++) {
			const struct api_mount *mount = &c->mounts.items[j];

			if (mount->type == API_MOUNT_VOLUME)
				used(uses, KIND_VOLUME, mount->name, when);
			else if (mount->type == API_MOUNT_IMAGE)
				used(uses, KIND_IMAGE, resolve(snap, mount->name), when);
		}
	}
	for (size_t i = 0; i < uses->count; i++)
		if (uses->items[i].first_seen == TIME_NONE)
			uses->items[i].first_seen = snap->now;
}
