/* SPDX-License-Identifier: Apache-2.0 */
#include "plugins/hygiene/base_list.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"

#define SHORT_ID 12

void base_snapshot_release(struct base_snapshot *snap)
{
	free(snap->id);
	free(snap->name);
	platform_release(&snap->platform);
	strings_release(&snap->mirrors);
	api_images_release(&snap->images);
	*snap = (struct base_snapshot){ 0 };
}

void base_files_release(struct base_files *files)
{
	for (size_t i = 0; i < files->count; i++) {
		free(files->items[i].path);
		dockerfile_release(&files->items[i].parsed);
	}
	free(files->items);
	*files = (struct base_files){ 0 };
}

void base_list_release(struct base_list *list)
{
	for (size_t i = 0; i < list->rows.count; i++) {
		free(list->rows.items[i].name);
		base_of_release(&list->rows.items[i].base);
	}
	for (size_t i = 0; i < list->subjects.count; i++)
		base_subject_release(&list->subjects.items[i]);
	free(list->rows.items);
	free(list->subjects.items);
	*list = (struct base_list){ 0 };
}

void base_list_take(struct base_list *list, const struct base_verdict *verdicts)
{
	for (size_t i = 0; i < list->rows.count; i++) {
		struct base_item *item = &list->rows.items[i];

		if (item->subject != BASE_NO_SUBJECT)
			item->verdict = verdicts[item->subject];
		if (item->base_subject != BASE_NO_SUBJECT)
			item->base_verdict = verdicts[item->base_subject];
	}
}

struct maker {
	struct base_list list;
	const struct base_snapshot *snap;
	const struct base_query *query;
	struct base_images known;
	struct platform platform;   /* borrowed: of Dockerfiles' images */
	struct base_claims *claims; /* per image: the query's, and the Dockerfile's */
	struct map subjects;        /* what is asked to its subject */
	struct strings keys;
};

/* --- subjects */

/* Adds the image's digests in the repository of ref, but told, which is there already. */
static void own_digests(struct strings *out, const struct api_image *image,
			const struct reference *ref, const char *told)
{
	for (size_t i = 0; i < image->digests.count; i++) {
		scoped_reference have = { 0 };
		struct error ignored = ERROR_INIT;

		if (reference_parse(image->digests.items[i], &have, &ignored) == 0 && have.digest &&
		    strcmp(have.domain, ref->domain) == 0 && strcmp(have.path, ref->path) == 0 &&
		    !(told && strcmp(have.digest, told) == 0))
			strings_add(out, have.digest);
	}
}

/* Whether it may be an image for that platform; what an image does not tell may be anything. */
static bool may_be_for(const struct api_image *image, const struct platform *platform)
{
	scoped_platform own = { 0 };

	platform_set(&own, image->os, image->architecture, NULL);
	return (!own.os || !platform->os || strcmp(own.os, platform->os) == 0) &&
	       (!own.architecture || !platform->architecture ||
		strcmp(own.architecture, platform->architecture) == 0);
}

/*
 * Takes ref; without tag and digest it means "latest". image may be BASE_NO_IMAGE. A digest that
 * others tell goes before the engine's own.
 */
static size_t add_subject(struct maker *m, struct reference *ref, size_t image, const char *told,
			  const struct platform *platform, const char *absent)
{
	scoped_str full = reference_full_name(ref);
	scoped_str wanted = platform_format(platform);
	struct base_subject *s;
	char *key;
	size_t at;

	if (!ref->tag && !ref->digest)
		ref->tag = xstrdup("latest");
	key = xasprintf("%s:%s@%s %zx %s %s", full, ref->tag ? ref->tag : "",
			ref->digest ? ref->digest : "", image, told ? told : "", wanted);
	at = map_put(&m->subjects, key, m->list.subjects.count);
	if (at != m->list.subjects.count) {
		free(key);
		reference_release(ref);
		return at;
	}
	strings_take(&m->keys, key);
	s = array_add(&m->list.subjects);
	s->ref = take_value(*ref);
	s->absent = absent;
	s->mirror = strings_have(&m->snap->mirrors, s->ref.domain);
	s->proven = told || image == BASE_NO_IMAGE || !(m->snap->store || m->snap->podman);
	if (told)
		strings_add(&s->digests, told);
	platform_copy(&s->platform, platform);
	if (image == BASE_NO_IMAGE)
		return at;
	const struct api_image *own = &m->snap->images.items[image];
	bool ours = may_be_for(own, &s->platform);

	s->variant_told = ours ? own->variant && *own->variant : s->platform.variant != NULL;
	own_digests(&s->digests, own, &s->ref, told);
	/* Another platform's configuration compares with nothing. */
	if (!m->snap->store && ours)
		s->config = xstrdup(own->id);
	/* Podman's own names for what was built here are of the host "localhost". */
	s->local_only = !s->digests.count ||
			(!s->proven && strcmp(s->ref.domain, "localhost") == 0);
	return at;
}

static void image_platform(const struct maker *m, size_t image, struct platform *out)
{
	const struct api_image *i = &m->snap->images.items[image];

	platform_set(out, i->os, i->architecture, i->variant);
}

/* --- what a row stands on */

static void settle(struct base_verdict *out, enum base_status status, const char *reason)
{
	out->status = status;
	snprintf(out->reason, sizeof(out->reason), "%s", reason);
}

static const struct {
	enum base_status status;
	const char *reason;
} heres[] = {
	[BASE_HERE_LATER] = { BASE_STALE, "a later build of it is here" },
	[BASE_HERE_OTHER] = { BASE_UNKNOWN, "what has its name here is no later build of it" },
	[BASE_HERE_MISSING] = { BASE_UNKNOWN, "no build of it is here to compare" },
};

static const char *why_absent(const struct maker *m, const struct base_of *base)
{
	return base_images_find(&m->known, base->name) == BASE_NO_IMAGE
		       ? "which of its builds this stands on is not known"
		       : "what has its name here is not what this was built on";
}

/* Who pinned the base in FROM meant to, and provenance has a digest in the name there alone;
 * elsewhere it only says which one it was. */
static bool is_pin(enum base_found by)
{
	return by == BASE_FOUND_DOCKERFILE || by == BASE_FOUND_PROVENANCE;
}

static void add_base(struct maker *m, struct base_item *item)
{
	struct reference ref = { 0 };
	struct error ignored = ERROR_INIT;
	struct base_of *base = &item->base;
	scoped_platform platform = { 0 };

	base_find(base, &m->known, item->image, &m->claims[item->image]);
	if (base->by == BASE_FOUND_NOT)
		return;
	if (base->here != BASE_HERE_ASK) {
		settle(&item->base_verdict, heres[base->here].status, heres[base->here].reason);
		return;
	}
	if (reference_parse(base->name, &ref, &ignored) < 0) {
		settle(&item->base_verdict, BASE_UNKNOWN, "its name is none that can be asked for");
		return;
	}
	if (base->by == BASE_FOUND_LAYERS && !ref.tag && ref.digest) {
		settle(&item->base_verdict, BASE_UNKNOWN,
		       "it has no tag here any more, so what came after it is not known");
		item->base_verdict.digest = strchr(base->name, '@') + 1;
		reference_release(&ref);
		return;
	}
	if (ref.tag && !is_pin(base->by))
		free_str(&ref.digest);
	image_platform(m, item->image, &platform);
	item->base_subject = add_subject(m, &ref, base->image, base->digest, &platform,
					 why_absent(m, base));
}

/* --- rows */

/* Images of reproducible builds have a constant for a date: 1970, 1980 (the first of zip's). */
static int64_t created_of(const struct api_image *image)
{
	static const int64_t days[] = { 0, 3652 };

	for (size_t i = 0; i < array_len(days); i++)
		if (image->created >= days[i] * NSEC_PER_DAY &&
		    image->created < (days[i] + 1) * NSEC_PER_DAY)
			return TIME_NONE;
	return image->created;
}

static struct base_item *add_row(struct maker *m, const char *name, size_t image)
{
	struct base_item *item = array_add(&m->list.rows);

	item->name = xstrdup(name);
	item->image = image;
	item->subject = item->base_subject = BASE_NO_SUBJECT;
	item->created = TIME_NONE;
	if (image != BASE_NO_IMAGE) {
		item->created = created_of(&m->snap->images.items[image]);
		add_base(m, item);
	}
	return item;
}

/* A row of an image that is here, by a name that the engine gave or a person typed. */
static void add_named(struct maker *m, const char *name, size_t image)
{
	struct base_item *item = add_row(m, name, image);
	struct reference ref = { 0 };
	struct error ignored = ERROR_INIT;
	scoped_platform platform = { 0 };

	if (reference_parse(name, &ref, &ignored) < 0) {
		settle(&item->verdict, BASE_LOCAL_ONLY, "it has no name to ask a registry for");
		return;
	}
	image_platform(m, image, &platform);
	item->subject = add_subject(m, &ref, image, NULL, &platform, NULL);
}

static void add_nameless(struct maker *m, size_t image)
{
	scoped_str id = xstrndup(digest_hex(m->snap->images.items[image].id), SHORT_ID);
	struct base_item *item = add_row(m, id, image);

	settle(&item->verdict, BASE_LOCAL_ONLY, "it has no name to ask a registry for");
}

/* All names of an image; without tags its digests, without those its ID. */
static void add_image(struct maker *m, size_t image, bool untagged)
{
	const struct api_image *i = &m->snap->images.items[image];

	for (size_t t = 0; t < i->tags.count; t++)
		add_named(m, i->tags.items[t], image);
	if (i->tags.count || !untagged)
		return;
	for (size_t d = 0; d < i->digests.count; d++)
		add_named(m, i->digests.items[d], image);
	if (!i->digests.count)
		add_nameless(m, image);
}

static size_t image_by_id(const struct maker *m, const char *id)
{
	const char *hex = strncmp(id, "sha256:", 7) == 0 ? id + 7 : id;
	size_t len = strlen(hex), found = BASE_NO_IMAGE;

	if (len < 3 || strspn(hex, "0123456789abcdef") != len)
		return BASE_NO_IMAGE;
	for (size_t i = 0; i < m->snap->images.count; i++) {
		if (strncmp(digest_hex(m->snap->images.items[i].id), hex, len) != 0)
			continue;
		if (found != BASE_NO_IMAGE)
			return BASE_NO_IMAGE;
		found = i;
	}
	return found;
}

static int add_operand(struct maker *m, const char *name, struct error *err)
{
	size_t image = base_images_find(&m->known, name);

	if (image != BASE_NO_IMAGE) {
		add_named(m, name, image);
		return 0;
	}
	image = image_by_id(m, name);
	if (image == BASE_NO_IMAGE)
		return error_set(err, ERROR_NOT_FOUND, 0, "there is no image %.200s here", name);
	add_image(m, image, true);
	return 0;
}

/* --- Dockerfiles */

static int add_from(struct maker *m, const struct base_file *file, const char *name,
		    struct error *err)
{
	size_t image = base_images_find(&m->known, name);
	const char *told = dockerfile_platform(&file->parsed, file->stage, name);
	scoped_platform platform = { 0 };
	struct reference ref = { 0 };
	struct base_item *item;

	if (!told)
		platform_copy(&platform, &m->platform);
	else if (platform_parse(&platform, told, &m->platform, err) < 0)
		return error_wrap(err, "--platform of FROM %s", name);
	if (reference_parse(name, &ref, err) < 0)
		return error_hint(err, "is a --build-arg missing?");
	item = add_row(m, name, image);
	item->subject = add_subject(m, &ref, image, NULL, &platform,
				    m->snap->engine ? "there is no copy here to compare"
						    : "no engine was there to compare with");
	return 0;
}

static int add_file(struct maker *m, const struct base_file *file, struct error *err)
{
	scoped_strings images = { 0 };

	dockerfile_images(&file->parsed, file->stage, &images);
	for (size_t i = 0; i < images.count; i++)
		if (add_from(m, file, images.items[i], err) < 0)
			return error_wrap(err, "%s", file->path);
	return 0;
}

/* FROM of the one Dockerfile is what the images were built on. */
static void claim_from(struct maker *m)
{
	const struct base_file *file = &m->query->files.items[0];
	const struct dockerfile_stage *root = dockerfile_root(&file->parsed, file->stage);

	for (size_t i = 0; root->image && i < m->snap->images.count; i++)
		m->claims[i].by[BASE_FOUND_DOCKERFILE].name = root->image;
}

/* --- all of it */

static int make_rows(struct maker *m, struct error *err)
{
	const struct base_query *query = m->query;

	if (query->name_count && query->files.count > 1)
		return error_set(err, ERROR_USAGE, 0,
				 "with images, --file says what they were built from: give one");
	if (query->name_count && query->files.count)
		claim_from(m);
	for (size_t i = 0; i < query->name_count; i++)
		if (add_operand(m, query->names[i], err) < 0)
			return -1;
	if (query->name_count)
		return 0;
	for (size_t i = 0; i < query->files.count; i++)
		if (add_file(m, &query->files.items[i], err) < 0)
			return -1;
	for (size_t i = 0; (query->all || !query->files.count) && i < m->snap->images.count; i++)
		add_image(m, i, query->all);
	return 0;
}

static int compare_rows(const void *a, const void *b)
{
	const struct base_item *one = a, *other = b;

	return strcmp(one->name, other->name);
}

int base_list_make(struct base_list *out, const struct base_snapshot *snap,
		   const struct base_query *query, struct error *err)
{
	struct maker m = { .snap = snap, .query = query };
	int rc;

	m.platform = query->platform.architecture ? query->platform : snap->platform;
	m.claims = xcalloc(snap->images.count + 1, sizeof(*m.claims));
	if (query->claims)
		memcpy(m.claims, query->claims, snap->images.count * sizeof(*m.claims));
	base_images_index(&m.known, &snap->images);
	map_init(&m.subjects);
	rc = make_rows(&m, err);
	if (rc == 0 && !query->name_count && m.list.rows.count)
		qsort(m.list.rows.items, m.list.rows.count, sizeof(*m.list.rows.items),
		      compare_rows);
	base_images_release(&m.known);
	map_release(&m.subjects);
	strings_release(&m.keys);
	free(m.claims);
	if (rc == 0)
		*out = m.list;
	else
		base_list_release(&m.list);
	return rc;
}
