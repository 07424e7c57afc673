/* SPDX-License-Identifier: Apache-2.0 */
#include "plugins/hygiene/access.h"

#include <string.h>

#include "common/base/sort.h"
#include "common/codec/reference.h"

static const char *const answer_names[] = {
	[ACCESS_UNKNOWN] = "unknown", [ACCESS_YES] = "yes", [ACCESS_NO] = "no"
};

const char *access_answer_name(enum access_answer answer)
{
	return answer_names[answer];
}

/* --- targets */

void access_targets_release(struct access_targets *targets)
{
	for (size_t i = 0; i < targets->count; i++) {
		free(targets->items[i].registry);
		free(targets->items[i].repository);
	}
	free(targets->items);
	*targets = (struct access_targets){ 0 };
}

static void add(struct access_targets *out, const char *registry, const char *repository,
		bool named, bool local)
{
	struct access_target *target = array_add(out);

	*target = (struct access_target){ xstrdup(registry), xstrdup_null(repository), named,
					  local };
}

static bool is_known(const char *name, const struct strings *registries,
		     const struct api_images *images)
{
	size_t len = strlen(name);

	if (strings_have(registries, name))
		return true;
	for (size_t i = 0; i < images->count; i++)
		for (size_t d = 0; d < images->items[i].digests.count; d++) {
			const char *digest = images->items[i].digests.items[d];

			if (strncmp(digest, name, len) == 0 && digest[len] == '/')
				return true;
		}
	return false;
}

/* "docker.io", "localhost:5000"; "redis:7" is an image, "host:5000" a registry if it is known. */
static bool is_registry(const char *name, const struct strings *registries,
			const struct api_images *images)
{
	size_t host = strcspn(name, ":");

	if (strchr(name, '/') || strchr(name, '@'))
		return false;
	return memchr(name, '.', host) || *name == '[' ||
	       (host == strlen("localhost") && memcmp(name, "localhost", host) == 0) ||
	       is_known(name, registries, images);
}

/* The repositories of one registry (NULL: of all) that local images came from. */
static void add_local(struct access_targets *out, const struct api_images *images,
		      const char *registry)
{
	for (size_t i = 0; i < images->count; i++)
		for (size_t d = 0; d < images->items[i].digests.count; d++) {
			struct error ignored = ERROR_INIT;
			scoped_reference ref = { 0 };

			if (reference_parse(images->items[i].digests.items[d], &ref, &ignored) < 0)
				continue;
			if (!registry || strcmp(ref.domain, registry) == 0)
				add(out, ref.domain, ref.path, false, true);
		}
}

static void add_registry(struct access_targets *out, const struct api_images *images,
			 const char *registry, bool named)
{
	size_t before = out->count;

	add_local(out, images, registry);
	if (out->count == before)
		add(out, registry, NULL, named, false);
	for (size_t i = before; i < out->count; i++)
		out->items[i].named = named;
}

static int add_name(struct access_targets *out, const char *name, const struct strings *registries,
		    const struct api_images *images, struct error *err)
{
	bool registry = is_registry(name, registries, images);
	/* So that a registry is read as one: with a path, and Docker Hub's by its one name. */
	scoped_str text = registry ? xasprintf("%s/x/y", name) : xstrdup(name);
	scoped_reference ref = { 0 };

	if (reference_parse(text, &ref, err) < 0) {
		err->kind = ERROR_USAGE;
		if (strstr(name, "://"))
			error_hint(err, "leave out what is before \"://\", and that");
		return -1;
	}
	if (registry)
		add_registry(out, images, ref.domain, true);
	else
		add(out, ref.domain, ref.path, true, false);
	return 0;
}

static int by_name(const void *a, const void *b, void *ctx)
{
	const struct access_target *x = a, *y = b;
	int order = strcmp(x->registry, y->registry);

	(void)ctx;
	if (order == 0)
		order = strcmp(x->repository ? x->repository : "",
			       y->repository ? y->repository : "");
	return order;
}

static bool same(const struct access_target *a, const struct access_target *b)
{
	return by_name(a, b, NULL) == 0;
}

static void drop_twins(struct access_targets *targets)
{
	size_t kept = 0;

	sort_with(targets->items, targets->count, sizeof(*targets->items), by_name, NULL);
	for (size_t i = 0; i < targets->count; i++) {
		struct access_target *it = &targets->items[i];

		if (kept > 0 && same(it, &targets->items[kept - 1])) {
			targets->items[kept - 1].named |= it->named;
			targets->items[kept - 1].local |= it->local;
			free(it->registry);
			free(it->repository);
		} else {
			targets->items[kept++] = *it;
		}
	}
	targets->count = kept;
}

/* Those named by their repository alone. */
static void mark_local(struct access_targets *targets, const struct api_images *images)
{
	scoped_access_targets local = { 0 };

	add_local(&local, images, NULL);
	for (size_t i = 0; i < targets->count; i++)
		for (size_t l = 0; l < local.count && !targets->items[i].local; l++)
			targets->items[i].local = same(&targets->items[i], &local.items[l]);
}

int access_targets(struct access_targets *out, const struct strings *names, bool all,
		   const struct strings *registries, const struct api_images *images,
		   struct error *err)
{
	scoped_access_targets found = { 0 };

	for (size_t i = 0; i < names->count; i++)
		if (add_name(&found, names->items[i], registries, images, err) < 0)
			return -1;
	for (size_t i = 0; all && i < registries->count; i++)
		add_registry(&found, images, registries->items[i], false);
	if (all)
		add_local(&found, images, NULL);
	if (!all)
		mark_local(&found, images);
	drop_twins(&found);
	*out = take_value(found);
	return 0;
}

/* --- verdicts */

static bool is_refusal(enum registry_outcome outcome)
{
	return outcome == REGISTRY_UNAUTHORIZED || outcome == REGISTRY_DENIED;
}

/* Credentials that are right, and may not pull. */
static bool may_still_push(const struct access_facts *f)
{
	return f->somebody &&
	       (f->pull == REGISTRY_DENIED || (f->pull == REGISTRY_UNAUTHORIZED && f->known));
}

bool access_may_probe(const struct access_facts *f)
{
	if (f->whole)
		return false;
	if (f->pull == REGISTRY_OK)
		return true;
	/* It was there when the image came. */
	return f->local && may_still_push(f);
}

/* All of a registry: being let in at its front door says nothing of what is behind. */
static enum access_answer pull_answer(const struct access_facts *f)
{
	if (is_refusal(f->pull) && !f->doubt)
		return f->whole && may_still_push(f) ? ACCESS_UNKNOWN : ACCESS_NO;
	return f->pull == REGISTRY_OK && !f->whole ? ACCESS_YES : ACCESS_UNKNOWN;
}

static const struct {
	enum access_answer push;
	const char *why;
} probes[] = {
	[REGISTRY_PUSH_YES] = { ACCESS_YES, "an upload was let in" },
	[REGISTRY_PUSH_NO] = { ACCESS_NO, "an upload was refused" },
	[REGISTRY_PUSH_READ_ONLY] = { ACCESS_NO, "the registry takes nothing from anybody" },
	[REGISTRY_PUSH_UNKNOWN] = { ACCESS_UNKNOWN,
				    "an upload was tried; the registry did not say" },
};

static void say(struct access_verdict *v, enum access_answer push, const char *why,
		const char *words)
{
	v->push = push;
	v->why = words && *words ? xasprintf("%s: %s", why, words) : xstrdup(why);
}

static void judge_probe(struct access_verdict *v, const struct access_facts *f)
{
	v->tried = true;
	v->read_only = f->probe == REGISTRY_PUSH_READ_ONLY;
	if (f->probe == REGISTRY_PUSH_NO && f->doubt)
		say(v, ACCESS_UNKNOWN, "asked without its credentials", f->doubt);
	else
		say(v, probes[f->probe].push, probes[f->probe].why, f->probe_text);
}

static void judge_untried(struct access_verdict *v, const struct access_facts *f)
{
	if (is_refusal(f->pull) && f->doubt)
		say(v, ACCESS_UNKNOWN, "asked without its credentials", f->doubt);
	else if (v->pull == ACCESS_NO && may_still_push(f))
		say(v, ACCESS_UNKNOWN, "a pull is refused, which says nothing about a push",
		    f->pull_text);
	else if (v->pull == ACCESS_NO)
		say(v, ACCESS_NO, "not even a pull is let in", f->pull_text);
	else if (f->whole && f->pull == REGISTRY_OK)
		say(v, ACCESS_UNKNOWN, "it answers; to know more, name a repository of it", NULL);
	else if (v->pull == ACCESS_UNKNOWN)
		say(v, ACCESS_UNKNOWN, "it did not say", f->pull_text);
	else if (f->asked_push && is_refusal(f->push_token) && !f->doubt)
		say(v, ACCESS_NO, "no token for it is given", f->push_text);
	else
		say(v, ACCESS_UNKNOWN, f->not_probed ? f->not_probed : "not tried (--probe)", NULL);
}

void access_judge(struct access_verdict *out, const struct access_facts *facts)
{
	*out = (struct access_verdict){ .pull = pull_answer(facts) };
	if (facts->probed)
		judge_probe(out, facts);
	else
		judge_untried(out, facts);
}

void access_verdict_release(struct access_verdict *verdict)
{
	free(verdict->why);
	*verdict = (struct access_verdict){ 0 };
}

/* A registry that takes nothing today says nothing about who may when it does. */
static bool is_doubt(const struct access_verdict *v)
{
	return v->read_only || (v->push == ACCESS_UNKNOWN && (v->tried || v->pull != ACCESS_NO));
}

enum access_proof access_prove(const struct access_verdict *const *verdicts, size_t count)
{
	bool refused = false, doubt = false;

	for (size_t i = 0; i < count; i++) {
		const struct access_verdict *v = verdicts[i];

		if (v->push == ACCESS_YES)
			return ACCESS_CAN_PUSH;
		doubt |= is_doubt(v);
		refused |= v->tried && v->push == ACCESS_NO && !v->read_only;
	}
	return refused && !doubt ? ACCESS_CANNOT_PUSH : ACCESS_PROVES_NOTHING;
}

int access_status(const struct access_verdict *verdict, const struct gate_view *gate)
{
	return verdict->push == ACCESS_YES && gate->gated && !gate->attested
		       ? ACCESS_STATUS_CAN_PUSH
		       : 0;
}
