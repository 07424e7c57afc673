/* SPDX-License-Identifier: Apache-2.0 */
/* What is built on what: children first, and nothing under what stays. */
#include <string.h>

#include "common/codec/reference.h"
#include "plugins/hygiene/decide_internal.h"

void links_release(struct links *links)
{
	free(links->first);
	free(links->to);
	*links = (struct links){ 0 };
}

/* Room for `edges` links; fill them with add_link() in the order of their children. */
static void links_init(struct links *links, size_t count, size_t edges)
{
	links->count = count;
	links->first = xcalloc(count + 1, sizeof(*links->first));
	links->to = xcalloc(edges, sizeof(*links->to));
}

/* For each child in order: its links, then end_links(). */
static void add_link(struct links *links, size_t child, size_t parent)
{
	if (parent != MAP_NONE)
		links->to[links->first[child + 1]++] = parent;
}

static void begin_links(struct links *links, size_t child)
{
	links->first[child + 1] = links->first[child];
}

void links_of_images(struct links *links, const struct decision *d)
{
	const struct api_images *images = &d->snap->images;

	links_init(links, images->count, images->count);
	for (size_t i = 0; i < images->count; i++) {
		const char *parent = images->items[i].parent;

		begin_links(links, i);
		add_link(links, i, parent ? map_get(&d->image_ids, digest_hex(parent)) : MAP_NONE);
	}
}

void links_of_caches(struct links *links, const struct decision *d)
{
	const struct api_caches *caches = &d->snap->caches;
	size_t edges = 0;
	scoped_map ids;

	map_init(&ids);
	for (size_t i = 0; i < caches->count; i++) {
		map_put(&ids, caches->items[i].id, i);
		edges += caches->items[i].parents.count;
	}
	links_init(links, caches->count, edges);
	for (size_t i = 0; i < caches->count; i++) {
		const struct strings *parents = &caches->items[i].parents;

		begin_links(links, i);
		for (size_t j = 0; j < parents->count; j++)
			add_link(links, i, map_get(&ids, parents->items[j]));
	}
}

void links_of_networks(struct links *links, const struct decision *d)
{
	const struct api_networks *networks = &d->snap->networks;
	scoped_map names;

	map_init(&names);
	for (size_t i = 0; i < networks->count; i++)
		if (networks->items[i].config_only && networks->items[i].name)
			map_put(&names, networks->items[i].name, i);
	links_init(links, networks->count, networks->count);
	for (size_t i = 0; i < networks->count; i++) {
		begin_links(links, i);
		add_link(links, i, map_get(&names, networks->items[i].config_from));
	}
}

static char *blocked_text(const struct snapshot *snap, enum kind kind, size_t child)
{
	scoped_str name = object_name(snap, kind, child);
	const char *id = object_id(snap, kind, child);

	if (kind == KIND_NETWORK)
		return xasprintf("network %s, which stays, takes its configuration from it", name);
	if (kind == KIND_IMAGE && strcmp(name, "<none>") != 0)
		return xasprintf("image %s, which stays, is built on it", name);
	return xasprintf("%s %.12s, which stays, is built on it",
			 kind == KIND_IMAGE ? "image" : "build cache record", digest_hex(id));
}

/* One object whose children are all settled: hands what it means on to its parents. */
static void settle_one(struct decision *d, enum kind kind, const struct links *links, size_t child,
		       size_t *blocker)
{
	struct object *objects = d->objects[kind];
	const struct object *c = &objects[child];

	for (size_t k = links->first[child]; k < links->first[child + 1]; k++) {
		size_t parent = links->to[k];
		struct object *p = &objects[parent];

		p->recency = time_max(p->recency, c->recency);
		if (c->goes && c->height + 1 > p->height)
			p->height = c->height + 1;
		if (!c->goes && (blocker[parent] == NO_INDEX ||
				 strcmp(object_id(d->snap, kind, child),
					object_id(d->snap, kind, blocker[parent])) < 0))
			blocker[parent] = child;
	}
}

static void block(struct decision *d, enum kind kind, size_t i, size_t by)
{
	if (!d->objects[kind][i].goes)
		return;
	if (by == NO_INDEX)
		verdict_keep(d, kind, i, PLAN_RULE_CHILDREN,
			     xstrdup("the engine says that it is built on itself"));
	else
		verdict_keep(d, kind, i,
			     kind == KIND_NETWORK ? PLAN_RULE_IN_USE : PLAN_RULE_CHILDREN,
			     blocked_text(d->snap, kind, by));
}

/* Children first: order[] gets every object that is in no circle; returns how many. */
static size_t settle_in_order(struct decision *d, enum kind kind, const struct links *links,
			      size_t *order, size_t *open, size_t *blocker)
{
	size_t count = 0;

	for (size_t k = 0; k < links->first[links->count]; k++)
		open[links->to[k]]++;
	for (size_t i = 0; i < links->count; i++)
		if (open[i] == 0)
			order[count++] = i;
	for (size_t done = 0; done < count; done++) {
		size_t i = order[done];

		if (blocker[i] != NO_INDEX)
			block(d, kind, i, blocker[i]);
		settle_one(d, kind, links, i, blocker);
		for (size_t k = links->first[i]; k < links->first[i + 1]; k++)
			if (--open[links->to[k]] == 0)
				order[count++] = links->to[k];
	}
	return count;
}

void settle(struct decision *d, enum kind kind, const struct links *links)
{
	size_t *order = xcalloc(links->count, sizeof(*order));
	size_t *open = xcalloc(links->count, sizeof(*open)); /* children that are not settled */
	size_t *blocker = xcalloc(links->count, sizeof(*blocker));
	size_t count;

	for (size_t i = 0; i < links->count; i++)
		blocker[i] = NO_INDEX;
	count = settle_in_order(d, kind, links, order, open, blocker);
	for (size_t i = 0; i < links->count; i++)
		if (open[i] != 0)
			block(d, kind, i, NO_INDEX);
	/* Parents come after their children: the other way round gives depths. */
	while (count-- > 0) {
		struct object *child = &d->objects[kind][order[count]];

		for (size_t k = links->first[order[count]]; k < links->first[order[count] + 1]; k++)
			if (d->objects[kind][links->to[k]].depth + 1 > child->depth)
				child->depth = d->objects[kind][links->to[k]].depth + 1;
	}
	free(order);
	free(open);
	free(blocker);
}
