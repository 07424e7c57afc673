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
		bool named)
{
	struct access_target *target = array_add(out);

	*target = (struct access_target){ xstrdup(registry), xstrdup_null(repository), named };
}

static bool is_known(const char *name, const struct strings *registries,
		     const struct api_images *images)
{
	size_t len = strlen(name);

	for (size_t i = 0; i < registries->count; i++)
		if (strcmp(registries->items[i], name) == 0)
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
				add(out, ref.domain, ref.path, false);
		}
}

static void add_registry(struct access_targets *out, const struct api_images *images,
			 const char *registry, bool named)
{
	size_t before = out->count;

	add_local(out, images, registry);
	if (out->count == before)
		add(out, registry, NULL, named);
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
		return -1;
	}
	if (registry)
		add_registry(out, images, ref.domain, true);
	else
		add(out, ref.domain, ref.path, true);
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
			free(it->registry);
			free(it->repository);
		} else {
			targets->items[kept++] = *it;
		}
	}
	targets->count = kept;
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
	drop_twins(&found);
	*out = take_value(found);
	return 0;
}

/* --- verdicts */

static enum access_answer pull_answer(enum registry_outcome outcome)
{
	switch (outcome) {
	case REGISTRY_OK:
		return ACCESS_YES;
	case REGISTRY_UNAUTHORIZED:
	case REGISTRY_DENIED:
		return ACCESS_NO;
	default:
		return ACCESS_UNKNOWN;
	}
}

static const struct {
	enum access_answer push;
	const char *why;
} probes[] = {
	[OPS_PUSH_YES] = { ACCESS_YES, "an upload was opened, and cancelled" },
	[OPS_PUSH_NO] = { ACCESS_NO, "an upload was refused" },
	[OPS_PUSH_READ_ONLY] = { ACCESS_NO, "the registry takes nothing from anybody" },
	[OPS_PUSH_UNKNOWN] = { ACCESS_UNKNOWN, "the registry did not say" },
};

static char *with_words(const char *why, const char *words)
{
	return words && *words ? xasprintf("%s: %s", why, words) : xstrdup(why);
}

static void judge_push(struct access_verdict *v, const struct access_facts *f)
{
	if (f->probed) {
		v->push = probes[f->probe].push;
		v->read_only = f->probe == OPS_PUSH_READ_ONLY;
		v->why = with_words(probes[f->probe].why, f->probe_text);
	} else if (v->pull == ACCESS_NO) {
		v->push = ACCESS_NO;
		v->why = with_words("not even a pull is let in", f->pull_text);
	} else if (v->pull == ACCESS_UNKNOWN) {
		v->why = with_words("not known", f->pull_text);
	} else if (f->asked_push && pull_answer(f->push_token) == ACCESS_NO) {
		v->push = ACCESS_NO;
		v->why = with_words("no token for it is given", f->push_text);
	} else {
		v->why = xstrdup(f->not_probed ? f->not_probed
					       : "only trying shows it: --probe opens an upload "
						 "and cancels it");
	}
}

void access_judge(struct access_verdict *out, const struct access_facts *facts)
{
	*out = (struct access_verdict){ .pull = pull_answer(facts->pull) };
	judge_push(out, facts);
}

void access_verdict_release(struct access_verdict *verdict)
{
	free(verdict->why);
	*verdict = (struct access_verdict){ 0 };
}

void access_prove(struct access_proof *out, const struct access_verdict *verdicts, size_t count)
{
	size_t refused = 0;
	bool doubt = false;

	*out = (struct access_proof){ 0 };
	for (size_t i = 0; i < count; i++) {
		out->can_push |= verdicts[i].push == ACCESS_YES;
		/* A registry that takes nothing today says nothing about who may when it does. */
		doubt |= verdicts[i].push == ACCESS_UNKNOWN || verdicts[i].read_only;
		refused += verdicts[i].push == ACCESS_NO && verdicts[i].pull == ACCESS_YES &&
			   !verdicts[i].read_only;
	}
	out->cannot = refused > 0 && !doubt && !out->can_push;
}

int access_status(const struct access_verdict *verdicts, const struct gate_view *const *gates,
		  size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (verdicts[i].push == ACCESS_YES && gates[i]->gated && !gates[i]->attested)
			return ACCESS_STATUS_CAN_PUSH;
	return 0;
}
