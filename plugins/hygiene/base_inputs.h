/* SPDX-License-Identifier: Apache-2.0 */
/* What a base image is built from on this disk, as one hash: another hash is a reason to build. */
#ifndef PLUGINS_HYGIENE_BASE_INPUTS_H
#define PLUGINS_HYGIENE_BASE_INPUTS_H

#include "common/base/buf.h"
#include "common/base/error.h"
#include "plugins/hygiene/recipe.h"

#define INPUTS_FILES_MAX 100000
#define INPUTS_FILE_MAX  ((size_t)256 << 20) /* bytes of one file */

/* Where a recipe's files are. */
struct recipe_place {
	char *context; /* absolute, or from the working directory */
	char *dockerfile;
};
/* folder: of the recipe file. */
void recipe_place(struct recipe_place *out, const struct recipe *recipe, const char *folder);
void recipe_place_release(struct recipe_place *place);
#define scoped_recipe_place scoped(recipe_place_release) struct recipe_place

/*
 * sha256 over the Dockerfile's text, the recipe's target and arguments, and each input's path,
 * executable bit and content; a link counts by where it points, a directory by all that is below
 * it. Times and owners do not count. Errors: ERROR_NOT_FOUND (a name without wildcards that is not
 * there), ERROR_LIMIT, ERROR_INPUT (a device, a socket), those of reading. Owned.
 */
int base_inputs_hash(char **out, const struct recipe *recipe, const struct recipe_place *place,
		     const struct buf *dockerfile, struct error *err) must_check;

#endif
