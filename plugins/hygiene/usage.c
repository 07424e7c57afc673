/* SPDX-License-Identifier: Apache-2.0 */
#include "plugins/hygiene/usage.h"

#include <stdlib.h>
#include <string.h>

#include "plugins/hygiene/lastuse.h"
#include "plugins/hygiene/layers.h"
#include "plugins/hygiene/plan.h"

static bool runs(const struct api_container *c)
{
	return c->state == API_CONTAINER_RUNNING || c->state == API_CONTAINER_PAUSED ||
	       c->state == API_CONTAINER_RESTARTING;
}

static void make_rows(struct usage_rows *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct usage_row *row = array_add(rows);

		row->index = i;
		row->bytes = row->unique = row->log = -1;
		row->last_used = row->since = TIME_NONE;
	}
}

static void fill_images(struct usage *u)
{
	scoped_layers *layers = layers_open(u->snap);

	make_rows(&u->rows[KIND_IMAGE], u->snap->images.count);
	for (size_t i = 0; i < u->snap->images.count; i++) {
		const struct api_image *image = &u->snap->images.items[i];
		struct usage_row *row = &u->rows[KIND_IMAGE].items[i];
		const struct use *use;

		row->bytes = image->size;
		row->unique = layers_unique(layers, i);
		/* The engine's size and the history's may differ by rounding; a part is no whole.
		 */
		if (row->bytes >= 0 && row->unique > row->bytes)
			row->unique = row->bytes;
		use = lastuse_find(&u->snap->uses, KIND_IMAGE, image->id);
		row->last_used = use ? use->last_used : TIME_NONE;
		row->since = time_max(image->created, use ? use->arrived : TIME_NONE);
		if (image->inspected)
			row->since = time_max(row->since, image->last_tag_time);
	}
}

static void fill_containers(struct usage *u, const int64_t *logs)
{
	make_rows(&u->rows[KIND_CONTAINER], u->snap->containers.count);
	for (size_t i = 0; i < u->snap->containers.count; i++) {
		const struct api_container *c = &u->snap->containers.items[i];
		struct usage_row *row = &u->rows[KIND_CONTAINER].items[i];

		row->bytes = c->size_rw;
		row->log = logs ? logs[i] : -1;
		row->in_use = row->live = runs(c);
		row->last_used = c->inspected ? time_max(c->started, c->finished) : TIME_NONE;
		row->since = c->created;
	}
}

static void fill_volumes(struct usage *u)
{
	make_rows(&u->rows[KIND_VOLUME], u->snap->volumes.count);
	for (size_t i = 0; i < u->snap->volumes.count; i++) {
		const struct api_volume *v = &u->snap->volumes.items[i];
		struct usage_row *row = &u->rows[KIND_VOLUME].items[i];

		row->bytes = v->size;
		row->last_used = lastuse_of(&u->snap->uses, KIND_VOLUME, v->name);
		row->since = v->created;
	}
}

static void fill_caches(struct usage *u)
{
	make_rows(&u->rows[KIND_CACHE], u->snap->caches.count);
	for (size_t i = 0; i < u->snap->caches.count; i++) {
		const struct api_cache *c = &u->snap->caches.items[i];
		struct usage_row *row = &u->rows[KIND_CACHE].items[i];

		row->bytes = c->size;
		row->in_use = row->live = c->in_use;
		row->last_used = c->last_used;
		row->since = c->created;
	}
}

static void add_user(void *ctx, enum kind kind, size_t i, size_t container)
{
	struct usage *u = ctx;
	struct usage_row *row;

	if (kind == KIND_NETWORK)
		return;
	row = &u->rows[kind].items[i];
	if (row->users.count && row->users.items[row->users.count - 1] == container)
		return;
	*(size_t *)array_add(&row->users) = container;
	row->in_use = true;
	row->live |= runs(&u->snap->containers.items[container]);
}

/* Unknown bytes of one make the sum unknown. */
static void add(int64_t *sum, int64_t bytes)
{
	if (*sum < 0 || bytes < 0 || __builtin_add_overflow(*sum, bytes, sum))
		*sum = -1;
}

/* Build cache that is shared is counted where it is shared: with the images. */
static int64_t counted(const struct usage *u, enum kind kind, const struct usage_row *row)
{
	if (kind == KIND_CACHE && u->snap->caches.items[row->index].shared)
		return 0;
	return row->bytes;
}

static void sum_up(struct usage *u, enum kind kind)
{
	struct usage_total *total = &u->totals[kind];

	*total = (struct usage_total){ .count = u->rows[kind].count };
	for (size_t i = 0; i < u->rows[kind].count; i++) {
		const struct usage_row *row = &u->rows[kind].items[i];

		total->in_use += row->in_use;
		add(&total->bytes, counted(u, kind, row));
		if (!row->in_use)
			add(&total->unused, counted(u, kind, row));
	}
	if (!u->snap->has[kind])
		total->bytes = total->unused = -1;
}

/* Not the sum of sizes, in which shared layers are many times. */
static void sum_images(struct usage *u)
{
	size_t count = u->snap->images.count;
	scoped_layers *layers = layers_open(u->snap);
	bool *hold = xcalloc(count + 1, sizeof(*hold));

	for (size_t i = 0; i < count; i++)
		hold[i] = !u->rows[KIND_IMAGE].items[i].in_use;
	u->totals[KIND_IMAGE].unused = layers_held_only_by(layers, hold);
	for (size_t i = 0; i < count; i++)
		hold[i] = true;
	u->totals[KIND_IMAGE].bytes = layers_held_only_by(layers, hold);
	free(hold);
}

/* Logs that cannot be read are left out: what is known is still worth telling. */
static void sum_logs(struct usage *u)
{
	u->logs = (struct usage_total){ .bytes = -1, .unused = -1 };
	for (size_t i = 0; i < u->rows[KIND_CONTAINER].count; i++) {
		const struct usage_row *row = &u->rows[KIND_CONTAINER].items[i];

		if (row->log < 0)
			continue;
		if (!u->logs.count++)
			u->logs.bytes = u->logs.unused = 0;
		u->logs.in_use += row->in_use;
		add(&u->logs.bytes, row->log);
		if (!row->in_use)
			add(&u->logs.unused, row->log);
	}
}

static int64_t weight(const struct usage_row *row)
{
	int64_t bytes = row->bytes > 0 ? row->bytes : 0;
	int64_t log = row->log > 0 ? row->log : 0;

	return bytes > INT64_MAX - log ? INT64_MAX : bytes + log;
}

static int larger_first(const void *a, const void *b)
{
	const struct usage_row *left = a, *right = b;
	int64_t l = weight(left), r = weight(right);

	if (l != r)
		return l > r ? -1 : 1;
	return left->index < right->index ? -1 : left->index > right->index;
}

void usage_fill(struct usage *out, const struct snapshot *snap, const int64_t *logs)
{
	memset(out, 0, sizeof(*out));
	out->snap = snap;
	out->offer = (struct usage_offer){ -1, -1 };
	fill_images(out);
	fill_containers(out, logs);
	fill_volumes(out);
	fill_caches(out);
	decide_holders(snap, add_user, out);
	for (enum kind kind = 0; kind < KIND_COUNT; kind++)
		sum_up(out, kind);
	sum_images(out);
	sum_logs(out);
	for (enum kind kind = 0; kind < KIND_COUNT; kind++)
		if (out->rows[kind].count)
			qsort(out->rows[kind].items, out->rows[kind].count,
			      sizeof(*out->rows[kind].items), larger_first);
}

void usage_release(struct usage *usage)
{
	for (enum kind kind = 0; kind < KIND_COUNT; kind++) {
		for (size_t i = 0; i < usage->rows[kind].count; i++)
			free(usage->rows[kind].items[i].users.items);
		free(usage->rows[kind].items);
	}
	memset(usage, 0, sizeof(*usage));
}
