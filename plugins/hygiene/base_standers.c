/* SPDX-License-Identifier: Apache-2.0 */
#include "plugins/hygiene/base_standers.h"

#include <string.h>

#include "plugins/hygiene/base_find.h"
#include "plugins/hygiene/base_labels.h"
#include "plugins/hygiene/recipe_builds.h"

void base_standers_release(struct base_standers *list)
{
	for (size_t i = 0; i < list->count; i++) {
		free(list->items[i].image);
		free(list->items[i].base);
	}
	free(list->items);
	*list = (struct base_standers){ 0 };
}

static bool is_stamped(const struct api_image *image)
{
	return api_label_get(&image->labels, BASE_LABEL_NAME) != NULL;
}

/*
 * An image of the very same layers stands on it only if it has its stamp. One with more may stand
 * on what the old one itself adds no layer to: then it has inherited no stamp at all.
 */
static bool stands_on(const struct api_image *image, const struct api_image *old)
{
	return image != old && base_is_beginning(old, image) &&
	       (is_stamped(image) || !is_stamped(old)) &&
	       (image->diff_ids.count > old->diff_ids.count || base_same_stamp(image, old));
}

static bool has_moved(const struct recipe *recipe, const struct tag_moves *moves)
{
	for (size_t i = 0; i < moves->count; i++)
		if (moves->items[i].moved && strcmp(moves->items[i].repository, recipe->name) == 0)
			return true;
	return false;
}

/* Another build of what was built anew, and not an image that inherited the stamp of `old`. */
static bool is_build(const struct api_image *image, const struct api_image *old,
		     const struct tag_moves *moves, const struct recipes *recipes)
{
	if (base_same_stamp(image, old))
		return false;
	for (size_t i = 0; i < recipes->count; i++)
		if (recipe_has_built(&recipes->items[i], image) &&
		    has_moved(&recipes->items[i], moves))
			return true;
	return false;
}

static const struct api_image *image_of(const struct api_images *images, const char *id)
{
	for (size_t i = 0; i < images->count; i++)
		if (strcmp(images->items[i].id, id) == 0)
			return &images->items[i];
	return NULL;
}

/* The image that has lost this tag, if the other one stands on it. */
static const struct api_image *lost_by(const struct tag_move *move, const struct api_image *image,
				       const struct api_images *images,
				       const struct tag_moves *moves, const struct recipes *recipes)
{
	const struct api_image *old = move->moved && move->before ? image_of(images, move->before)
								  : NULL;

	return old && stands_on(image, old) && !is_build(image, old, moves, recipes) ? old : NULL;
}

static const struct tag_move *nearest(const struct api_image *image,
				      const struct api_images *images,
				      const struct tag_moves *moves, const struct recipes *recipes)
{
	const struct tag_move *best = NULL;
	size_t most = 0;

	for (size_t i = 0; i < moves->count; i++) {
		const struct tag_move *move = &moves->items[i];
		const struct api_image *old = lost_by(move, image, images, moves, recipes);

		if (!old || old->diff_ids.count <= most)
			continue;
		most = old->diff_ids.count;
		best = move;
	}
	return best;
}

/* Made by the run itself; it has but its temporary name yet. */
static bool is_own(const struct api_image *image, const struct tag_moves *moves)
{
	for (size_t i = 0; i < moves->count; i++)
		if (strcmp(moves->items[i].to, image->id) == 0)
			return true;
	return false;
}

static bool is_moved_name(const char *name, const struct tag_moves *moves)
{
	scoped_str full = base_full_name(name);

	for (size_t i = 0; full && i < moves->count; i++) {
		const struct tag_move *move = &moves->items[i];
		scoped_str tag = xasprintf("%s:%s", move->repository, move->tag);
		scoped_str moved = move->moved ? base_full_name(tag) : NULL;

		if (moved && strcmp(full, moved) == 0)
			return true;
	}
	return false;
}

/* A name that it still has, "latest" rather than others; NULL: none. */
static const char *shown_tag(const struct api_image *image, const struct tag_moves *moves)
{
	const char *first = NULL;

	for (size_t i = 0; i < image->tags.count; i++) {
		const char *name = image->tags.items[i];
		const char *tag = strrchr(name, ':');

		if (is_moved_name(name, moves))
			continue;
		if (tag && strcmp(tag, ":latest") == 0)
			return name;
		if (!first)
			first = name;
	}
	return first;
}

static bool is_dependent(const struct api_image *image, const struct recipes *recipes)
{
	for (size_t i = 0; i < recipes->count; i++)
		if (recipes->items[i].dependent && recipe_has_built(&recipes->items[i], image))
			return true;
	return false;
}

void base_standers_find(struct base_standers *out, const struct api_images *images,
			const struct tag_moves *moves, const struct recipes *recipes)
{
	for (size_t i = 0; i < images->count; i++) {
		const struct api_image *image = &images->items[i];
		const char *name = is_own(image, moves) ? NULL : shown_tag(image, moves);
		const struct tag_move *move = name ? nearest(image, images, moves, recipes) : NULL;

		if (!move)
			continue;
		struct base_stander *stander = array_add(out);

		stander->image = xstrdup(name);
		stander->base = xasprintf("%s:%s", move->repository, move->tag);
		stander->dependent = is_dependent(image, recipes);
	}
}
