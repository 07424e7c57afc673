/* SPDX-License-Identifier: Apache-2.0 */
#include "plugins/hygiene/base_origin.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/buf.h"
#include "common/codec/provenance.h"

#define PREDICATE_ANNOTATION "in-toto.io/predicate-type"

/* One image's way through the steps; each request's done() takes the next one. */
struct step {
	struct base_origin *out;
	struct registry *registry;
	size_t image;
	struct reference ref; /* of the repository; digest is that of the step */
	struct platform platform;
	char *child;     /* digest of our platform's manifest */
	struct buf text; /* of the provenance */
};

static void step_release(struct step *step)
{
	reference_release(&step->ref);
	platform_release(&step->platform);
	free(step->child);
	buf_release(&step->text);
}

void base_origin_release(struct base_origin *origin)
{
	free(origin->claims);
	strings_release(&origin->texts);
	*origin = (struct base_origin){ 0 };
}

static const char *keep(struct step *step, const char *text)
{
	strings_add(&step->out->texts, text);
	return step->out->texts.items[step->out->texts.count - 1];
}

static void claim(struct step *step, enum base_found by, const char *name, const char *digest)
{
	struct base_claim *claim = &step->out->claims[step->image].by[by];

	claim->name = keep(step, name);
	claim->digest = digest ? keep(step, digest) : NULL;
}

static bool take_annotations(struct step *step, const struct api_labels *annotations)
{
	const char *name = api_label_get(annotations, ANNOTATION_BASE_NAME);

	if (!name || !*name)
		return false;
	claim(step, BASE_FOUND_ANNOTATION, name,
	      api_label_get(annotations, ANNOTATION_BASE_DIGEST));
	return true;
}

static void get(struct step *step, const char *digest, ops_manifest_done *done)
{
	str_replace(&step->ref.digest, xstrdup(digest));
	ops_manifest_get(step->registry, &step->ref, done, step);
}

/* --- 4: the child's own annotations */

static void on_child(void *ctx, struct ops_manifest *m)
{
	if (m->manifest)
		(void)take_annotations(ctx, &m->manifest->annotations);
}

static void ask_child(struct step *step)
{
	get(step, step->child, on_child);
}

/* --- 2 and 3: provenance */

static int on_chunk(void *ctx, const void *data, size_t len, struct error *err)
{
	struct step *step = ctx;

	buf_add(&step->text, data, len);
	if (buf_failed(&step->text))
		return error_set(err, ERROR_LIMIT, 0, "provenance: more than %zu bytes",
				 PROVENANCE_MAX);
	return 0;
}

static void on_blob(void *ctx, enum registry_outcome outcome, const struct error *failed unused_arg)
{
	struct step *step = ctx;
	scoped_provenance provenance = { 0 };
	const struct provenance_image *base = NULL;
	struct error ignored = ERROR_INIT;

	if (outcome == REGISTRY_OK &&
	    provenance_parse(&provenance, step->text.data, step->text.len, &ignored) == 0)
		base = provenance_base(&provenance);
	if (base)
		claim(step, BASE_FOUND_PROVENANCE, base->name, base->digest);
	else
		ask_child(step);
}

static const struct descriptor *provenance_of(const struct manifest *attestation)
{
	for (size_t i = 0; i < attestation->parts.count; i++) {
		const struct descriptor *part = &attestation->parts.items[i];
		const char *type = api_label_get(&part->annotations, PREDICATE_ANNOTATION);

		if (type && provenance_is_type(type))
			return part;
	}
	return NULL;
}

static void on_attestation(void *ctx, struct ops_manifest *m)
{
	struct step *step = ctx;
	const struct descriptor *part = m->manifest && !manifest_kind_is_index(m->manifest->kind)
						? provenance_of(m->manifest)
						: NULL;

	if (!part || part->size > (int64_t)PROVENANCE_MAX) {
		ask_child(step);
		return;
	}
	buf_init(&step->text, PROVENANCE_MAX);
	ops_blob(step->registry, step->ref.domain, step->ref.path, part->digest, part->size,
		 on_chunk, on_blob, step);
}

/* --- 1: what is here */

static const struct descriptor *attestation_of(const struct manifest *index, const char *child)
{
	for (size_t i = 0; i < index->parts.count; i++) {
		const struct descriptor *part = &index->parts.items[i];
		const char *subject = descriptor_attested(part);

		if (descriptor_is_attestation(part) && subject && strcmp(subject, child) == 0)
			return part;
	}
	return NULL;
}

static void on_manifest(void *ctx, struct ops_manifest *m)
{
	struct step *step = ctx;
	const struct descriptor *child, *attestation;

	if (!m->manifest)
		return;
	if (!manifest_kind_is_index(m->manifest->kind)) {
		(void)take_annotations(step, &m->manifest->annotations);
		return;
	}
	child = manifest_choose(m->manifest, &step->platform);
	if (!child || take_annotations(step, &child->annotations) ||
	    take_annotations(step, &m->manifest->annotations))
		return;
	step->child = xstrdup(child->digest);
	attestation = attestation_of(m->manifest, child->digest);
	if (attestation)
		get(step, attestation->digest, on_attestation);
	else
		ask_child(step);
}

/* What has no digest to ask for is not asked about. */
static void begin(struct step *step, const struct api_image *image)
{
	struct error ignored = ERROR_INIT;

	for (size_t i = 0; i < image->digests.count; i++) {
		error_clear(&ignored);
		if (reference_parse(image->digests.items[i], &step->ref, &ignored) == 0)
			break;
	}
	if (!step->ref.digest)
		return;
	platform_set(&step->platform, image->os, image->architecture, image->variant);
	ops_manifest_get(step->registry, &step->ref, on_manifest, step);
}

int base_origin_ask(struct base_origin *out, struct registry *registry,
		    const struct base_snapshot *snap, const bool *wanted, struct error *err)
{
	size_t count = snap->images.count;
	struct step *steps = xcalloc(count + 1, sizeof(*steps));
	int rc;

	out->claims = xcalloc(count + 1, sizeof(*out->claims));
	for (size_t i = 0; i < count; i++) {
		steps[i].out = out;
		steps[i].registry = registry;
		steps[i].image = i;
		if (wanted[i])
			begin(&steps[i], &snap->images.items[i]);
	}
	rc = registry_run(registry, err);
	for (size_t i = 0; i < count; i++)
		step_release(&steps[i]);
	free(steps);
	return rc;
}
