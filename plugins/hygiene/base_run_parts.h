/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of base_run.h share. */
#ifndef PLUGINS_HYGIENE_BASE_RUN_PARTS_H
#define PLUGINS_HYGIENE_BASE_RUN_PARTS_H

#include "plugins/hygiene/base_run.h"

/* One image on its way. */
struct base_building {
	const struct base_world *world;
	size_t image;
	const char *const *temporaries; /* per recipe: what it is called in this run; NULL */
};

/* base_run.c: runs docker with those words, its output shown. */
int base_docker(struct base_run *run, const struct strings *words, struct error *err) must_check;

/* base_run_names.c. Whether an image as a Dockerfile writes it is the use of that full name. */
bool base_same_image(const char *full, const char *written);
/* Whether that name is a temporary one of a run long ago. */
bool base_temporary_is_left(const char *name, int64_t now);
/* The tags that each built image gets, into results and moves: dated ones with the first number
 * that nobody has yet, here and (where they are pushed) at the registry. */
int base_choose_tags(struct base_run *run, const struct base_world *world,
		     const struct due_plan *plan, struct error *err) must_check;

#endif
