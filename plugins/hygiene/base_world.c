/* SPDX-License-Identifier: Apache-2.0 */
#include "plugins/hygiene/base_world.h"

#include <libgen.h>
#include <string.h>
#include <sys/stat.h>

#include "common/base/clock.h"
#include "common/base/map.h"
#include "common/client/files.h"
#include "common/client/registry/ops.h"
#include "common/codec/json.h"
#include "common/codec/reference.h"
#include "plugins/hygiene/base_labels.h"
#include "plugins/hygiene/recipe_builds.h"

static void source_release(struct base_source *source)
{
	recipe_place_release(&source->place);
	buf_release(&source->text);
	dockerfile_release(&source->file);
}

void base_world_release(struct base_world *world)
{
	for (size_t i = 0; i < world->recipes.count && world->sources; i++)
		source_release(&world->sources[i]);
	for (size_t i = 0; i < world->recipes.count && world->images; i++)
		due_image_release(&world->images[i]);
	free(world->sources);
	free(world->images);
	recipes_release(&world->recipes);
	api_images_release(&world->local);
	platform_release(&world->platform);
	*world = (struct base_world){ 0 };
}

/* --- the recipe file */

char *recipe_file(const char *path)
{
	struct stat st;

	if (!path)
		return xstrdup(RECIPE_FILE);
	if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
		return xasprintf("%s/%s", path, RECIPE_FILE);
	return xstrdup(path);
}

static char *folder_of(const char *file)
{
	scoped_str copy = xstrdup(file);

	return xstrdup(dirname(copy));
}

int recipe_file_read(struct recipes *out, const char *file, struct error *err)
{
	scoped_buf text = { 0 };

	buf_init(&text, RECIPE_MAX);
	if (file_read(file, RECIPE_MAX, &text, err) < 0)
		return err->kind == ERROR_NOT_FOUND
			       ? error_hint(err, "name the base images in a " RECIPE_FILE)
			       : -1;
	return recipes_parse(out, text.data, text.len, file, err);
}

static int read_recipes(struct base_world *world, const char *file, struct error *err)
{
	if (recipe_file_read(&world->recipes, file, err) < 0)
		return -1;
	world->sources = xcalloc(world->recipes.count, sizeof(*world->sources));
	world->images = xcalloc(world->recipes.count, sizeof(*world->images));
	return 0;
}

/* --- the Dockerfiles */

static int read_dockerfile(struct base_source *source, const struct recipe *recipe,
			   const struct strings *platforms, struct error *err)
{
	scoped_strings args = { 0 };

	for (size_t i = 0; i < recipe->args.count; i++)
		strings_take(&args, xasprintf("%s=%s", recipe->args.items[i].key,
					      recipe->args.items[i].value));
	buf_init(&source->text, DOCKERFILE_MAX);
	if (file_read(source->place.dockerfile, DOCKERFILE_MAX, &source->text, err) < 0)
		return -1;
	if (dockerfile_parse(&source->file, source->text.data, source->text.len, &args, platforms,
			     err) < 0 ||
	    dockerfile_target(&source->file, recipe->target, &source->stage, err) < 0)
		return error_wrap(err, "%s", source->place.dockerfile);
	return 0;
}

/* The recipe that makes this image; DUE_NONE: a registry has it. Dated tags name builds of the
 * past, digests those that were pushed: both are not what is built now. */
static size_t maker_of(const struct recipes *recipes, const struct reference *ref)
{
	scoped_str full = reference_full_name(ref);
	const struct recipe *recipe = recipe_find(recipes, full);

	if (!recipe || ref->digest)
		return DUE_NONE;
	for (size_t i = 0; i < recipe->tags.count; i++)
		if (!recipe_tag_is_dated(recipe->tags.items[i]) &&
		    strcmp(recipe->tags.items[i], ref->tag ? ref->tag : "latest") == 0)
			return (size_t)(recipe - recipes->items);
	return DUE_NONE;
}

static int add_use(struct base_world *world, struct due_image *image, const char *name,
		   struct error *err)
{
	scoped_reference ref = { 0 };

	if (reference_parse(name, &ref, err) < 0)
		return -1;
	scoped_str full = reference_full_name(&ref);
	struct due_use *use = array_add(&image->uses);

	use->own = maker_of(&world->recipes, &ref);
	if (ref.digest) {
		use->name = xasprintf("%s%s%s", full, ref.tag ? ":" : "", ref.tag ? ref.tag : "");
		use->digest = xstrdup(ref.digest);
		use->pinned = true;
	} else {
		use->name = xasprintf("%s:%s", full, ref.tag ? ref.tag : "latest");
	}
	return 0;
}

static bool is_source(const struct dockerfile *file, const char *name)
{
	for (size_t i = 0; i < file->count; i++)
		for (size_t n = 0; n < file->items[i].others.count; n++)
			if (strcmp(file->items[i].others.items[n], name) == 0)
				return true;
	return false;
}

static int read_uses(struct base_world *world, size_t i, struct error *err)
{
	const struct base_source *source = &world->sources[i];
	const struct dockerfile_stage *root = dockerfile_root(&source->file, source->stage);
	scoped_strings names = { 0 };

	dockerfile_images(&source->file, source->stage, &names);
	for (size_t n = 0; n < names.count; n++) {
		if (add_use(world, &world->images[i], names.items[n], err) < 0)
			return error_wrap(err, "%s", source->place.dockerfile);
		struct due_use *use = &world->images[i].uses.items[n];

		use->base = root->image && strcmp(root->image, names.items[n]) == 0;
		use->source = is_source(&source->file, names.items[n]);
	}
	return 0;
}

static int read_source(struct base_world *world, size_t i, const char *folder,
		       const struct strings *platforms, struct error *err)
{
	const struct recipe *recipe = &world->recipes.items[i];
	struct base_source *source = &world->sources[i];

	world->images[i].recipe = recipe;
	world->images[i].built = TIME_NONE;
	recipe_place(&source->place, recipe, folder);
	if (read_dockerfile(source, recipe, platforms, err) < 0 || read_uses(world, i, err) < 0)
		return -1;
	return base_inputs_hash(&world->images[i].inputs, recipe, &source->place, &source->text,
				err);
}

/* --- the engine */

static int read_engine(struct base_world *world, struct engine *engine, struct error *err)
{
	scoped(api_info_release) struct api_info info = { 0 };
	scoped_json *images = NULL;
	scoped_json *about = NULL;

	if (engine_get(engine, "/info", "info", &about, err) < 0 ||
	    api_info_parse(about, &info, err) < 0 ||
	    engine_get(engine, "/images/json", "image list", &images, err) < 0 ||
	    api_images_parse(images, &world->local, err) < 0)
		return -1;
	platform_set(&world->platform, info.os_type, info.architecture, NULL);
	return 0;
}

static void fill_built(struct base_world *world, size_t i)
{
	struct due_image *image = &world->images[i];
	const struct api_image *built = recipe_find_built(image->recipe, &world->local);

	if (!built)
		return;
	image->id = xstrdup(built->id);
	image->stamped = recipe_has_built(image->recipe, built);
	if (!image->stamped)
		return;
	image->built_uses = xstrdup_null(api_label_get(&built->labels, BASE_LABEL_USES));
	image->built_inputs = xstrdup_null(api_label_get(&built->labels, BASE_LABEL_INPUTS));
	image->built = base_built_at(built);
}

/* What another recipe makes is known by its image here. */
static void fill_own_uses(struct base_world *world, size_t i)
{
	struct due_image *image = &world->images[i];

	for (size_t u = 0; u < image->uses.count; u++) {
		struct due_use *use = &image->uses.items[u];

		if (use->own == DUE_NONE)
			continue;
		use->digest = xstrdup_null(world->images[use->own].id);
		if (!use->digest)
			use->unknown = xstrdup("it is not built yet");
	}
}

int base_world_read(struct base_world *out, const char *path, struct engine *engine,
		    struct error *err)
{
	scoped_str file = recipe_file(path);
	scoped_str folder = folder_of(file);
	scoped_base_world world = { 0 };
	scoped_strings platforms = { 0 };

	if (read_recipes(&world, file, err) < 0 || read_engine(&world, engine, err) < 0)
		return -1;
	dockerfile_platform_args(&platforms, &world.platform, &world.platform);
	for (size_t i = 0; i < world.recipes.count; i++)
		if (read_source(&world, i, folder, &platforms, err) < 0)
			return error_wrap(err, "%s", world.recipes.items[i].name);
	for (size_t i = 0; i < world.recipes.count; i++)
		fill_built(&world, i);
	for (size_t i = 0; i < world.recipes.count; i++)
		fill_own_uses(&world, i);
	*out = take_value(world);
	return 0;
}

/* --- the registries */

/* One question, whoever wants to know. */
struct question {
	struct base_world *world;
	const char *name; /* of the use that asks first */
};

static void answer(void *ctx, struct ops_manifest *m)
{
	const struct question *q = ctx;

	for (size_t i = 0; i < q->world->recipes.count; i++) {
		struct due_image *image = &q->world->images[i];

		for (size_t u = 0; u < image->uses.count; u++) {
			struct due_use *use = &image->uses.items[u];

			if (use->own != DUE_NONE || use->digest || strcmp(use->name, q->name) != 0)
				continue;
			if (m->outcome == REGISTRY_OK)
				use->digest = xstrdup(m->digest);
			else
				str_replace(&use->unknown, xstrdup(m->err.text));
		}
	}
}

static void ask(struct registry *registry, struct question *q)
{
	struct error ignored = ERROR_INIT;
	scoped_reference ref = { 0 };

	/* It was written from one. */
	if (reference_parse(q->name, &ref, &ignored) == 0)
		ops_manifest_head(registry, &ref, answer, q);
}

int base_world_ask(struct base_world *world, struct registry *registry, struct error *err)
{
	size_t most = 0;
	size_t count = 0;
	scoped_map seen;

	for (size_t i = 0; i < world->recipes.count; i++)
		most += world->images[i].uses.count;
	struct question *questions = xcalloc(most + 1, sizeof(*questions));

	map_init(&seen);
	for (size_t i = 0; i < world->recipes.count; i++) {
		for (size_t u = 0; u < world->images[i].uses.count; u++) {
			const struct due_use *use = &world->images[i].uses.items[u];

			if (use->own != DUE_NONE || use->digest ||
			    map_put(&seen, use->name, count) != count)
				continue;
			questions[count] = (struct question){ world, use->name };
			ask(registry, &questions[count++]);
		}
	}
	int rc = registry_run(registry, err);

	free(questions);
	return rc;
}
