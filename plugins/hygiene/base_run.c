/* SPDX-License-Identifier: Apache-2.0 */
#include "plugins/hygiene/base_run.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "common/client/files.h"
#include "common/client/process.h"
#include "common/codec/timefmt.h"
#include "common/codec/manifest.h"
#include "plugins/hygiene/base_labels.h"
#include "plugins/hygiene/base_pin.h"
#include "plugins/hygiene/base_run_parts.h"
#include "plugins/hygiene/recipe_builds.h"

bool base_result_moved(const struct base_result *result)
{
	return result->state == BUILD_BUILT || result->state == BUILD_NOT_PUSHED;
}

void base_run_release(struct base_run *run)
{
	for (size_t i = 0; i < run->count; i++) {
		free(run->results[i].temporary);
		free(run->results[i].id);
		strings_release(&run->results[i].tags);
		strings_release(&run->results[i].pushed);
	}
	free(run->results);
	tag_moves_release(&run->moves);
	strings_release(&run->variables);
	run->results = NULL;
	run->count = 0;
}

static void tell(struct base_run *run, const char *fmt, ...) printf_like(2, 3);
static void tell(struct base_run *run, const char *fmt, ...)
{
	scoped_buf line = { 0 };
	va_list args;

	buf_init(&line, 1 << 16);
	va_start(args, fmt);
	buf_vfmt(&line, fmt, args);
	va_end(args);
	if (run->tell)
		run->tell(run->tell_ctx, line.data);
}

/* --- docker as a program */

int base_docker(struct base_run *run, const struct strings *words, struct error *err)
{
	size_t count = run->docker->count + words->count;
	const char **argv = xcalloc(count + 1, sizeof(*argv));
	struct process_result result = { 0 };

	for (size_t i = 0; i < count; i++)
		argv[i] = i < run->docker->count ? run->docker->items[i]
						 : words->items[i - run->docker->count];
	int rc = process_run_shown(argv, &run->variables, run->shown, run->cancel, &result, err);

	free(argv);
	if (rc == 0 && result.status != 0)
		return error_set(err, ERROR_REMOTE, result.status,
				 "docker %s failed (exit status %d); its own words are above",
				 words->items[0], result.status);
	return rc;
}

/* --- one image */

/* A Dockerfile that is written anew, in a folder of its own beside its own .dockerignore. */
struct rewritten {
	char *folder, *file, *ignore; /* NULL: not made */
};

static void rewritten_remove(struct rewritten *r)
{
	if (r->ignore)
		unlink(r->ignore);
	if (r->file)
		unlink(r->file);
	if (r->folder)
		rmdir(r->folder);
	free(r->ignore);
	free(r->file);
	free(r->folder);
}
#define scoped_rewritten scoped(rewritten_remove) struct rewritten

static int make_folder(struct rewritten *r, const char *tmp, struct error *err)
{
	scoped_str name = xasprintf("%s/docker-hygiene-base.XXXXXX", tmp && *tmp ? tmp : "/tmp");

	if (!mkdtemp(name))
		return error_errno(err, errno, "make %s", name);
	r->folder = take_ptr(name);
	r->file = xasprintf("%s/Dockerfile", r->folder);
	return 0;
}

/* <Dockerfile>.dockerignore is BuildKit's own for that file. */
static int copy_ignore(struct rewritten *r, const char *dockerfile, struct error *err)
{
	scoped_str from = xasprintf("%s.dockerignore", dockerfile);
	scoped_buf text = { 0 };

	buf_init(&text, DOCKERFILE_MAX);
	if (file_read(from, DOCKERFILE_MAX, &text, err) < 0) {
		if (err->kind != ERROR_NOT_FOUND)
			return -1;
		error_clear(err);
		return 0;
	}
	r->ignore = xasprintf("%s.dockerignore", r->file);
	return file_replace(r->ignore, text.data, text.len, 0600, err);
}

/* What a stage is to stand on in this run; NULL: as written. */
static const char *stand_in(const struct base_building *b, const char *image)
{
	const struct due_image *it = &b->world->images[b->image];

	for (size_t u = 0; u < it->uses.count; u++) {
		const struct due_use *use = &it->uses.items[u];

		if (use->own != DUE_NONE && b->temporaries[use->own] &&
		    base_same_image(use->name, image))
			return b->temporaries[use->own];
	}
	return NULL;
}

static int rewrite(const struct base_run *run, const struct base_building *b, struct rewritten *r,
		   struct error *err)
{
	const struct base_source *source = &b->world->sources[b->image];
	const char *images[DOCKERFILE_STAGES_MAX] = { NULL };
	scoped_buf text = { 0 };
	bool any = false;

	for (size_t i = 0; i < source->file.count; i++) {
		const struct dockerfile_stage *stage = &source->file.items[i];

		images[i] = stage->image ? stand_in(b, stage->image) : NULL;
		any = any || images[i];
	}
	if (!any)
		return 0;
	buf_init(&text, DOCKERFILE_MAX * 2);
	base_pin(&text, source->text.data, source->text.len, &source->file, images);
	if (make_folder(r, run->tmpdir, err) < 0 ||
	    copy_ignore(r, source->place.dockerfile, err) < 0)
		return -1;
	return file_replace(r->file, text.data, text.len, 0600, err);
}

/* --pull looks for every image at its registry; what is only here, it would not find. */
static bool stands_on_own(const struct due_image *image)
{
	for (size_t u = 0; u < image->uses.count; u++)
		if (image->uses.items[u].own != DUE_NONE)
			return true;
	return false;
}

static int pull_others(struct base_run *run, const struct due_image *image, struct error *err)
{
	for (size_t u = 0; u < image->uses.count; u++) {
		const struct due_use *use = &image->uses.items[u];
		scoped_strings words = { 0 };

		if (use->own != DUE_NONE)
			continue;
		strings_add(&words, "pull");
		strings_take(&words, use->pinned ? xasprintf("%s@%s", use->name, use->digest)
						 : xstrdup(use->name));
		if (base_docker(run, &words, err) < 0)
			return -1;
	}
	return 0;
}

static void add_label(struct strings *words, const char *name, const char *value)
{
	strings_take(words, xasprintf("--label=%s=%s", name, value));
}

/* The annotations of OCI. */
static void add_base(struct strings *words, const struct due_use *use)
{
	if (!use->base)
		return;
	add_label(words, ANNOTATION_BASE_NAME, use->name);
	/* Empty, and not inherited, where no registry has it yet. */
	add_label(words, ANNOTATION_BASE_DIGEST, use->own == DUE_NONE ? use->digest : "");
}

static void add_stamp(struct strings *words, const struct due_image *image, int64_t now)
{
	scoped_str uses = due_uses_text(image);
	scoped_str name = recipe_stamp_name(image->recipe);
	char time[TIME_TEXT];

	add_label(words, BASE_LABEL_NAME, name);
	add_label(words, BASE_LABEL_USES, uses);
	add_label(words, BASE_LABEL_INPUTS, image->inputs);
	add_label(words, BASE_LABEL_BUILT, time_format_rfc3339(time, now, 0));
	for (size_t u = 0; u < image->uses.count; u++)
		add_base(words, &image->uses.items[u]);
}

static void build_words(struct strings *words, const struct base_run *run,
			const struct base_building *b, const char *dockerfile,
			const char *temporary)
{
	const struct due_image *image = &b->world->images[b->image];
	const struct recipe *recipe = image->recipe;

	strings_add(words, "build");
	if (!stands_on_own(image))
		strings_add(words, "--pull");
	/* "apt-get upgrade" of last week is no weekly build. */
	if (!run->use_cache)
		strings_add(words, "--no-cache");
	strings_take(words, xasprintf("--file=%s", dockerfile));
	strings_take(words, xasprintf("--tag=%s", temporary));
	if (recipe->target)
		strings_take(words, xasprintf("--target=%s", recipe->target));
	for (size_t i = 0; i < recipe->args.count; i++)
		strings_take(words, xasprintf("--build-arg=%s=%s", recipe->args.items[i].key,
					      recipe->args.items[i].value));
	add_stamp(words, image, run->clock->now(run->clock));
	strings_add(words, "--");
	strings_add(words, b->world->sources[b->image].place.context);
}

static int build_one(struct base_run *run, const struct base_building *b,
		     struct base_result *result, struct error *err)
{
	const struct base_source *source = &b->world->sources[b->image];
	const struct due_image *image = &b->world->images[b->image];
	scoped_rewritten other = { 0 };
	scoped_strings words = { 0 };

	if (rewrite(run, b, &other, err) < 0 ||
	    (stands_on_own(image) && pull_others(run, image, err) < 0))
		return -1;
	build_words(&words, run, b, other.file ? other.file : source->place.dockerfile,
		    result->temporary);
	if (base_docker(run, &words, err) < 0 ||
	    tag_id(run->deeds, result->temporary, &result->id, err) < 0)
		return -1;
	if (!result->id)
		return error_set(err, ERROR_NOT_FOUND, 0,
				 "docker build says that it was done, but the engine has no image; "
				 "a builder that keeps its results elsewhere is of no use here "
				 "(docker buildx use default)");
	return 0;
}

/* What was built is what others of this run stand on. */
static void note_built(struct base_world *world, size_t made, const char *id)
{
	for (size_t i = 0; i < world->recipes.count; i++)
		for (size_t u = 0; u < world->images[i].uses.count; u++) {
			struct due_use *use = &world->images[i].uses.items[u];

			if (use->own == made)
				str_replace(&use->digest, xstrdup(id));
		}
}

/* --- all of them */

static int check_blocked(const struct base_world *world, const struct due_plan *plan,
			 struct error *err)
{
	for (size_t i = 0; i < plan->count; i++)
		if (plan->items[i].blocked)
			return error_set(err, ERROR_UNREACHABLE, 0,
					 "%s cannot be built: %s; nothing was built",
					 world->images[plan->items[i].image].recipe->name,
					 plan->items[i].blocked);
	return 0;
}

static void init_results(struct base_run *run, const struct due_plan *plan)
{
	int64_t seconds = run->clock->now(run->clock) / NSEC_PER_SEC;

	run->count = plan->count;
	run->results = xcalloc(plan->count + 1, sizeof(*run->results));
	for (size_t i = 0; i < plan->count; i++) {
		if (!plan->items[i].due)
			continue;
		run->results[i].state = BUILD_NOT_REACHED;
		run->results[i].temporary = xasprintf(BASE_TEMPORARY ":t%" PRIx64 "-%ld-%zu",
						      (uint64_t)seconds, (long)getpid(), i);
	}
}

static int build_all(struct base_run *run, struct base_world *world, const struct due_plan *plan,
		     struct error *err)
{
	const char **temporaries = xcalloc(world->recipes.count + 1, sizeof(*temporaries));
	size_t number = 0, due = due_count(plan);
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < plan->count; i++) {
		const struct due_row *row = &plan->items[i];
		const struct base_building b = { world, row->image, temporaries };
		struct base_result *result = &run->results[i];

		if (!row->due)
			continue;
		tell(run, "building %zu of %zu, %s: %s", ++number, due,
		     world->images[row->image].recipe->name, row->why);
		rc = build_one(run, &b, result, err);
		result->state = rc < 0 ? BUILD_FAILED : BUILD_NOT_MOVED;
		if (rc < 0) {
			error_wrap(err, "%s", world->images[row->image].recipe->name);
			break;
		}
		temporaries[row->image] = result->temporary;
		note_built(world, row->image, result->id);
	}
	free(temporaries);
	return rc;
}

static void remove_temporaries(struct base_run *run)
{
	for (size_t i = 0; i < run->count; i++) {
		struct error err = ERROR_INIT;

		if (run->results[i].temporary &&
		    tag_remove(run->deeds, run->results[i].temporary, &err) < 0)
			tell(run, "%s is left: %s", run->results[i].temporary, err.text);
	}
}

/* Names of runs that nobody ended are as good as nothing once a day has gone. */
static void sweep(struct base_run *run, const struct base_world *world)
{
	int64_t now = run->clock->now(run->clock);

	for (size_t i = 0; i < world->local.count; i++) {
		const struct strings *tags = &world->local.items[i].tags;

		for (size_t t = 0; t < tags->count; t++) {
			struct error ignored = ERROR_INIT;

			if (base_temporary_is_left(tags->items[t], now))
				(void)!tag_remove(run->deeds, tags->items[t], &ignored);
		}
	}
}

static void note_moved(struct base_run *run)
{
	for (size_t i = 0; i < run->count; i++)
		if (run->results[i].state == BUILD_NOT_MOVED)
			run->results[i].state = BUILD_BUILT;
}

int base_run(struct base_run *run, struct base_world *world, const struct due_plan *plan,
	     struct error *err)
{
	init_results(run, plan);
	if (check_blocked(world, plan, err) < 0)
		return -1;
	sweep(run, world);
	int rc = build_all(run, world, plan, err);

	if (rc == 0 && cancel_requested(run->cancel))
		rc = cancel_error(run->cancel, err);
	if (rc == 0 && run->built)
		run->built(run->tell_ctx);
	if (rc == 0)
		rc = base_choose_tags(run, world, plan, err);
	if (rc == 0)
		rc = tags_move(run->deeds, &run->moves, err);
	if (rc == 0)
		note_moved(run);
	else if (!tags_moved(&run->moves))
		error_hint(err, "no tag was moved");
	remove_temporaries(run);
	return rc;
}
