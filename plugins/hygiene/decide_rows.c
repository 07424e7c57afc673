/* SPDX-License-Identifier: Apache-2.0 */
/* Verdicts to rows: stages, untags, bytes. */
#include <string.h>

#include "plugins/hygiene/decide_internal.h"
#include "plugins/hygiene/fingerprint.h"
#include "plugins/hygiene/keep.h"
#include "plugins/hygiene/layers.h"

static char *fingerprint_of(const struct snapshot *snap, enum kind kind, size_t i)
{
	switch (kind) {
	case KIND_CONTAINER:
		return fingerprint_container(&snap->containers.items[i]);
	case KIND_NETWORK:
		return fingerprint_network(&snap->networks.items[i]);
	case KIND_VOLUME:
		return fingerprint_volume(&snap->volumes.items[i]);
	case KIND_IMAGE:
		return fingerprint_image(&snap->images.items[i]);
	case KIND_CACHE:
		return fingerprint_cache(&snap->caches.items[i]);
	case KIND_COUNT:
		break;
	}
	return NULL;
}

static struct plan_row *add_row(struct plan_rows *rows, const struct decision *d, enum kind kind,
				size_t i)
{
	const struct object *o = &d->objects[kind][i];
	struct plan_row *row = array_add(rows);

	*row = (struct plan_row){
		.kind = kind,
		.action = ACTION_KEEP,
		.rule = o->rule,
		.id = xstrdup(object_id(d->snap, kind, i)),
		.name = object_name(d->snap, kind, i),
		.reason = xstrdup(o->reason ? o->reason : ""),
		.fingerprint = fingerprint_of(d->snap, kind, i),
		.bytes = -1,
		.bytes_min = -1,
		.last_used = o->age_from,
		.use_seen = o->use_seen,
		.index = i,
	};
	return row;
}

/* Digests that no removal of a tag takes along: those in repositories that are not in `gone`. */
static void list_digests(struct strings *out, const struct strings *digests, const struct map *gone)
{
	for (size_t i = 0; i < digests->count; i++) {
		scoped_str repository = reference_repository(digests->items[i]);

		if (!map_has(gone, repository))
			strings_add(out, digests->items[i]);
	}
}

/*
 * References that must be taken off before the engine removes the image by its ID without force,
 * which it does if all that are left are one tag and digests of that tag's repository, or digests
 * of one repository. A tag takes the digests of its repository along when it is the last there.
 * Returns the reference that is left; NULL if there is none.
 */
static char *list_untags(const struct api_image *image, struct strings *untags)
{
	const struct strings *names = image->tags.count ? &image->tags : &image->digests;
	scoped_strings sorted = { 0 };
	scoped_strings repositories = { 0 };
	scoped_map gone;

	map_init(&gone);
	if (names->count == 0)
		return NULL;
	strings_copy(&sorted, names);
	strings_sort(&sorted);
	if (image->tags.count) {
		for (size_t i = 0; i + 1 < sorted.count; i++)
			strings_add(untags, sorted.items[i]);
		for (size_t i = 0; i < sorted.count; i++)
			strings_take(&repositories, reference_repository(sorted.items[i]));
	} else {
		strings_take(&repositories, reference_repository(sorted.items[sorted.count - 1]));
	}
	for (size_t i = 0; i < repositories.count; i++)
		map_put(&gone, repositories.items[i], i);
	list_digests(untags, &image->digests, &gone);
	strings_sort(untags);
	return xstrdup(sorted.items[sorted.count - 1]);
}

static void add_image_rows(struct plan_rows *rows, const struct decision *d, size_t i,
			   unsigned stage)
{
	const struct api_image *image = &d->snap->images.items[i];
	scoped_strings untags = { 0 };
	char *left = list_untags(image, &untags);
	struct plan_row *row;

	for (size_t j = 0; j < untags.count; j++) {
		row = add_row(rows, d, KIND_IMAGE, i);
		row->action = ACTION_UNTAG;
		row->stage = stage;
		row->bytes = row->bytes_min = 0;
		str_replace(&row->name, xstrdup(untags.items[j]));
		str_replace(&row->reason, xasprintf("a reference of %s, which goes", left));
	}
	row = add_row(rows, d, KIND_IMAGE, i);
	row->action = ACTION_REMOVE;
	row->stage = stage;
	if (left)
		str_replace(&row->name, left);
}

/* By height, so that children go before parents; else as the targets choose. */
static int row_compare(const void *a, const void *b)
{
	const struct candidate *left = a;
	const struct candidate *right = b;
	unsigned l = left->d->objects[left->kind][left->i].height;
	unsigned r = right->d->objects[right->kind][right->i].height;

	if (l != r)
		return l < r ? -1 : 1;
	return candidate_compare(a, b);
}

/* Rows of one kind, a stage for each height; returns the first stage that is free after it. */
static unsigned add_kind(struct plan_rows *rows, const struct decision *d, enum kind kind,
			 unsigned stage)
{
	struct candidate *list = xcalloc(d->counts[kind], sizeof(*list));
	size_t count = 0;

	for (size_t i = 0; i < d->counts[kind]; i++)
		if (d->objects[kind][i].goes)
			list[count++] = (struct candidate){ kind, i, d };
	if (count > 1)
		qsort(list, count, sizeof(*list), row_compare);
	for (size_t k = 0; k < count; k++) {
		if (k > 0 &&
		    d->objects[kind][list[k].i].height != d->objects[kind][list[k - 1].i].height)
			stage++;
		if (kind == KIND_IMAGE) {
			add_image_rows(rows, d, list[k].i, stage);
		} else {
			struct plan_row *row = add_row(rows, d, kind, list[k].i);

			row->action = ACTION_REMOVE;
			row->stage = stage;
		}
	}
	free(list);
	return stage + (count > 0);
}

static int kept_compare(const void *a, const void *b)
{
	const struct plan_row *left = a;
	const struct plan_row *right = b;
	int order;

	if (left->kind != right->kind)
		return left->kind < right->kind ? -1 : 1;
	if (left->rule != right->rule)
		return left->rule < right->rule ? -1 : 1;
	order = strcmp(left->name, right->name);
	return order ? order : strcmp(left->id, right->id);
}

void sort_kept(struct plan *plan)
{
	if (plan->kept.count > 1)
		qsort(plan->kept.items, plan->kept.count, sizeof(*plan->kept.items), kept_compare);
}

static void add_kept(struct plan *out, const struct decision *d)
{
	for (enum kind kind = 0; kind < KIND_COUNT; kind++)
		for (size_t i = 0; i < d->counts[kind]; i++) {
			const struct object *o = &d->objects[kind][i];

			if (o->goes || !o->told)
				continue;
			(void)add_row(&out->kept, d, kind, i);
			out->kept_for_grace += o->rule == PLAN_RULE_GRACE;
		}
	sort_kept(out);
}

static void set_cache_bytes(struct plan_row *row, const struct snapshot *snap)
{
	const struct api_cache *c = &snap->caches.items[row->index];

	/* Shared: an image has the same layer, and what it holds is counted there. */
	row->bytes = c->shared || c->size < 0 ? 0 : c->size;
	row->bytes_min = snap->info.containerd_store ? 0 : row->bytes;
}

static void set_bytes(struct plan_row *row, const struct snapshot *snap, struct layers *layers)
{
	struct layers_bytes bytes;

	switch (row->kind) {
	case KIND_CONTAINER:
		row->bytes = row->bytes_min = snap->containers.items[row->index].size_rw;
		return;
	case KIND_VOLUME:
		row->bytes = row->bytes_min = snap->volumes.items[row->index].size;
		return;
	case KIND_CACHE:
		set_cache_bytes(row, snap);
		return;
	case KIND_IMAGE:
		bytes = layers_remove(layers, row->index);
		row->bytes = bytes.max;
		row->bytes_min = bytes.min;
		return;
	default:
		row->bytes = row->bytes_min = 0;
	}
}

/* What it would free beside all that goes; -1 where that is not known. */
static void set_kept_bytes(struct plan_row *row, const struct snapshot *snap, struct layers *layers)
{
	if (row->kind != KIND_IMAGE) {
		set_bytes(row, snap, layers);
	} else if (layers && snap->images.items[row->index].inspected) {
		row->bytes = layers_unique(layers, row->index);
		row->bytes_min = 0;
	}
}

static void add_clamped(int64_t *sum, int64_t bytes)
{
	if (bytes > 0 && __builtin_add_overflow(*sum, bytes, sum))
		*sum = INT64_MAX;
}

void count_bytes(struct plan *plan, const struct snapshot *snap)
{
	scoped_layers *layers = NULL;

	plan->bytes = plan->bytes_min = 0;
	for (size_t i = 0; i < plan->rows.count && !layers; i++)
		if (plan->rows.items[i].kind == KIND_IMAGE)
			layers = layers_open(snap);
	for (size_t i = 0; i < plan->rows.count; i++) {
		struct plan_row *row = &plan->rows.items[i];

		if (row->action == ACTION_REMOVE)
			set_bytes(row, snap, layers);
		add_clamped(&plan->bytes, row->bytes);
		add_clamped(&plan->bytes_min, row->bytes_min);
	}
	for (size_t i = 0; i < plan->kept.count; i++)
		set_kept_bytes(&plan->kept.items[i], snap, layers);
}

void make_rows(struct plan *out, const struct decision *d)
{
	unsigned stage = 0;

	for (enum kind kind = 0; kind < KIND_COUNT; kind++)
		stage = add_kind(&out->rows, d, kind, stage);
	add_kept(out, d);
	count_bytes(out, d->snap);
	out->target_reached = d->target_reached;
	out->free_target = d->free_target;
	out->size_target = d->size_target;
	out->size_left = d->size_left;
}
