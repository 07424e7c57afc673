/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include <strings.h>

#include "common/codec/dockerfile_from.h"
#include "common/codec/printable.h"

int dockerfile_target(const struct dockerfile *file, const char *target, size_t *out,
		      struct error *err)
{
	char shown[PRINTABLE_SHORT];

	for (size_t i = file->count; i > 0; i--) {
		const char *name = file->items[i - 1].name;

		if (!target || (name && strcasecmp(name, target) == 0)) {
			*out = i - 1;
			return 0;
		}
	}
	return error_set(err, ERROR_NOT_FOUND, 0, "there is no stage %s",
			 printable_short(shown, target ? target : ""));
}

const struct dockerfile_stage *dockerfile_root(const struct dockerfile *file, size_t stage)
{
	/* Each stands on an earlier one: this ends. */
	while (file->items[stage].parent != STAGE_NONE)
		stage = file->items[stage].parent;
	return &file->items[stage];
}

static void add_image(struct strings *out, const char *image)
{
	if (!strings_have(out, image))
		strings_add(out, image);
}

/* The stages that the build of this one takes something from, itself among them. */
static void mark_needed(const struct dockerfile *file, size_t stage, bool *needed)
{
	needed[stage] = true;
	/* What a stage needs comes before it. */
	for (size_t i = stage + 1; i > 0; i--) {
		const struct dockerfile_stage *s = &file->items[i - 1];

		if (!needed[i - 1])
			continue;
		if (s->parent != STAGE_NONE)
			needed[s->parent] = true;
		for (size_t k = 0; k < s->uses.count; k++)
			needed[s->uses.items[k]] = true;
	}
}

void dockerfile_images(const struct dockerfile *file, size_t stage, struct strings *out)
{
	bool needed[DOCKERFILE_STAGES_MAX] = { [0] = false };

	mark_needed(file, stage, needed);
	for (size_t i = 0; i <= stage; i++) {
		const struct dockerfile_stage *s = &file->items[i];

		if (!needed[i])
			continue;
		if (s->image)
			add_image(out, s->image);
		for (size_t k = 0; k < s->others.count; k++)
			add_image(out, s->others.items[k]);
	}
	strings_sort(out);
}

const char *dockerfile_platform(const struct dockerfile *file, size_t stage, const char *image)
{
	bool needed[DOCKERFILE_STAGES_MAX] = { [0] = false };

	mark_needed(file, stage, needed);
	for (size_t i = stage + 1; i > 0; i--) {
		const struct dockerfile_stage *s = &file->items[i - 1];

		if (needed[i - 1] && s->image && strcmp(s->image, image) == 0)
			return s->platform;
	}
	return NULL;
}

static void add_platform(struct strings *out, const char *prefix, const struct platform *p)
{
	scoped_str text = platform_format(p);

	strings_take(out, xasprintf("%sPLATFORM=%s", prefix, text));
	strings_take(out, xasprintf("%sOS=%s", prefix, p->os ? p->os : ""));
	strings_take(out, xasprintf("%sARCH=%s", prefix, p->architecture ? p->architecture : ""));
	strings_take(out, xasprintf("%sVARIANT=%s", prefix, p->variant ? p->variant : ""));
}

void dockerfile_platform_args(struct strings *out, const struct platform *build,
			      const struct platform *target)
{
	add_platform(out, "BUILD", build);
	add_platform(out, "TARGET", target);
}
