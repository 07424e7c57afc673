/* SPDX-License-Identifier: Apache-2.0 */
#include "common/base/clock.h"
#include "plugins/hygiene/settings_internal.h"

/* The sources, the strongest first. */
struct sources {
	const struct settings *const *items;
	size_t count;
};

static bool chooses(const struct settings *s)
{
	for (enum kind kind = 0; kind < KIND_COUNT; kind++)
		if (s->kinds[kind].chosen == 1)
			return true;
	return false;
}

/*
 * The strongest source that chooses some kind decides which; sources before it that only switch
 * kinds off take them away. Returns that source, NULL if it is the default.
 */
static const struct settings *choose(struct policy *out, const struct sources *from)
{
	const struct settings *chooser = NULL;
	bool off[KIND_COUNT] = { false };

	for (size_t i = 0; i < from->count && !chooser; i++) {
		if (chooses(from->items[i]))
			chooser = from->items[i];
		for (enum kind kind = 0; kind < KIND_COUNT; kind++)
			off[kind] |= from->items[i]->kinds[kind].chosen == 0;
	}
	for (enum kind kind = 0; kind < KIND_COUNT; kind++) {
		bool wanted = chooser ? chooser->kinds[kind].chosen == 1
				      : kind == KIND_CONTAINER || kind == KIND_IMAGE;

		out->kinds[kind].chosen = wanted && !off[kind];
	}
	return chooser;
}

/* What concerns only images, in a source that chooses other kinds, was meant otherwise. */
static int check_chosen(const struct policy *out, const struct settings *chooser, struct error *err)
{
	size_t chosen = 0;
	const char *what = NULL;

	for (enum kind kind = 0; kind < KIND_COUNT; kind++)
		chosen += out->kinds[kind].chosen;
	if (chosen == 0)
		return error_set(err, ERROR_USAGE, 0,
				 "no kind of object is left to prune; choose one, as --containers");
	if (!chooser || out->kinds[KIND_IMAGE].chosen)
		return 0;
	if (chooser->max_size != UNSET)
		what = "max-size";
	else if (chooser->keep_last > 0)
		what = "keep-last";
	else if (chooser->all == 1)
		what = "all";
	if (!what)
		return 0;
	return error_set(err, ERROR_USAGE, 0,
			 "%s concerns images, which are not chosen; add --images (in a policy file "
			 "images.prune)",
			 what);
}

/* The strongest source wins, and within a source what is said of the kind itself. */
static int64_t merged_older_than(const struct sources *from, enum kind kind)
{
	for (size_t i = 0; i < from->count; i++) {
		if (from->items[i]->kinds[kind].older_than != UNSET)
			return from->items[i]->kinds[kind].older_than;
		if (from->items[i]->common.older_than != UNSET)
			return from->items[i]->common.older_than;
	}
	return POLICY_OLDER_THAN;
}

static void merge_kind(struct kind_rules *out, const struct sources *from, enum kind kind)
{
	out->older_than = merged_older_than(from, kind);
	for (size_t i = 0; i < from->count; i++) {
		const struct kind_settings *own = &from->items[i]->kinds[kind];
		const struct kind_settings *common = &from->items[i]->common;

		rule_texts_copy(&out->keep, &common->keep);
		rule_texts_copy(&out->keep, &own->keep);
		rule_texts_copy(&out->filters, &common->filters);
		rule_texts_copy(&out->filters, &own->filters);
	}
}

/* Targets and keep_last imply `all`, unless an equal or stronger source says otherwise. */
static void merge_images(struct policy *out, const struct sources *from)
{
	int all = UNSET;
	int64_t keep_last = UNSET;

	for (size_t i = 0; i < from->count; i++) {
		const struct settings *s = from->items[i];
		bool implies = false;

		if (out->max_size == UNSET && s->max_size != UNSET) {
			out->max_size = s->max_size;
			implies = true;
		}
		if (out->free_bytes == UNSET && out->free_percent == UNSET &&
		    (s->free_bytes != UNSET || s->free_percent != UNSET)) {
			out->free_bytes = s->free_bytes;
			out->free_percent = s->free_percent;
			implies = true;
		}
		if (keep_last == UNSET && s->keep_last != UNSET) {
			keep_last = s->keep_last;
			implies |= keep_last > 0;
		}
		if (all == UNSET)
			all = s->all != UNSET ? s->all : implies ? 1 : UNSET;
	}
	out->all = all == 1;
	out->keep_last = keep_last > 0 ? keep_last : 0;
}

static void merge_rest(struct policy *out, const struct sources *from)
{
	int scope = UNSET;
	int sizes = UNSET;

	for (size_t i = 0; i < from->count; i++) {
		if (scope == UNSET)
			scope = from->items[i]->volume_scope;
		if (sizes == UNSET)
			sizes = from->items[i]->sizes;
	}
	out->volume_scope = scope == UNSET ? VOLUMES_ANONYMOUS : (enum volume_scope)scope;
	/* To reach an amount of free disk, what containers hold must be known. */
	if (sizes == UNSET)
		sizes = out->free_bytes != UNSET || out->free_percent != UNSET;
	out->sizes = sizes;
}

int policy_merge(struct policy *out, const struct settings *const sources[], size_t count,
		 struct error *err)
{
	const struct sources from = { sources, count };
	struct policy merged = { .max_size = UNSET, .free_bytes = UNSET, .free_percent = UNSET };
	const struct settings *chooser = choose(&merged, &from);

	if (check_chosen(&merged, chooser, err) < 0)
		return -1;
	for (enum kind kind = 0; kind < KIND_COUNT; kind++)
		merge_kind(&merged.kinds[kind], &from, kind);
	merge_images(&merged, &from);
	merge_rest(&merged, &from);
	*out = merged;
	return 0;
}

void policy_release(struct policy *p)
{
	for (enum kind kind = 0; kind < KIND_COUNT; kind++) {
		rule_texts_release(&p->kinds[kind].keep);
		rule_texts_release(&p->kinds[kind].filters);
	}
	*p = (struct policy){ 0 };
}
