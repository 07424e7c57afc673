/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/client/registry/ops.h"
#include "common/codec/reference.h"
#include "plugins/hygiene/base_find.h"
#include "plugins/hygiene/base_run_parts.h"

#define NUMBERS_MAX 99

bool base_same_image(const char *full, const char *written)
{
	scoped_str name = base_full_name(written);

	return name && strcmp(name, full) == 0;
}

bool base_temporary_is_left(const char *name, int64_t now)
{
	static const char prefix[] = BASE_TEMPORARY ":t";
	const char *at = strstr(name, prefix);
	char *end;

	/* Podman lists "localhost/" in front of it. */
	if (!at || (at != name && at[-1] != '/'))
		return false;
	long long seconds = strtoll(at + strlen(prefix), &end, 16);

	return *end == '-' && seconds > 0 && seconds < INT64_MAX / NSEC_PER_SEC &&
	       time_diff(now, seconds * NSEC_PER_SEC) > BASE_TEMPORARY_LIFE;
}

/* --- dated tags: the first number that is free */

/* Tags of one repository at its registry. */
struct remote {
	struct strings tags;
	enum registry_outcome outcome;
	struct error err;
};

static void take_tags(void *ctx, enum registry_outcome outcome, const struct strings *tags,
		      const struct error *err)
{
	struct remote *remote = ctx;

	remote->outcome = outcome;
	remote->err = *err;
	if (outcome == REGISTRY_OK)
		strings_copy(&remote->tags, tags);
}

/* A repository that is not there yet has no tags. */
static int ask_tags(struct base_run *run, const struct recipe *recipe, struct remote *remote,
		    struct error *err)
{
	scoped_reference ref = { 0 };

	if (reference_parse(recipe->full, &ref, err) < 0)
		return -1;
	ops_tags(run->registry, ref.domain, ref.path, take_tags, remote);
	if (registry_run(run->registry, err) < 0)
		return -1;
	if (remote->outcome == REGISTRY_OK || remote->outcome == REGISTRY_NOT_FOUND)
		return 0;
	return error_set(err, ERROR_REMOTE, 0, "which tags the registry has is not known: %s",
			 remote->err.text);
}

static int is_taken(struct base_run *run, const struct recipe *recipe, const struct remote *remote,
		    const char *tag, bool *taken, struct error *err)
{
	scoped_str name = xasprintf("%s:%s", recipe->name, tag);
	scoped_str id = NULL;

	if (tag_id(run->deeds, name, &id, err) < 0)
		return -1;
	*taken = id || strings_have(&remote->tags, tag);
	return 0;
}

static int dated_tag(struct base_run *run, const struct recipe *recipe, const struct remote *remote,
		     const char *pattern, const struct tm *now, char **out, struct error *err)
{
	for (unsigned number = 1; number <= NUMBERS_MAX; number++) {
		scoped_str tag = recipe_tag(pattern, now, number);
		bool taken = true;

		if (is_taken(run, recipe, remote, tag, &taken, err) < 0)
			return -1;
		if (taken)
			continue;
		*out = take_ptr(tag);
		return 0;
	}
	return error_set(err, ERROR_CONFLICT, 0, "%s: tags of '%s' are used up to -%d",
			 recipe->name, pattern, NUMBERS_MAX);
}

static int choose(struct base_run *run, const struct recipe *recipe, struct base_result *result,
		  const struct tm *now, struct error *err)
{
	struct remote remote = { 0 };
	int rc = run->push ? ask_tags(run, recipe, &remote, err) : 0;

	for (size_t i = 0; rc == 0 && i < recipe->tags.count; i++) {
		const char *pattern = recipe->tags.items[i];
		char *tag = NULL;

		if (!recipe_tag_is_dated(pattern))
			tag = recipe_tag(pattern, now, 0);
		else if ((rc = dated_tag(run, recipe, &remote, pattern, now, &tag, err)) < 0)
			break;
		tag_moves_add(&run->moves, recipe->name, tag, result->id);
		strings_take(&result->tags, tag);
	}
	strings_release(&remote.tags);
	return rc < 0 ? error_wrap(err, "%s", recipe->name) : 0;
}

int base_choose_tags(struct base_run *run, const struct base_world *world,
		     const struct due_plan *plan, struct error *err)
{
	time_t seconds = (time_t)(run->clock->now(run->clock) / NSEC_PER_SEC);
	struct tm now;

	localtime_r(&seconds, &now);
	for (size_t i = 0; i < plan->count; i++)
		if (plan->items[i].due && choose(run, world->images[plan->items[i].image].recipe,
						 &run->results[i], &now, err) < 0)
			return -1;
	return tags_look(run->deeds, &run->moves, err);
}

/* --- pushing */

static int push_tag(struct base_run *run, const struct recipe *recipe, const char *tag,
		    struct error *err)
{
	scoped_strings words = { 0 };

	strings_add(&words, "push");
	strings_take(&words, xasprintf("%s:%s", recipe->name, tag));
	if (base_docker(run, &words, err) == 0)
		return 0;
	/* The next run finds nothing due. */
	return error_hint(err, "it is built, and has its tags here: push them with docker push, or "
			       "run again with --force --push");
}

int base_push(struct base_run *run, const struct base_world *world, const struct due_plan *plan,
	      struct error *err)
{
	int rc = 0;

	for (size_t i = 0; i < plan->count; i++) {
		const struct recipe *recipe = world->images[plan->items[i].image].recipe;
		struct base_result *result = &run->results[i];

		for (size_t t = 0; t < result->tags.count && result->state == BUILD_BUILT; t++) {
			struct error failed = ERROR_INIT;

			if (push_tag(run, recipe, result->tags.items[t], &failed) == 0) {
				strings_add(&result->pushed, result->tags.items[t]);
				continue;
			}
			result->state = BUILD_NOT_PUSHED;
			if (rc == 0)
				*err = failed;
			rc = -1;
			if (failed.kind == ERROR_CANCELLED)
				return -1;
		}
	}
	return rc;
}
