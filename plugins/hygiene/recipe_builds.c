/* SPDX-License-Identifier: Apache-2.0 */
#include "plugins/hygiene/recipe_builds.h"

#include <string.h>

#include "plugins/hygiene/base_labels.h"

/* Not dated; NULL: all are. */
static const char *first_tag(const struct recipe *recipe)
{
	for (size_t i = 0; i < recipe->tags.count; i++)
		if (!recipe_tag_is_dated(recipe->tags.items[i]))
			return recipe->tags.items[i];
	return NULL;
}

char *recipe_stamp_name(const struct recipe *recipe)
{
	const char *tag = first_tag(recipe);

	return xasprintf("%s:%s", recipe->name, tag ? tag : "latest");
}

/* The tag of a name in the recipe's repository; NULL: it is another's. Docker lists names as people
 * type them, Podman in full. */
static const char *tag_of(const char *text, const struct recipe *recipe)
{
	const char *const names[] = { recipe->name, recipe->full };

	for (size_t i = 0; i < array_len(names); i++) {
		size_t len = strlen(names[i]);

		if (strncmp(text, names[i], len) == 0 && text[len] == ':')
			return text + len + 1;
	}
	return NULL;
}

static const struct api_image *tagged(const struct api_images *images, const struct recipe *recipe,
				      const char *tag)
{
	for (size_t i = 0; i < images->count; i++)
		for (size_t t = 0; t < images->items[i].tags.count; t++) {
			const char *found = tag_of(images->items[i].tags.items[t], recipe);

			if (found && strcmp(found, tag) == 0)
				return &images->items[i];
		}
	return NULL;
}

/* What is built on an image inherits its stamp, but has names of its own. */
bool recipe_has_built(const struct recipe *recipe, const struct api_image *image)
{
	const char *name = api_label_get(&image->labels, BASE_LABEL_NAME);
	scoped_str own = recipe_stamp_name(recipe);

	if (!name || strcmp(name, own) != 0)
		return false;
	for (size_t t = 0; t < image->tags.count; t++)
		if (tag_of(image->tags.items[t], recipe))
			return true;
	return false;
}

/* With dated tags only, the newest that was built for it. */
static const struct api_image *newest(const struct api_images *images, const struct recipe *recipe)
{
	const struct api_image *best = NULL;

	for (size_t i = 0; i < images->count; i++) {
		const struct api_image *image = &images->items[i];

		if (recipe_has_built(recipe, image) &&
		    (!best || base_built_at(image) > base_built_at(best)))
			best = image;
	}
	return best;
}

const struct api_image *recipe_find_built(const struct recipe *recipe,
					  const struct api_images *images)
{
	const char *tag = first_tag(recipe);

	return tag ? tagged(images, recipe, tag) : newest(images, recipe);
}
