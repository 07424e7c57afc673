/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a reviewed plan and the present decision agree on. Leaving a row out may bring objects back
 * into use (a container that stays holds its image) or leave children on parents, so what is left
 * is judged once more.
 */
#include <string.h>

#include "plugins/hygiene/decide_internal.h"

/* What rows are compared by, as text; fields from outside cannot run into each other. Owned. */
static char *row_key(const struct plan_row *row)
{
	return xasprintf("%d %d %zu:%s %zu:%s %s", (int)row->kind, (int)row->action,
			 strlen(row->id), row->id, strlen(row->name), row->name,
			 row->fingerprint ? row->fingerprint : "");
}

static char *object_key(enum kind kind, const char *id)
{
	return xasprintf("%d %s", (int)kind, id);
}

/* A map that owns its keys. */
struct index {
	struct map map;
	struct strings keys;
};

static void index_init(struct index *index)
{
	*index = (struct index){ 0 };
	map_init(&index->map);
}

static void index_release(struct index *index)
{
	map_release(&index->map);
	strings_release(&index->keys);
}
#define scoped_index scoped(index_release) struct index

static void index_put(struct index *index, char *key, size_t value)
{
	strings_take(&index->keys, key);
	map_put(&index->map, key, value);
}

static size_t index_get(const struct index *index, char *key)
{
	scoped_str owned = key;

	return map_get(&index->map, owned);
}

/* Untags and the removal of one image stand together: [from, end) of the rows. */
static size_t unit_end(const struct plan_rows *rows, size_t from)
{
	while (from + 1 < rows->count && rows->items[from].action == ACTION_UNTAG)
		from++;
	return from + 1;
}

/* Lets go, in d, what every row of its unit was reviewed for. */
static void take_reviewed(struct decision *d, const struct plan_rows *rows,
			  const struct index *reviewed)
{
	for (size_t from = 0, end; from < rows->count; from = end) {
		const struct plan_row *row = &rows->items[from];
		bool all = true;

		end = unit_end(rows, from);
		for (size_t i = from; i < end; i++)
			all &= index_get(reviewed, row_key(&rows->items[i])) != MAP_NONE;
		d->objects[row->kind][row->index].goes = all;
	}
}

/* Keeps what is held or built on again, now that not everything goes. */
static void judge_again(struct decision *d)
{
	static const enum kind held[] = { KIND_NETWORK, KIND_VOLUME, KIND_IMAGE };
	scoped_links images = { 0 };
	scoped_links networks = { 0 };
	scoped_links caches = { 0 };

	hold(d);
	for (size_t k = 0; k < array_len(held); k++)
		for (size_t i = 0; i < d->counts[held[k]]; i++)
			if (d->objects[held[k]][i].goes)
				(void)judge_held(d, held[k], i);
	links_of_images(&images, d);
	settle(d, KIND_IMAGE, &images);
	links_of_networks(&networks, d);
	settle(d, KIND_NETWORK, &networks);
	links_of_caches(&caches, d);
	settle(d, KIND_CACHE, &caches);
}

/* Where what a reviewed row speaks of is now. */
struct present {
	struct index rows;    /* of the plan, by row_key(), that are left */
	struct index planned; /* of the plan, by object, that went or were to go */
	struct index kept;    /* of plan->kept, by object */
	struct index objects; /* of the snapshot */
};

static void present_init(struct present *p, const struct plan *plan, const struct snapshot *snap,
			 const struct decision *d)
{
	index_init(&p->rows);
	index_init(&p->planned);
	index_init(&p->kept);
	index_init(&p->objects);
	for (size_t i = 0; i < plan->rows.count; i++) {
		const struct plan_row *row = &plan->rows.items[i];

		if (d->objects[row->kind][row->index].goes)
			index_put(&p->rows, row_key(row), i);
		index_put(&p->planned, object_key(row->kind, row->id), i);
	}
	for (size_t i = 0; i < plan->kept.count; i++)
		index_put(&p->kept, object_key(plan->kept.items[i].kind, plan->kept.items[i].id),
			  i);
	for (enum kind kind = 0; kind < KIND_COUNT; kind++)
		for (size_t i = 0; i < d->counts[kind]; i++)
			index_put(&p->objects, object_key(kind, object_id(snap, kind, i)), i);
}

static void present_release(struct present *p)
{
	index_release(&p->rows);
	index_release(&p->planned);
	index_release(&p->kept);
	index_release(&p->objects);
}

/* Why a reviewed row is not acted on; owned. */
static char *why_changed(const struct plan_row *row, const struct present *p,
			 const struct plan *plan, const struct decision *d)
{
	size_t i = index_get(&p->planned, object_key(row->kind, row->id));
	const struct object *o;

	if (i != MAP_NONE) {
		o = &d->objects[row->kind][plan->rows.items[i].index];
		return o->reason ? xasprintf("stays now: %s", o->reason)
				 : xstrdup("changed since the plan was made");
	}
	i = index_get(&p->kept, object_key(row->kind, row->id));
	if (i != MAP_NONE)
		return xasprintf("stays now: %s", plan->kept.items[i].reason);
	if (row->kind != KIND_CONTAINER && row->kind != KIND_IMAGE && !d->snap->has[row->kind])
		return xstrdup("stays now: its kind is not asked for");
	if (index_get(&p->objects, object_key(row->kind, row->id)) != MAP_NONE)
		return xstrdup("in use since the plan was made, or not asked for now");
	return xstrdup("already gone");
}

static void list_changed(struct plan_rows *changed, const struct plan *plan,
			 const struct plan *reviewed, const struct present *p,
			 const struct decision *d)
{
	for (size_t i = 0; i < reviewed->rows.count; i++) {
		const struct plan_row *row = &reviewed->rows.items[i];
		struct plan_row *copy;

		if (index_get(&p->rows, row_key(row)) != MAP_NONE)
			continue;
		copy = plan_rows_copy(changed, row);
		copy->rule = PLAN_RULE_CHANGED;
		copy->index = NO_INDEX;
		str_replace(&copy->reason, why_changed(row, p, plan, d));
	}
}

/* Moves rows of what stays out of the plan: to kept, unless list_changed() has told of them. */
static void drop_rows(struct plan *plan, const struct plan *reviewed, const struct decision *d)
{
	scoped_index told;
	size_t left = 0;

	index_init(&told);
	for (size_t i = 0; i < reviewed->rows.count; i++)
		index_put(&told,
			  object_key(reviewed->rows.items[i].kind, reviewed->rows.items[i].id), i);
	for (size_t i = 0; i < plan->rows.count; i++) {
		struct plan_row *row = &plan->rows.items[i];
		struct plan_row *kept;

		if (d->objects[row->kind][row->index].goes) {
			plan->rows.items[left++] = *row;
			continue;
		}
		if (row->action == ACTION_REMOVE &&
		    index_get(&told, object_key(row->kind, row->id)) == MAP_NONE) {
			kept = plan_rows_copy(&plan->kept, row);
			kept->action = ACTION_KEEP;
			kept->rule = PLAN_RULE_NOT_PLANNED;
			kept->stage = 0;
			kept->bytes = kept->bytes_min = -1;
			str_replace(&kept->reason, xstrdup("may go, but is not in the plan that "
							   "was reviewed"));
		}
		plan_row_release(row);
	}
	plan->rows.count = left;
}

static int64_t image_bytes(const struct plan *plan)
{
	int64_t bytes = 0;

	for (size_t i = 0; i < plan->rows.count; i++)
		if (plan->rows.items[i].kind == KIND_IMAGE &&
		    __builtin_add_overflow(bytes, plan->rows.items[i].bytes, &bytes))
			return INT64_MAX;
	return bytes;
}

/* Fewer rows: the targets may be missed that the whole plan would have reached. */
static void measure_again(struct plan *plan, const struct snapshot *snap, int64_t images_before)
{
	if (plan->size_left >= 0 &&
	    __builtin_add_overflow(plan->size_left, images_before - image_bytes(plan),
				   &plan->size_left))
		plan->size_left = INT64_MAX;
	if (plan->size_target >= 0 && plan->size_left > plan->size_target)
		plan->target_reached = false;
	if (plan->free_target >= 0 &&
	    (snap->disk_free < 0 || snap->disk_free < plan->free_target - plan->bytes))
		plan->target_reached = false;
}

void plan_intersect(struct plan *plan, const struct plan *reviewed, const struct snapshot *snap,
		    struct plan_rows *changed)
{
	int64_t images_before = image_bytes(plan);
	struct index scoped(index_release) keys;
	struct present scoped(present_release) present;
	scoped_decision d;

	decision_open(&d, snap, NULL);
	index_init(&keys);
	for (size_t i = 0; i < reviewed->rows.count; i++)
		index_put(&keys, row_key(&reviewed->rows.items[i]), i);
	take_reviewed(&d, &plan->rows, &keys);
	judge_again(&d);
	present_init(&present, plan, snap, &d);
	list_changed(changed, plan, reviewed, &present, &d);
	drop_rows(plan, reviewed, &d);
	sort_kept(plan);
	count_bytes(plan, snap);
	measure_again(plan, snap, images_before);
}
