/* SPDX-License-Identifier: Apache-2.0 */
#include "plugins/hygiene/base_find.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/codec/manifest.h"
#include "common/codec/reference.h"
#include "plugins/hygiene/base_labels.h"

static const char *const words[] = {
#define BASE_FOUND_WORD(found, word) [BASE_FOUND_##found] = (word),
	BASE_FOUNDS(BASE_FOUND_WORD)
#undef BASE_FOUND_WORD
};

const char *base_found_word(enum base_found found)
{
	return words[found];
}

void base_of_release(struct base_of *base)
{
	free(base->name);
	free(base->digest);
	*base = (struct base_of){ 0 };
}

bool base_is_beginning(const struct api_image *a, const struct api_image *b)
{
	size_t count = a->diff_ids.count;

	if (!count || count > b->diff_ids.count)
		return false;
	for (size_t i = 0; i < count; i++)
		if (strcmp(a->diff_ids.items[i], b->diff_ids.items[i]) != 0)
			return false;
	return true;
}

/* --- names */

/* Length of the repository in "repo:tag" and "repo@digest", as an engine writes them. */
static size_t repository_span(const char *name)
{
	size_t len = strcspn(name, "@");
	size_t end = len;

	if (name[len])
		return len;
	while (end > 0 && name[end - 1] != ':' && name[end - 1] != '/')
		end--;
	return end > 0 && name[end - 1] == ':' ? end - 1 : len;
}

static bool same_repository(const char *a, const char *b)
{
	size_t len = repository_span(a);

	return repository_span(b) == len && memcmp(a, b, len) == 0;
}

/* As the engine writes both: no two ways. */
static bool has_digest_beside(const struct api_image *image, const char *name)
{
	for (size_t i = 0; i < image->digests.count; i++)
		if (same_repository(image->digests.items[i], name))
			return true;
	return false;
}

/* How much a name says; compared member by member, then by the alphabet. */
struct worth {
	bool tagged, asked;
	size_t parts, len;
};

static struct worth worth_of(const struct api_image *image, const char *name)
{
	size_t repository = repository_span(name);
	const char *tag = name + repository + (name[repository] == ':');
	struct worth worth = { .tagged = name[repository] == ':',
			       .asked = has_digest_beside(image, name) };

	if (!worth.tagged || strcmp(tag, "latest") == 0)
		return worth;
	worth.len = strlen(tag);
	for (const char *c = tag; *c; c += *c != '\0') {
		c += strspn(c, ".-_");
		worth.parts += *c != '\0';
		c += strcspn(c, ".-_");
	}
	return worth;
}

static int compare_sizes(size_t a, size_t b)
{
	return (a > b) - (a < b);
}

/* Positive: a is the better name. */
static int compare_names(const struct api_image *of_a, const char *a, const struct api_image *of_b,
			 const char *b)
{
	struct worth worth_a = worth_of(of_a, a), worth_b = worth_of(of_b, b);
	const int by[] = {
		worth_a.tagged - worth_b.tagged,
		worth_a.asked - worth_b.asked,
		compare_sizes(worth_a.parts, worth_b.parts),
		compare_sizes(worth_a.len, worth_b.len),
	};

	for (size_t i = 0; i < array_len(by); i++)
		if (by[i])
			return by[i];
	return -strcmp(a, b);
}

const char *base_name_best(const struct api_image *image)
{
	const struct strings *lists[] = { &image->tags, &image->digests };
	const char *best = NULL;

	for (size_t l = 0; l < array_len(lists); l++)
		for (size_t i = 0; i < lists[l]->count; i++)
			if (!best || compare_names(image, lists[l]->items[i], image, best) > 0)
				best = lists[l]->items[i];
	return best;
}

/* --- the index */

char *base_full_name(const char *name)
{
	scoped_reference ref = { 0 };
	struct error ignored = ERROR_INIT;
	scoped_str full = NULL;

	if (reference_parse(name, &ref, &ignored) < 0)
		return NULL;
	full = reference_full_name(&ref);
	if (ref.digest)
		return xasprintf("%s@%s", full, ref.digest);
	return xasprintf("%s:%s", full, ref.tag ? ref.tag : "latest");
}

/* Whether one of the names is of that repository, given in full. */
static bool has_name_of(const struct strings *names, const char *full)
{
	for (size_t i = 0; i < names->count; i++) {
		scoped_str key = base_full_name(names->items[i]);

		if (key && same_repository(key, full))
			return true;
	}
	return false;
}

static void index_names(struct base_images *known, const struct strings *names, size_t image)
{
	for (size_t i = 0; i < names->count; i++) {
		char *key = base_full_name(names->items[i]);

		if (!key)
			continue;
		strings_take(&known->keys, key);
		map_put(&known->names, key, image);
	}
}

/* The node of a layer on another one; made if it is new. */
static size_t node_on(struct base_images *known, size_t below, const char *diff_id)
{
	char *key = xasprintf("%zx:%s", below, diff_id);
	size_t node = map_put(&known->nodes, key, known->node_count);

	if (node != known->node_count) {
		free(key);
		return node;
	}
	strings_take(&known->keys, key);
	known->below[node] = below;
	known->first[node] = BASE_NO_IMAGE;
	known->node_count++;
	return node;
}

static size_t *indexes(size_t count)
{
	size_t *made = xcalloc(count + 1, sizeof(*made));

	for (size_t i = 0; i <= count; i++)
		made[i] = BASE_NO_IMAGE;
	return made;
}

void base_images_index(struct base_images *out, const struct api_images *images)
{
	size_t layers = 0;

	*out = (struct base_images){ .images = images };
	map_init(&out->nodes);
	map_init(&out->names);
	for (size_t i = 0; i < images->count; i++)
		layers += images->items[i].diff_ids.count;
	out->ends = indexes(images->count);
	out->next = indexes(images->count);
	out->below = indexes(layers);
	out->first = indexes(layers);
	for (size_t i = 0; i < images->count; i++) {
		const struct api_image *image = &images->items[i];
		size_t node = BASE_NO_IMAGE;

		for (size_t l = 0; l < image->diff_ids.count; l++)
			node = node_on(out, node, image->diff_ids.items[l]);
		out->ends[i] = node;
		if (node != BASE_NO_IMAGE) {
			out->next[i] = out->first[node];
			out->first[node] = i;
		}
		index_names(out, &image->tags, i);
		index_names(out, &image->digests, i);
	}
}

void base_images_release(struct base_images *known)
{
	map_release(&known->nodes);
	map_release(&known->names);
	strings_release(&known->keys);
	free(known->ends);
	free(known->below);
	free(known->first);
	free(known->next);
	*known = (struct base_images){ 0 };
}

size_t base_images_find(const struct base_images *known, const char *reference)
{
	scoped_str key = base_full_name(reference);

	return map_get(&known->names, key);
}

/* --- beginnings: images whose layers are the first ones of another */

/*
 * The images that i begins with, the one with the most layers first; at one node in no order. *node
 * is where the walk is: known->ends[i] to begin with those that share all layers, what is below it
 * to leave them out.
 */
static size_t next_beginning(const struct base_images *known, size_t *node, size_t *at)
{
	while (*node != BASE_NO_IMAGE) {
		*at = *at == BASE_NO_IMAGE ? known->first[*node] : known->next[*at];
		if (*at != BASE_NO_IMAGE)
			return *at;
		*node = known->below[*node];
	}
	return BASE_NO_IMAGE;
}

static size_t node_below(const struct base_images *known, size_t i)
{
	return known->ends[i] == BASE_NO_IMAGE ? BASE_NO_IMAGE : known->below[known->ends[i]];
}

/* --- who says what */

static const struct api_image *image_at(const struct base_images *known, size_t i)
{
	return &known->images->items[i];
}

static bool same_label(const struct api_image *a, const struct api_image *b, const char *key)
{
	const char *one = api_label_get(&a->labels, key), *other = api_label_get(&b->labels, key);

	return one && other ? strcmp(one, other) == 0 : one == other;
}

static bool is_inherited(const struct base_images *known, size_t i)
{
	size_t node = node_below(known, i), at = BASE_NO_IMAGE, j;

	while ((j = next_beginning(known, &node, &at)) != BASE_NO_IMAGE)
		if (same_label(image_at(known, i), image_at(known, j), ANNOTATION_BASE_NAME) &&
		    same_label(image_at(known, i), image_at(known, j), ANNOTATION_BASE_DIGEST))
			return true;
	return false;
}

/* The image of a claim without a digest: what has the name, or had it, and is a beginning of i. */
static size_t image_of_name(const struct base_images *known, size_t i, const char *name)
{
	size_t named = base_images_find(known, name);
	size_t node = known->ends[i], at = BASE_NO_IMAGE, j;
	scoped_reference ref = { 0 };
	struct error ignored = ERROR_INIT;
	scoped_str full = NULL;

	if (named != BASE_NO_IMAGE && named != i &&
	    base_is_beginning(image_at(known, named), image_at(known, i)))
		return named;
	if (reference_parse(name, &ref, &ignored) < 0)
		return BASE_NO_IMAGE;
	full = reference_full_name(&ref);
	while ((j = next_beginning(known, &node, &at)) != BASE_NO_IMAGE)
		if (j != i && has_name_of(&image_at(known, j)->digests, full))
			return j;
	return BASE_NO_IMAGE;
}

static bool by_claim(struct base_of *out, const struct base_images *known, size_t i,
		     enum base_found by, const struct base_claim *claim)
{
	scoped_reference ref = { 0 };
	struct error ignored = ERROR_INIT;

	if (!claim->name || reference_parse(claim->name, &ref, &ignored) < 0)
		return false;
	out->by = by;
	out->name = xstrdup(claim->name);
	if (claim->digest && digest_is_valid(claim->digest))
		out->digest = xstrdup(claim->digest);
	else if (ref.digest)
		out->digest = xstrdup(ref.digest);
	if (out->digest) {
		scoped_str full = reference_full_name(&ref);
		scoped_str exact = xasprintf("%s@%s", full, out->digest);

		out->image = base_images_find(known, exact);
	} else {
		out->image = image_of_name(known, i, claim->name);
	}
	return true;
}

static bool by_label(struct base_of *out, const struct base_images *known, size_t i)
{
	const struct api_labels *labels = &image_at(known, i)->labels;
	const struct base_claim claim = { api_label_get(labels, ANNOTATION_BASE_NAME),
					  api_label_get(labels, ANNOTATION_BASE_DIGEST) };

	return claim.name && !is_inherited(known, i) &&
	       by_claim(out, known, i, BASE_FOUND_LABEL, &claim);
}

/* A build of that base itself, under whatever tag. */
static bool is_build_of(const struct api_image *image, const char *full)
{
	return has_name_of(&image->tags, full) || has_name_of(&image->digests, full);
}

/* The same build, perhaps under another tag of its repository. */
static size_t same_build(const struct base_images *known, size_t i, const char *full)
{
	size_t node = known->ends[i], at = BASE_NO_IMAGE, j;

	while ((j = next_beginning(known, &node, &at)) != BASE_NO_IMAGE)
		if (j != i && is_build_of(image_at(known, j), full) &&
		    base_same_stamp(image_at(known, i), image_at(known, j)))
			return j;
	return BASE_NO_IMAGE;
}

static bool is_later_build(const struct base_images *known, size_t named, size_t i)
{
	return named != BASE_NO_IMAGE &&
	       same_label(image_at(known, named), image_at(known, i), BASE_LABEL_NAME) &&
	       base_built_at(image_at(known, named)) > base_built_at(image_at(known, i));
}

/* The image of that ID. */
static size_t image_of_id(const struct base_images *known, const char *id, size_t len)
{
	for (size_t i = 0; i < known->images->count; i++)
		if (strncmp(image_at(known, i)->id, id, len) == 0 && !image_at(known, i)->id[len])
			return i;
	return BASE_NO_IMAGE;
}

/* What BASE_LABEL_USES says behind "name@"; NULL: nothing. *len: of it. */
static const char *used_as(const struct api_image *image, const char *name, size_t *len)
{
	const char *uses = api_label_get(&image->labels, BASE_LABEL_USES);
	size_t n = strlen(name);

	for (const char *at = uses; at && *at; at += strspn(at, " ")) {
		size_t word = strcspn(at, " ");

		if (word > n + 1 && memcmp(at, name, n) == 0 && at[n] == '@') {
			*len = word - n - 1;
			return at + n + 1;
		}
		at += word;
	}
	return NULL;
}

static enum base_here here_of(const struct base_images *known, size_t i, size_t named, size_t used)
{
	const char *name;

	if (named == BASE_NO_IMAGE)
		return BASE_HERE_MISSING;
	if (named == used)
		return BASE_HERE_ASK;
	/* Its own stamp says whose build it is, and when it was. */
	name = api_label_get(&image_at(known, named)->labels, BASE_LABEL_NAME);
	return name && base_images_find(known, name) == named &&
			       base_built_at(image_at(known, named)) >
				       base_built_at(image_at(known, i))
		       ? BASE_HERE_LATER
		       : BASE_HERE_OTHER;
}

/*
 * An image of `base build` on another of its images: no registry need have that one, and the stamp
 * says which image here it was.
 */
static bool by_own_stamp(struct base_of *out, const struct base_images *known, size_t i)
{
	const struct api_image *image = image_at(known, i);
	const char *name = api_label_get(&image->labels, ANNOTATION_BASE_NAME);
	const char *digest = api_label_get(&image->labels, ANNOTATION_BASE_DIGEST);
	size_t len = 0;
	const char *id = name && (!digest || !*digest) ? used_as(image, name, &len) : NULL;

	if (!id)
		return false;
	out->by = BASE_FOUND_BUILD_LABEL;
	out->name = xstrdup(name);
	out->image = image_of_id(known, id, len);
	out->here = here_of(known, i, base_images_find(known, name), out->image);
	return true;
}

static bool by_build_label(struct base_of *out, const struct base_images *known, size_t i)
{
	const struct api_image *image = image_at(known, i);
	const char *name = api_label_get(&image->labels, BASE_LABEL_NAME);
	scoped_reference ref = { 0 };
	struct error ignored = ERROR_INIT;
	scoped_str full = NULL;
	size_t named;

	if (!name || base_built_at(image) == TIME_NONE || reference_parse(name, &ref, &ignored) < 0)
		return false;
	full = reference_full_name(&ref);
	if (is_build_of(image, full))
		return by_own_stamp(out, known, i);
	out->by = BASE_FOUND_BUILD_LABEL;
	out->name = xstrdup(name);
	out->image = same_build(known, i, full);
	named = base_images_find(known, name);
	if (is_later_build(known, named, i))
		out->here = BASE_HERE_LATER;
	else if (out->image != BASE_NO_IMAGE)
		out->here = BASE_HERE_ASK;
	else
		out->here = named == BASE_NO_IMAGE ? BASE_HERE_MISSING : BASE_HERE_OTHER;
	return true;
}

/* What is built on a stamped image inherits the stamp, where no Dockerfile takes it away. */
static bool may_stand_on(const struct api_image *image, const struct api_image *base)
{
	return !api_label_get(&base->labels, BASE_LABEL_NAME) ||
	       api_label_get(&image->labels, BASE_LABEL_NAME);
}

static bool by_layers(struct base_of *out, const struct base_images *known, size_t i)
{
	size_t node = node_below(known, i), at = BASE_NO_IMAGE, j, top = BASE_NO_IMAGE;
	const char *best = NULL;

	while ((j = next_beginning(known, &node, &at)) != BASE_NO_IMAGE) {
		const char *name = base_name_best(image_at(known, j));

		if (best && node != top)
			break;
		if (!name || !may_stand_on(image_at(known, i), image_at(known, j)) ||
		    (best && compare_names(image_at(known, j), name, image_at(known, out->image),
					   best) <= 0))
			continue;
		best = name;
		out->image = j;
		top = node;
	}
	if (!best)
		return false;
	out->by = BASE_FOUND_LAYERS;
	out->name = xstrdup(best);
	return true;
}

void base_find(struct base_of *out, const struct base_images *known, size_t i,
	       const struct base_claims *claims)
{
	static const struct base_claims none;
	const struct base_claim *said = claims ? claims->by : none.by;

	*out = (struct base_of){ .image = BASE_NO_IMAGE };
	if (by_claim(out, known, i, BASE_FOUND_ANNOTATION, &said[BASE_FOUND_ANNOTATION]) ||
	    by_claim(out, known, i, BASE_FOUND_PROVENANCE, &said[BASE_FOUND_PROVENANCE]) ||
	    by_build_label(out, known, i) || by_label(out, known, i) ||
	    by_claim(out, known, i, BASE_FOUND_DOCKERFILE, &said[BASE_FOUND_DOCKERFILE]))
		return;
	(void)by_layers(out, known, i);
}
