/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Everything that a decision to build is made from: recipes, Dockerfiles, what lies on this disk,
 * what the engine has, what the registries say now.
 */
#ifndef PLUGINS_HYGIENE_BASE_WORLD_H
#define PLUGINS_HYGIENE_BASE_WORLD_H

#include "common/client/engine.h"
#include "common/client/registry/registry.h"
#include "common/codec/api.h"
#include "common/codec/dockerfile_from.h"
#include "plugins/hygiene/base_due.h"
#include "plugins/hygiene/base_inputs.h"

/* A recipe's own files. */
struct base_source {
	struct recipe_place place;
	struct buf text; /* of the Dockerfile */
	struct dockerfile file;
	size_t stage; /* that is built */
};
struct base_world {
	struct recipes recipes;
	struct base_source *sources; /* as recipes */
	struct due_image *images;    /* as recipes */
	struct api_images local;
	struct platform platform; /* of the engine */
};
void base_world_release(struct base_world *world);
#define scoped_base_world scoped(base_world_release) struct base_world

/* The path of the recipe file: path, or RECIPE_FILE in it if it is a folder; NULL: RECIPE_FILE
 * here. Owned. */
char *recipe_file(const char *path) must_check;
/* Errors: those of the file and of recipes_parse(), with its name. */
int recipe_file_read(struct recipes *out, const char *file, struct error *err) must_check;

/* The recipe file, or what it lies in if path is a folder; NULL: RECIPE_FILE here. Fills recipes
 * and sources. Errors: those of the files, with their names. */
int base_world_read(struct base_world *out, const char *path, struct engine *engine,
		    struct error *err) must_check;

/* What the registries say of all that is used and made by no recipe. Its failures are the uses' own
 * (due_use.unknown). Errors: ERROR_CANCELLED. */
int base_world_ask(struct base_world *world, struct registry *registry, struct error *err)
	must_check;

#endif
