/* SPDX-License-Identifier: Apache-2.0 */
/* Which images go: unused ones, by their last use. */
#include <string.h>

#include "plugins/hygiene/decide_internal.h"
#include "common/base/sort.h"
#include "plugins/hygiene/keep.h"

/* An image in one of its repositories. */
struct place {
	char *repository;
	size_t i;
};
struct places {
	struct place *items;
	size_t count, room;
	const struct api_images *images;
};

static int newer_first(int64_t a, int64_t b)
{
	return a > b ? -1 : a < b;
}

/* By repository, then the newest first. */
static int place_compare(const void *a, const void *b, void *ctx)
{
	const struct api_images *images = ctx;
	const struct place *left = a;
	const struct place *right = b;
	const struct api_image *l = &images->items[left->i];
	const struct api_image *r = &images->items[right->i];
	int order = strcmp(left->repository, right->repository);

	if (order == 0)
		order = newer_first(l->created, r->created);
	if (order == 0)
		order = newer_first(l->last_tag_time, r->last_tag_time);
	return order ? order : strcmp(l->id, r->id);
}

static void list_places(struct places *places, const struct api_images *images)
{
	for (size_t i = 0; i < images->count; i++) {
		scoped_strings names = { 0 };

		image_repositories(&images->items[i], &names);
		for (size_t j = 0; j < names.count; j++) {
			struct place *place = array_add(places);

			place->repository = take_ptr(names.items[j]);
			place->i = i;
		}
	}
	sort_with(places->items, places->count, sizeof(*places->items), place_compare,
		  (void *)images);
}

/* True if place k is of the repository, and made at the time, of the place before it. */
static bool ties(const struct places *places, size_t k)
{
	const struct place *place = &places->items[k];
	const struct api_image *images = places->images->items;

	return k > 0 && strcmp(place->repository, places->items[k - 1].repository) == 0 &&
	       images[place->i].created == images[places->items[k - 1].i].created;
}

/*
 * Marks those of places [from, to), one repository, that are among its newest. Early, of images
 * made at the same time all may turn out to be the older ones: they count with the last of them.
 */
static void rank_repository(struct decision *d, const struct places *places, size_t from, size_t to)
{
	size_t newest = (size_t)d->policy->keep_last;
	size_t last = from;

	strings_add(&d->repositories, places->items[from].repository);
	for (size_t k = from; k < to; k++) {
		size_t i = places->items[k].i;

		if (last <= k)
			for (last = k + 1; last < to && ties(places, last);)
				last++;
		if ((d->early ? last - from : k - from + 1) > newest)
			continue;
		if (d->keep_last[i] == 0)
			d->keep_last[i] = d->repositories.count;
	}
}

/* Marks the newest images of each repository. Images count, not tags. */
static void rank(struct decision *d)
{
	struct places places = { .images = &d->snap->images };

	d->keep_last = xcalloc(d->counts[KIND_IMAGE], sizeof(*d->keep_last));
	list_places(&places, &d->snap->images);
	for (size_t from = 0, to; from < places.count; from = to) {
		for (to = from + 1;
		     to < places.count &&
		     strcmp(places.items[to].repository, places.items[from].repository) == 0;)
			to++;
		rank_repository(d, &places, from, to);
	}
	for (size_t k = 0; k < places.count; k++)
		free(places.items[k].repository);
	free(places.items);
}

/* When and why it counts as used or new, in words; sets age_from and use_seen. */
static char *image_age(struct decision *d, size_t i)
{
	const struct api_image *image = &d->snap->images.items[i];
	struct object *o = &d->objects[KIND_IMAGE][i];
	size_t known = map_get(&d->image_uses, image->id);
	const struct use *use = known == MAP_NONE ? NULL : &d->snap->uses.items[known];
	int64_t used = time_max(use ? use->last_used : TIME_NONE, o->used);
	int64_t arrived = time_max(use ? use->arrived : TIME_NONE,
				   image->inspected ? image->last_tag_time : TIME_NONE);
	int64_t made = time_max(image->created, arrived);
	const char *before = image->tags.count ? "" : "dangling, ";
	scoped_str what = NULL;
	scoped_str by = NULL;

	o->age_from = time_max(used, made);
	o->use_seen = used != TIME_NONE;
	if (!o->use_seen)
		return text_unused(d, KIND_IMAGE, before, "built or pulled", made);
	what = xasprintf("%s%s", before, used >= made ? "last used" : "tagged or pulled");
	if (used < made || used != o->used)
		return text_ago(d, what, o->age_from);
	by = container_label(d->snap, o->user);
	str_replace(&what, text_ago(d, what, used));
	return xasprintf("%s by container %s", what, by);
}

static void judge_image(struct decision *d, size_t i)
{
	const struct api_image *image = &d->snap->images.items[i];
	const struct kind_rules *rules = &d->policy->kinds[KIND_IMAGE];
	struct object *o = &d->objects[KIND_IMAGE][i];
	char *what = image_age(d, i);

	o->recency = o->age_from;
	if (!rules->chosen || (image->tags.count && !d->policy->all)) {
		verdict_stay(d, KIND_IMAGE, i);
	} else if (image->read_only) {
		verdict_keep(d, KIND_IMAGE, i, PLAN_RULE_SCOPE,
			     xstrdup("it is in a store that podman only reads"));
	} else if (judge_held(d, KIND_IMAGE, i) ||
		   judge_rules(d, KIND_IMAGE, i, keep_image(&rules->keep, image), &image->labels)) {
		/* kept */
	} else if (d->keep_last && d->keep_last[i]) {
		verdict_keep(d, KIND_IMAGE, i, PLAN_RULE_KEEP_LAST,
			     xasprintf("among the newest %lld of %s",
				       (long long)d->policy->keep_last,
				       d->repositories.items[d->keep_last[i] - 1]));
	} else {
		int64_t latest = o->age_from;

		/* It may have been tagged since: young is certain, old is not. */
		if (!image->inspected && time_diff(d->snap->now, o->age_from) >= rules->older_than)
			o->age_from = TIME_NONE;
		if (d->early && o->age_from == TIME_NONE && latest <= d->snap->now)
			verdict_go(d, KIND_IMAGE, i, take_ptr(what));
		else
			judge_age(d, KIND_IMAGE, i, latest, take_ptr(what));
	}
	free(what);
}

void judge_images(struct decision *d)
{
	scoped_links links = { 0 };

	if (d->policy->keep_last > 0)
		rank(d);
	for (size_t i = 0; i < d->counts[KIND_IMAGE]; i++)
		judge_image(d, i);
	if (d->early)
		return;
	links_of_images(&links, d);
	settle(d, KIND_IMAGE, &links);
}
