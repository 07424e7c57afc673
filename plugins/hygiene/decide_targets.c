/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Targets: of what may go, the shortest run of what was used least recently. Nothing in the run
 * needs anything outside it to go first, since what holds or is built on an object was used no
 * earlier and comes first among equals.
 */
#include <string.h>

#include "plugins/hygiene/decide_internal.h"
#include "plugins/hygiene/layers.h"

struct candidates {
	struct candidate *items;
	size_t count, room;
};

struct target {
	bool disk;     /* --free, of all kinds that hold disk */
	bool size;     /* --max-size, of images */
	bool measured; /* the disk is known; else nothing goes for --free */
	int64_t freed; /* so far */
};

int candidate_compare(const void *a, const void *b)
{
	const struct candidate *left = a;
	const struct candidate *right = b;
	const struct object *l = &left->d->objects[left->kind][left->i];
	const struct object *r = &right->d->objects[right->kind][right->i];

	if (l->recency != r->recency)
		return l->recency < r->recency ? -1 : 1;
	if (left->kind != right->kind)
		return left->kind < right->kind ? -1 : 1;
	if (l->depth != r->depth)
		return l->depth > r->depth ? -1 : 1;
	return strcmp(object_id(left->d->snap, left->kind, left->i),
		      object_id(right->d->snap, right->kind, right->i));
}

static void collect_kind(struct candidates *list, struct decision *d, enum kind kind)
{
	for (size_t i = 0; i < d->counts[kind]; i++) {
		struct candidate *c;

		if (!d->objects[kind][i].goes)
			continue;
		c = array_add(list);
		*c = (struct candidate){ kind, i, d };
	}
}

/* A volume of unknown size brings nothing nearer that could be counted on. */
static void leave_unsized_volumes(struct decision *d)
{
	for (size_t i = 0; i < d->counts[KIND_VOLUME]; i++)
		if (d->objects[KIND_VOLUME][i].goes && d->snap->volumes.items[i].size < 0)
			verdict_keep(d, KIND_VOLUME, i, PLAN_RULE_TARGET,
				     xstrdup("its size is not known, so it cannot count for the "
					     "target"));
}

static void collect_candidates(struct candidates *list, struct decision *d,
			       const struct target *target)
{
	if (target->disk) {
		leave_unsized_volumes(d);
		collect_kind(list, d, KIND_CONTAINER);
		collect_kind(list, d, KIND_VOLUME);
		collect_kind(list, d, KIND_CACHE);
	}
	collect_kind(list, d, KIND_IMAGE);
	if (list->count > 1)
		qsort(list->items, list->count, sizeof(*list->items), candidate_compare);
}

static int64_t bytes_of(const struct candidate *c, struct layers *layers)
{
	const struct snapshot *snap = c->d->snap;
	int64_t bytes = 0;

	if (c->kind == KIND_CONTAINER)
		bytes = snap->containers.items[c->i].size_rw;
	else if (c->kind == KIND_VOLUME)
		bytes = snap->volumes.items[c->i].size;
	else if (c->kind == KIND_CACHE)
		bytes = snap->caches.items[c->i].shared ? 0 : snap->caches.items[c->i].size;
	else
		bytes = layers_remove(layers, c->i).max;
	return bytes > 0 ? bytes : 0;
}

static bool reached(const struct decision *d, const struct target *target)
{
	if (target->size && d->size_left > d->policy->max_size)
		return false;
	if (!target->disk)
		return true;
	return target->measured && d->snap->disk_free >= d->free_target - target->freed;
}

static void take(struct decision *d, const struct candidates *list, struct target *target,
		 struct layers *layers)
{
	bool done = reached(d, target) || (target->disk && !target->measured);

	for (size_t k = 0; k < list->count; k++) {
		const struct candidate *c = &list->items[k];
		int64_t bytes;

		if (done) {
			verdict_keep(d, c->kind, c->i, PLAN_RULE_TARGET,
				     xstrdup(target->disk && !target->measured
						     ? "the engine's disk could not be measured"
						     : "the target is reached without it"));
			continue;
		}
		bytes = bytes_of(c, layers);
		if (__builtin_add_overflow(target->freed, bytes, &target->freed))
			target->freed = INT64_MAX;
		if (c->kind == KIND_IMAGE && target->size)
			d->size_left -= bytes;
		done = reached(d, target);
	}
	d->target_reached = reached(d, target);
}

/*
 * What unused images hold, if everything goes that may: an image whose container the run does not
 * reach is still used, so that what unused ones hold can only be less.
 */
static int64_t held_by_unused(const struct decision *d, const struct layers *layers)
{
	bool *unused = xcalloc(d->counts[KIND_IMAGE], sizeof(*unused));
	int64_t bytes;

	for (size_t i = 0; i < d->counts[KIND_IMAGE]; i++)
		unused[i] = d->objects[KIND_IMAGE][i].holder == NO_INDEX;
	bytes = layers_held_only_by(layers, unused);
	free(unused);
	return bytes;
}

/* Sets free_target from bytes or a share of the disk (rounded up). */
static void set_disk_target(struct decision *d, struct target *target)
{
	const struct policy *policy = d->policy;

	target->disk = policy->free_bytes != UNSET || policy->free_percent != UNSET;
	if (!target->disk)
		return;
	target->measured = d->snap->disk_free >= 0 &&
			   (policy->free_percent == UNSET || d->snap->disk_total >= 0);
	if (policy->free_percent == UNSET)
		d->free_target = policy->free_bytes;
	else if (target->measured)
		d->free_target =
			(int64_t)(((__int128)d->snap->disk_total * policy->free_percent + 99999) /
				  100000);
}

void choose(struct decision *d)
{
	struct target target = { .size = d->policy->max_size != UNSET &&
					 d->policy->kinds[KIND_IMAGE].chosen };
	struct candidates list = { 0 };
	scoped_layers *layers = NULL;

	set_disk_target(d, &target);
	if (!target.disk && !target.size)
		return;
	layers = layers_open(d->snap);
	if (target.size) {
		d->size_target = d->policy->max_size;
		d->size_left = held_by_unused(d, layers);
	}
	collect_candidates(&list, d, &target);
	take(d, &list, &target, layers);
	free(list.items);
}
