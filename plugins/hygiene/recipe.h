/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hygiene-base.json: the base images of a company, and how each is built. Pure. Schema:
 * docs/base.md. Unknown keys are errors.
 *
 *     {"images": [
 *       {"name": "registry.example/base/python", "context": "python", "dockerfile": "Dockerfile",
 *        "target": "runtime", "args": {"VERSION": "3.12"}, "tags": ["latest", "%G.%V"],
 *        "inputs": ["requirements*.txt"], "max_age": "7d"}],
 *      "dependents": [{"name": "registry.example/app", "context": "../app"}]}
 *
 * dependents are no bases: they are built with --cascade only, when what they stand on was.
 */
#ifndef PLUGINS_HYGIENE_RECIPE_H
#define PLUGINS_HYGIENE_RECIPE_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "common/base/alloc.h"
#include "common/base/error.h"

#define RECIPE_FILE    "hygiene-base.json"
#define RECIPE_MAX     ((size_t)1 << 20) /* bytes of the file */
#define RECIPES_MAX    1000
#define RECIPE_MAX_AGE (7 * NSEC_PER_DAY)

struct recipe_arg {
	char *key, *value;
};
struct recipe {
	char *name; /* as docker shows it, without tag or digest: "registry.example/base/python" */
	char *full; /* the same in full: "docker.io/library/python" */
	char *context;    /* as written: relative to the file's folder, or absolute; "." */
	char *dockerfile; /* relative to the context, or absolute; "Dockerfile" */
	char *target;     /* NULL: the last stage */
	struct {
		struct recipe_arg *items;
		size_t count, room;
	} args;
	struct strings tags;   /* patterns; never empty */
	struct strings inputs; /* glob(7) patterns relative to the context */
	int64_t max_age;       /* ns; 0: age is no reason */
	bool dependent;
};
/* Bases first, then dependents, as written. */
struct recipes {
	struct recipe *items;
	size_t count, room;
};

/*
 * name: of the file, for errors. Errors: ERROR_USAGE with the place: no such schema, a name that is
 * none or has a tag, a name twice, a tag pattern that can make no tag, a path that leaves the
 * context for inputs ("../x").
 */
int recipes_parse(struct recipes *out, const char *data, size_t len, const char *name,
		  struct error *err) must_check;
void recipes_release(struct recipes *r);
#define scoped_recipes scoped(recipes_release) struct recipes
/* By full name; NULL if there is none. */
const struct recipe *recipe_find(const struct recipes *r, const char *full_name);

/*
 * A tag pattern at that time: %G %V (year and week of ISO 8601) %Y %m %d %H %M and %%. number 2 and
 * more: "-2" is appended, as for a second build in a week. Owned.
 */
char *recipe_tag(const char *pattern, const struct tm *time, unsigned number) must_check;
/* Whether it has a time in it: such a tag is never moved to another image. */
bool recipe_tag_is_dated(const char *pattern);

#endif
