/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which base images are due for a build, in which order, and why. Pure: what is known comes in, a
 * plan comes out.
 *
 * Due is what this suite has not built yet; whose upstream (any image that its Dockerfile uses) is
 * another one than it was built with; of which an input, the Dockerfile or the recipe changed;
 * which is older than max_age; or which stands on another image of the file that is due. What is
 * not known is no reason to build, and is told.
 */
#ifndef PLUGINS_HYGIENE_BASE_DUE_H
#define PLUGINS_HYGIENE_BASE_DUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/alloc.h"
#include "common/base/error.h"
#include "plugins/hygiene/recipe.h"

/* One image that a Dockerfile uses: base of a stage, or source of COPY --from and the like. */
struct due_use {
	char *name;    /* in full with its tag: "docker.io/library/python:3.12" (without,
			  where the Dockerfile has a digest only) */
	size_t own;    /* index of the recipe that makes it; DUE_NONE: it comes from a registry */
	char *digest;  /* now: of the registry, or the ID of the local image of `own`; NULL: unknown
			*/
	char *unknown; /* why it is not known; NULL */
	bool pinned;   /* by digest, in the Dockerfile */
	bool base;     /* of the stage that is built in the end */
	bool source;   /* files are taken from it by its name: COPY --from and the like */
};
#define DUE_NONE SIZE_MAX

struct due_image {
	const struct recipe *recipe;
	struct {
		struct due_use *items;
		size_t count, room;
	} uses;
	char *inputs; /* sha256 of inputs, Dockerfile and recipe, as they are now */
	/* Of the image that has the recipe's tag, if this suite built it: */
	char *id;         /* NULL: there is no such image, whoever built it */
	bool stamped;     /* has the labels */
	char *built_uses; /* "name@digest name@digest", sorted */
	char *built_inputs;
	int64_t built; /* TIME_NONE: not told */
};
void due_image_release(struct due_image *image);

#define DUE_REASONS(X)                                            \
	X(FORCED, "forced", "forced")                             \
	X(NEW, "new", "there is no image yet")                    \
	X(FOREIGN, "foreign", "it was not built by this command") \
	X(UPSTREAM, "upstream", "upstream moved")                 \
	X(INPUT, "input", "Dockerfile, inputs or recipe changed") \
	X(AGE, "age", "too old")                                  \
	X(PARENT, "parent", "stands on what is rebuilt")
enum due_reason {
#define DUE_ENUM(reason, name, text) DUE_##reason,
	DUE_REASONS(DUE_ENUM)
#undef DUE_ENUM
		DUE_REASON_COUNT
};
const char *due_reason_name(enum due_reason reason);

struct due_row {
	size_t image;     /* index in images[] */
	bool due;         /* is built in this run */
	unsigned reasons; /* bits 1 << enum due_reason; of a dependent without cascade too: it would
			     be due */
	char *why;        /* one line for people: every reason, or why it is not due */
	char *blocked;    /* due, and why it cannot be built all the same; NULL: it can */
};
struct due_plan {
	struct due_row *items; /* in the order of building: what is used comes first */
	size_t count, room;
};
void due_plan_release(struct due_plan *plan);
#define scoped_due_plan scoped(due_plan_release) struct due_plan

/* How many are built in this run. */
size_t due_count(const struct due_plan *plan);

struct due_options {
	int64_t now;  /* wall clock */
	bool force;   /* everything is due */
	bool cascade; /* dependents are built too */
};
/* Errors: ERROR_USAGE: images that stand on each other in a circle, with their names. */
int base_due(struct due_plan *out, const struct due_image *images, size_t count,
	     const struct due_options *options, struct error *err) must_check;

/* The value of the stamp that built_uses is read from: what is known, sorted. Owned. */
char *due_uses_text(const struct due_image *image) must_check;

#endif
