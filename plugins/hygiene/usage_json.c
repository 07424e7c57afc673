/* SPDX-License-Identifier: Apache-2.0 */
#include "plugins/hygiene/usage.h"

#include <string.h>

#include "common/base/buf.h"
#include "common/codec/json.h"
#include "common/codec/json_text.h"
#include "common/codec/timefmt.h"

static json_t *texts(const struct strings *list)
{
	json_t *array = json_array();

	for (size_t i = 0; i < list->count; i++)
		(void)!json_array_append_new(array, json_text(list->items[i]));
	return array;
}

static json_t *bytes(int64_t n)
{
	return n < 0 ? json_null() : json_integer(n);
}

static json_t *stamp(int64_t t)
{
	char room[TIME_TEXT];

	return t == TIME_NONE ? json_null() : json_string(time_format_rfc3339(room, t, 0));
}

static json_t *users(const struct usage *u, const struct usage_row *row)
{
	json_t *array = json_array();

	for (size_t i = 0; i < row->users.count; i++) {
		const struct api_container *c = &u->snap->containers.items[row->users.items[i]];
		json_t *user = json_object();

		json_put(user, "id", json_text(c->id));
		json_put(user, "name", json_text(c->names.count ? c->names.items[0] : NULL));
		json_put(user, "state", json_text(api_container_state_name(c->state)));
		(void)!json_array_append_new(array, user);
	}
	return array;
}

static void image(json_t *out, const struct usage *u, const struct usage_row *row)
{
	const struct api_image *i = &u->snap->images.items[row->index];

	json_put(out, "id", json_text(i->id));
	json_put(out, "tags", texts(&i->tags));
	json_put(out, "digests", texts(&i->digests));
	json_put(out, "shared_bytes", bytes(row->bytes < 0 ? -1 : row->bytes - row->unique));
	json_put(out, "unique_bytes", bytes(row->unique));
	json_put(out, "created", stamp(i->created));
	json_put(out, "last_tagged", stamp(i->inspected ? i->last_tag_time : TIME_NONE));
	json_put(out, "containers", users(u, row));
}

static void container(json_t *out, const struct usage *u, const struct usage_row *row)
{
	const struct api_container *c = &u->snap->containers.items[row->index];

	json_put(out, "id", json_text(c->id));
	json_put(out, "names", texts(&c->names));
	json_put(out, "image", json_text(c->image));
	json_put(out, "image_id", json_text(c->image_id));
	json_put(out, "state", json_text(api_container_state_name(c->state)));
	json_put(out, "log_bytes", bytes(row->log));
	json_put(out, "log_path", json_text(c->log_path && *c->log_path ? c->log_path : NULL));
	json_put(out, "created", stamp(c->created));
}

static void volume(json_t *out, const struct usage *u, const struct usage_row *row)
{
	const struct api_volume *v = &u->snap->volumes.items[row->index];

	json_put(out, "name", json_text(v->name));
	json_put(out, "driver", json_text(v->driver));
	json_put(out, "mountpoint", json_text(v->mountpoint));
	json_put(out, "created", stamp(v->created));
	json_put(out, "containers", users(u, row));
}

static void cache(json_t *out, const struct usage *u, const struct usage_row *row)
{
	const struct api_cache *c = &u->snap->caches.items[row->index];

	json_put(out, "id", json_text(c->id));
	json_put(out, "type", json_text(c->type));
	json_put(out, "description", json_text(c->description));
	json_put(out, "shared", json_boolean(c->shared));
	json_put(out, "usage_count",
		 c->usage_count < 0 ? json_null() : json_integer(c->usage_count));
	json_put(out, "created", stamp(c->created));
}

static const struct {
	enum kind kind;
	const char *key;
	void (*members)(json_t *out, const struct usage *u, const struct usage_row *row);
} lists[] = {
	{ KIND_IMAGE, "images", image },
	{ KIND_CONTAINER, "containers", container },
	{ KIND_VOLUME, "volumes", volume },
	{ KIND_CACHE, "build_cache", cache },
};

static json_t *list(const struct usage *u, size_t which)
{
	const struct usage_rows *rows = &u->rows[lists[which].kind];
	json_t *array;

	if (!u->snap->has[lists[which].kind])
		return json_null();
	array = json_array();
	for (size_t i = 0; i < rows->count; i++) {
		const struct usage_row *row = &rows->items[i];
		json_t *out = json_object();

		lists[which].members(out, u, row);
		json_put(out, "bytes", bytes(row->bytes));
		json_put(out, "in_use", json_boolean(row->in_use));
		json_put(out, "last_used", stamp(row->live ? u->snap->now : row->last_used));
		(void)!json_array_append_new(array, out);
	}
	return array;
}

static json_t *total(const struct usage_total *t)
{
	json_t *out = json_object();

	json_put(out, "count", json_integer((json_int_t)t->count));
	json_put(out, "in_use", json_integer((json_int_t)t->in_use));
	json_put(out, "bytes", bytes(t->bytes));
	json_put(out, "unused_bytes", bytes(t->unused));
	return out;
}

static json_t *disk(const struct snapshot *snap)
{
	json_t *out;

	if (snap->disk_total < 0)
		return json_null();
	out = json_object();
	json_put(out, "total_bytes", bytes(snap->disk_total));
	json_put(out, "free_bytes", bytes(snap->disk_free));
	return out;
}

json_t *usage_json(const struct usage *u)
{
	json_t *root = json_object(), *totals = json_object(), *offer = json_object();

	json_put(root, "engine_id", json_text(u->snap->info.id));
	json_put(root, "engine_name", json_text(u->snap->info.name));
	json_put(root, "time", stamp(u->snap->now));
	json_put(root, "disk", disk(u->snap));
	for (size_t i = 0; i < array_len(lists); i++)
		json_put(totals, lists[i].key,
			 u->snap->has[lists[i].kind] ? total(&u->totals[lists[i].kind])
						     : json_null());
	json_put(totals, "container_logs", u->logs.bytes < 0 ? json_null() : total(&u->logs));
	json_put(root, "totals", totals);
	json_put(offer, "prune_bytes", bytes(u->offer.prune));
	json_put(offer, "prune_all_bytes", bytes(u->offer.prune_all));
	json_put(root, "reclaimable", offer);
	for (size_t i = 0; i < array_len(lists); i++)
		json_put(root, lists[i].key, list(u, i));
	return root;
}
