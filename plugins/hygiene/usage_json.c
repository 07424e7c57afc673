/* SPDX-License-Identifier: Apache-2.0 */
#include "plugins/hygiene/usage.h"

#include <string.h>

#include "common/base/buf.h"
#include "common/codec/json.h"
#include "common/codec/printable.h"
#include "common/codec/timefmt.h"

static json_t *text(const char *s)
{
	json_t *json = s ? json_string(s) : json_null();
	scoped_buf clean;

	buf_init(&clean, s ? strlen(s) * 4 + 1 : 1);
	if (json)
		return json;
	/* Words of an engine may be anything; JSON holds UTF-8 alone. */
	printable_add(&clean, s);
	return json_string(clean.data);
}

static json_t *texts(const struct strings *list)
{
	json_t *array = json_array();

	for (size_t i = 0; i < list->count; i++)
		(void)!json_array_append_new(array, text(list->items[i]));
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

static void set(json_t *object, const char *key, json_t *value)
{
	(void)!json_object_set_new(object, key, value);
}

static json_t *users(const struct usage *u, const struct usage_row *row)
{
	json_t *array = json_array();

	for (size_t i = 0; i < row->users.count; i++) {
		const struct api_container *c = &u->snap->containers.items[row->users.items[i]];
		json_t *user = json_object();

		set(user, "id", text(c->id));
		set(user, "name", text(c->names.count ? c->names.items[0] : NULL));
		set(user, "state", text(api_container_state_name(c->state)));
		(void)!json_array_append_new(array, user);
	}
	return array;
}

static void image(json_t *out, const struct usage *u, const struct usage_row *row)
{
	const struct api_image *i = &u->snap->images.items[row->index];

	set(out, "id", text(i->id));
	set(out, "tags", texts(&i->tags));
	set(out, "digests", texts(&i->digests));
	set(out, "shared_bytes", bytes(row->bytes < 0 ? -1 : row->bytes - row->unique));
	set(out, "unique_bytes", bytes(row->unique));
	set(out, "created", stamp(i->created));
	set(out, "last_tagged", stamp(i->inspected ? i->last_tag_time : TIME_NONE));
	set(out, "containers", users(u, row));
}

static void container(json_t *out, const struct usage *u, const struct usage_row *row)
{
	const struct api_container *c = &u->snap->containers.items[row->index];

	set(out, "id", text(c->id));
	set(out, "names", texts(&c->names));
	set(out, "image", text(c->image));
	set(out, "image_id", text(c->image_id));
	set(out, "state", text(api_container_state_name(c->state)));
	set(out, "log_bytes", bytes(row->log));
	set(out, "log_path", text(c->log_path && *c->log_path ? c->log_path : NULL));
	set(out, "created", stamp(c->created));
}

static void volume(json_t *out, const struct usage *u, const struct usage_row *row)
{
	const struct api_volume *v = &u->snap->volumes.items[row->index];

	set(out, "name", text(v->name));
	set(out, "driver", text(v->driver));
	set(out, "mountpoint", text(v->mountpoint));
	set(out, "created", stamp(v->created));
	set(out, "containers", users(u, row));
}

static void cache(json_t *out, const struct usage *u, const struct usage_row *row)
{
	const struct api_cache *c = &u->snap->caches.items[row->index];

	set(out, "id", text(c->id));
	set(out, "type", text(c->type));
	set(out, "description", text(c->description));
	set(out, "shared", json_boolean(c->shared));
	set(out, "usage_count", c->usage_count < 0 ? json_null() : json_integer(c->usage_count));
	set(out, "created", stamp(c->created));
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
		set(out, "bytes", bytes(row->bytes));
		set(out, "in_use", json_boolean(row->in_use));
		set(out, "last_used", stamp(row->live ? u->snap->now : row->last_used));
		(void)!json_array_append_new(array, out);
	}
	return array;
}

static json_t *total(const struct usage_total *t)
{
	json_t *out = json_object();

	set(out, "count", json_integer((json_int_t)t->count));
	set(out, "in_use", json_integer((json_int_t)t->in_use));
	set(out, "bytes", bytes(t->bytes));
	set(out, "unused_bytes", bytes(t->unused));
	return out;
}

static json_t *disk(const struct snapshot *snap)
{
	json_t *out;

	if (snap->disk_total < 0)
		return json_null();
	out = json_object();
	set(out, "total_bytes", bytes(snap->disk_total));
	set(out, "free_bytes", bytes(snap->disk_free));
	return out;
}

json_t *usage_json(const struct usage *u)
{
	json_t *root = json_object(), *totals = json_object(), *offer = json_object();

	set(root, "engine_id", text(u->snap->info.id));
	set(root, "engine_name", text(u->snap->info.name));
	set(root, "time", stamp(u->snap->now));
	set(root, "disk", disk(u->snap));
	for (size_t i = 0; i < array_len(lists); i++)
		set(totals, lists[i].key,
		    u->snap->has[lists[i].kind] ? total(&u->totals[lists[i].kind]) : json_null());
	set(totals, "container_logs", u->logs.bytes < 0 ? json_null() : total(&u->logs));
	set(root, "totals", totals);
	set(offer, "prune_bytes", bytes(u->offer.prune));
	set(offer, "prune_all_bytes", bytes(u->offer.prune_all));
	set(root, "reclaimable", offer);
	for (size_t i = 0; i < array_len(lists); i++)
		set(root, lists[i].key, list(u, i));
	return root;
}
