/* SPDX-License-Identifier: Apache-2.0 */
#include "plugins/hygiene/keep.h"

#include <string.h>

#include "common/base/sort.h"
#include "common/codec/pattern.h"
#include "common/codec/reference.h"

#define SHORT_ID 12 /* what docker shows, and the least that a pattern must say of an ID */

static bool label_matches(const char *rule, const struct api_labels *labels, bool pattern)
{
	const char *equals = strchr(rule, '=');
	scoped_str key = equals ? xstrndup(rule, (size_t)(equals - rule)) : xstrdup(rule);
	const char *value = labels ? api_label_get(labels, key) : NULL;

	if (!value || !equals)
		return value;
	if (!pattern || equals[1] == '\0')
		return strcmp(equals + 1, value) == 0;
	return pattern_match(equals + 1, value);
}

static bool id_matches(const char *pattern, const char *id)
{
	bool digest = strncmp(pattern, "sha256:", 7) == 0;
	const char *text = digest ? pattern + 7 : pattern;
	const char *hex = digest_hex(id);
	size_t literal = strspn(text, "0123456789abcdefghijklmnopqrstuvwxyz");

	if (!digest && literal < SHORT_ID)
		return false;
	if (literal >= SHORT_ID && text[literal] == '\0')
		return strncmp(text, hex, literal) == 0;
	return pattern_match(text, hex);
}

/* names: every text that a pattern may match in whole. */
static const struct rule_text *keep_by(const struct rule_texts *keep, const char *id,
				       const struct strings *names, const struct api_labels *labels)
{
	for (size_t i = 0; i < keep->count; i++) {
		const char *text = keep->items[i].text;

		if (strncmp(text, "label=", 6) == 0) {
			if (label_matches(text + 6, labels, true))
				return &keep->items[i];
			continue;
		}
		if (id && id_matches(text, id))
			return &keep->items[i];
		for (size_t j = 0; j < names->count; j++)
			if (pattern_match(text, names->items[j]))
				return &keep->items[i];
	}
	return NULL;
}

static const struct rule_text *keep_by_name(const struct rule_texts *keep, const char *id,
					    const char *name, const struct api_labels *labels)
{
	char *items[] = { (char *)name };
	const struct strings names = { .items = items, .count = name ? 1 : 0 };

	return keep_by(keep, id, &names, labels);
}

/* "host:5000/app:1@sha256:.." without tag and digest, for what does not parse as a reference. */
static char *cut_repository(const char *reference)
{
	size_t len = strcspn(reference, "@");
	const char *slash = last_char(reference, len, '/');
	size_t start = slash ? (size_t)(slash - reference) : 0;
	const char *colon = memchr(reference + start, ':', len - start);

	return xstrndup(reference, colon ? (size_t)(colon - reference) : len);
}

char *reference_repository(const char *reference)
{
	scoped_reference ref = { 0 };
	struct error why = ERROR_INIT;

	if (reference_parse(reference, &ref, &why) < 0)
		return cut_repository(reference);
	return reference_familiar_name(&ref);
}

/* The name, with the tag and with the digest that the reference has. */
static void add_forms(struct strings *out, const char *name, const struct reference *ref)
{
	strings_add(out, name);
	if (ref->tag)
		strings_take(out, xasprintf("%s:%s", name, ref->tag));
	if (ref->digest)
		strings_take(out, xasprintf("%s@%s", name, ref->digest));
}

/* All ways to write the reference: as told, as docker shows it, in full, and what lies between. */
static void add_reference(struct strings *out, const char *text)
{
	scoped_reference ref = { 0 };
	struct error why = ERROR_INIT;
	scoped_str full = NULL;
	scoped_str familiar = NULL;

	strings_add(out, text);
	if (reference_parse(text, &ref, &why) < 0) {
		strings_take(out, cut_repository(text));
		return;
	}
	full = reference_full_name(&ref);
	familiar = reference_familiar_name(&ref);
	add_forms(out, familiar, &ref);
	add_forms(out, full, &ref);
	if (strcmp(ref.domain, "docker.io") == 0 && strncmp(ref.path, "library/", 8) == 0) {
		scoped_str bare = xasprintf("docker.io/%s", ref.path + 8);

		add_forms(out, bare, &ref);
		add_forms(out, ref.path, &ref);
	}
}

const struct rule_text *keep_container(const struct rule_texts *keep, const struct api_container *c)
{
	return keep_by(keep, c->id, &c->names, &c->labels);
}

const struct rule_text *keep_image(const struct rule_texts *keep, const struct api_image *image)
{
	scoped_strings names = { 0 };

	if (keep->count == 0)
		return NULL;
	for (size_t i = 0; i < image->tags.count; i++)
		add_reference(&names, image->tags.items[i]);
	for (size_t i = 0; i < image->digests.count; i++)
		add_reference(&names, image->digests.items[i]);
	return keep_by(keep, image->id, &names, &image->labels);
}

const struct rule_text *keep_volume(const struct rule_texts *keep, const struct api_volume *v)
{
	/* Names that docker made up are IDs, of which the beginning may be given. */
	const char *id = digest_is_sha256(v->name) ? v->name : NULL;

	return keep_by_name(keep, id, v->name, &v->labels);
}

const struct rule_text *keep_network(const struct rule_texts *keep, const struct api_network *n)
{
	return keep_by_name(keep, n->id, n->name, &n->labels);
}

const struct rule_text *keep_cache(const struct rule_texts *keep, const struct api_cache *c)
{
	return keep_by_name(keep, c->id, c->description, NULL);
}

const struct rule_text *keep_by_labels(const struct rule_texts *filters,
				       const struct api_labels *labels)
{
	for (size_t i = 0; i < filters->count; i++) {
		const char *text = filters->items[i].text;
		bool negative = text[5] == '!';

		if (label_matches(text + (negative ? 7 : 6), labels, false) == negative)
			return &filters->items[i];
	}
	return NULL;
}

void image_repositories(const struct api_image *image, struct strings *out)
{
	scoped_strings all = { 0 };

	for (size_t i = 0; i < image->tags.count; i++)
		strings_take(&all, reference_repository(image->tags.items[i]));
	for (size_t i = 0; i < image->digests.count; i++)
		strings_take(&all, reference_repository(image->digests.items[i]));
	strings_sort(&all);
	for (size_t i = 0; i < all.count; i++)
		if (i == 0 || strcmp(all.items[i], all.items[i - 1]) != 0)
			strings_add(out, all.items[i]);
}
