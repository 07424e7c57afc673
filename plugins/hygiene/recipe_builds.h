/* SPDX-License-Identifier: Apache-2.0 */
/* Which images are builds of a recipe: by the stamp (base_labels.h) and by their names. Pure. */
#ifndef PLUGINS_HYGIENE_RECIPE_BUILDS_H
#define PLUGINS_HYGIENE_RECIPE_BUILDS_H

#include "common/codec/api.h"
#include "plugins/hygiene/recipe.h"

/* BASE_LABEL_NAME of what it builds: the name that others build FROM. Owned. */
char *recipe_stamp_name(const struct recipe *recipe) must_check;
/* Whether the image is a build of it, this one or an earlier: it has the stamp, and a tag of its
 * repository. */
bool recipe_has_built(const struct recipe *recipe, const struct api_image *image);
/* What has its first tag that is not dated, stamped or not; where all are dated, its newest build.
 * NULL: there is none. */
const struct api_image *recipe_find_built(const struct recipe *recipe,
					  const struct api_images *images);

#endif
