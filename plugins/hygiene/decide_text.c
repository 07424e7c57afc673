/* SPDX-License-Identifier: Apache-2.0 */
/* Names and reasons as a person reads them. */
#include <string.h>

#include "common/codec/reference.h"
#include "common/codec/timefmt.h"
#include "plugins/hygiene/decide_internal.h"

/* "exited 3 days ago" */
char *text_ago(const struct decision *d, const char *what, int64_t t)
{
	char human[TIME_TEXT];

	if (t == TIME_NONE)
		return xasprintf("%s at an unknown time", what);
	return xasprintf("%s %s ago", what, duration_human(human, time_diff(d->snap->now, t)));
}

/*
 * "no use seen since 2026-11-20", with `before` in front; of what is too young to go rather what is
 * known: "built or pulled 5 min ago".
 */
char *text_unused(const struct decision *d, enum kind kind, const char *before, const char *made,
		  int64_t t)
{
	scoped_str what = xasprintf("%s%s", before, made);
	char text[TIME_TEXT];

	if (t == TIME_NONE)
		return xasprintf("%sno use seen", before);
	if (time_diff(d->snap->now, t) < d->policy->kinds[kind].older_than)
		return text_ago(d, what, t);
	time_format_minute(text, t);
	return xasprintf("%sno use seen since %.10s", before, text);
}

/* "matches keep pattern 'db*' (--keep)" */
char *text_rule(const char *verb, const struct rule_text *rule)
{
	return xasprintf("%s '%s' (%s)", verb, rule->text, rule->source);
}

/* The name, or the short ID of one without. */
char *container_label(const struct snapshot *snap, size_t i)
{
	const struct api_container *c = &snap->containers.items[i];

	return c->names.count ? xstrdup(c->names.items[0]) : xstrndup(c->id, 12);
}

/* The first of the list in the alphabet, so that the engine's order does not matter; NULL if none.
 */
static const char *first_of(const struct strings *list)
{
	const char *first = NULL;

	for (size_t i = 0; i < list->count; i++)
		if (!first || strcmp(list->items[i], first) < 0)
			first = list->items[i];
	return first;
}

static const char *name_of(const struct snapshot *snap, enum kind kind, size_t i)
{
	const struct api_image *image = &snap->images.items[i];

	switch (kind) {
	case KIND_CONTAINER:
		return snap->containers.items[i].names.count
			       ? snap->containers.items[i].names.items[0]
			       : NULL;
	case KIND_NETWORK:
		return snap->networks.items[i].name;
	case KIND_VOLUME:
		return snap->volumes.items[i].name;
	case KIND_IMAGE:
		return first_of(image->tags.count ? &image->tags : &image->digests);
	case KIND_CACHE:
		return snap->caches.items[i].description;
	case KIND_COUNT:
		break;
	}
	return NULL;
}

char *object_name(const struct snapshot *snap, enum kind kind, size_t i)
{
	const char *name = name_of(snap, kind, i);

	return xstrdup(name && name[0] ? name : "<none>");
}

const char *object_id(const struct snapshot *snap, enum kind kind, size_t i)
{
	switch (kind) {
	case KIND_CONTAINER:
		return snap->containers.items[i].id;
	case KIND_NETWORK:
		return snap->networks.items[i].id;
	case KIND_VOLUME:
		return snap->volumes.items[i].name;
	case KIND_IMAGE:
		return snap->images.items[i].id;
	case KIND_CACHE:
		return snap->caches.items[i].id;
	case KIND_COUNT:
		break;
	}
	return NULL;
}
