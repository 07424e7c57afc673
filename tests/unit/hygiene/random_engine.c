/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/hygiene/random_engine.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/random.h"

#define NOW (20000 * NSEC_PER_DAY)

static bool chance(struct random *r, unsigned percent)
{
	return random_below(r, 100) < percent;
}

static size_t below(struct random *r, size_t n)
{
	return (size_t)random_below(r, n);
}

/* Few different times, so that there are ties; some unknown, some in the future. */
static int64_t some_time(struct random *r)
{
	static const int64_t ages[] = { 0,
					NSEC_PER_HOUR / 2,
					NSEC_PER_HOUR,
					3 * NSEC_PER_HOUR,
					NSEC_PER_DAY,
					2 * NSEC_PER_DAY,
					3 * NSEC_PER_DAY,
					9 * NSEC_PER_DAY,
					90 * NSEC_PER_DAY };

	if (chance(r, 4))
		return TIME_NONE;
	if (chance(r, 3))
		return NOW + 1 + (int64_t)random_below(r, NSEC_PER_HOUR);
	return NOW - ages[below(r, array_len(ages))];
}

static void hex_id(struct random *r, char out[65])
{
	for (int i = 0; i < 64; i += 16)
		snprintf(out + i, 17, "%016llx", (unsigned long long)random_next(r));
}

static void some_labels(struct random *r, struct api_labels *labels)
{
	static const char *const pairs[][2] = {
		{ "keep", "yes" }, { "keep", "no" }, { "env", "ci" }, { "env", "" }, { "team", "a" }
	};

	for (size_t i = 0; i < array_len(pairs); i++) {
		struct api_label *label;

		if (!chance(r, 12) || api_label_get(labels, pairs[i][0]))
			continue;
		label = array_add(labels);
		label->key = xstrdup(pairs[i][0]);
		label->value = xstrdup(pairs[i][1]);
	}
}

int64_t true_layer_size(const struct random_engine *e, const struct strings *diff_ids, size_t upto)
{
	uint64_t h = 14695981039346656037u;

	if (strcmp(diff_ids->items[upto], EMPTY_LAYER) == 0)
		return 0;
	for (size_t i = 0; i <= upto; i++)
		for (const char *c = diff_ids->items[i]; *c; c++)
			h = (h ^ (unsigned char)*c) * 1099511628211u;
	h ^= h >> 29;
	/* A layer without bytes is what makes histories ambiguous. */
	if (!e->exact && h % 4 == 0)
		return 0;
	return 1 + (int64_t)(h >> 8) % 1000;
}

static void some_layers(struct random *r, struct random_engine *e, struct api_image *image,
			size_t i)
{
	const struct api_images *images = &e->snap.images;
	size_t more = below(r, 4);

	if (i > 0 && chance(r, 70)) {
		const struct strings *base = &images->items[below(r, i)].diff_ids;

		for (size_t j = 0; j < base->count && !chance(r, 15); j++)
			strings_add(&image->diff_ids, base->items[j]);
	}
	for (size_t j = 0; j < more; j++)
		strings_take(&image->diff_ids, chance(r, 10)
						       ? xstrdup(EMPTY_LAYER)
						       : xasprintf("sha256:%04zx", below(r, 5)));
	image->size = 0;
	for (size_t j = image->diff_ids.count; j-- > 0;) {
		int64_t size = true_layer_size(e, &image->diff_ids, j);

		image->size += size;
		while (chance(r, 25))
			*(int64_t *)array_add(&image->history) = 0;
		*(int64_t *)array_add(&image->history) = size;
	}
	if (e->snap.info.containerd_store)
		image->size += (int64_t)random_below(r, 500);
}

static void some_references(struct random *r, struct api_image *image, size_t i)
{
	static const char *const repos[] = { "repo1", "repo2", "repo3", "host:5000/app" };
	static const char *const tags[] = { "latest", "1", "2" };
	char hex[65];

	/* Tag t of repository i % 4 belongs to image i: no two images have the same. */
	for (size_t t = 0; t < array_len(tags); t++)
		if (i < array_len(repos) * 2 && chance(r, 35) && t % 2 == i / array_len(repos) % 2)
			strings_take(&image->tags,
				     xasprintf("%s:%s", repos[i % array_len(repos)], tags[t]));
	if (chance(r, 20))
		strings_take(&image->tags, xasprintf("extra%zu:1", i));
	for (size_t j = 0; j < 2; j++) {
		if (!chance(r, 20))
			continue;
		hex_id(r, hex);
		strings_take(&image->digests,
			     xasprintf("%s@sha256:%s", repos[below(r, array_len(repos))], hex));
	}
}

static void add_image(struct random *r, struct random_engine *e, size_t i)
{
	struct api_image *image = array_add(&e->snap.images);
	char hex[65];

	hex_id(r, hex);
	image->id = xasprintf("sha256:%s", hex);
	if (i > 0 && chance(r, 35))
		image->parent = xstrdup(e->snap.images.items[below(r, i)].id);
	some_references(r, image, i);
	some_labels(r, &image->labels);
	image->created = some_time(r);
	image->last_tag_time = chance(r, 50) ? TIME_NONE : some_time(r);
	image->inspected = image->has_history = true;
	some_layers(r, e, image, i);
}

static void add_mounts(struct random *r, struct random_engine *e, struct api_container *c)
{
	while (chance(r, 25)) {
		struct api_mount *mount = array_add(&c->mounts);

		mount->type = (enum api_mount_type)below(r, 3);
		mount->name = NULL;
		if (mount->type == API_MOUNT_VOLUME && e->snap.volumes.count)
			mount->name = xstrdup(
				e->snap.volumes.items[below(r, e->snap.volumes.count)].name);
		if (mount->type == API_MOUNT_IMAGE && e->snap.images.count) {
			const struct api_image *image =
				&e->snap.images.items[below(r, e->snap.images.count)];

			mount->name = xstrdup(image->tags.count && chance(r, 60)
						      ? image->tags.items[0]
						      : image->id);
		}
	}
}

/* An image by its ID, or one that is not listed, with words that may mean a listed one. */
static void some_image(struct random *r, struct random_engine *e, struct api_container *c)
{
	const struct api_images *images = &e->snap.images;
	const struct api_image *image = images->count ? &images->items[below(r, images->count)]
						      : NULL;
	char hex[65];

	if (image && chance(r, 75)) {
		c->image_id = xstrdup(image->id);
		c->image = xstrdup("whatever");
		return;
	}
	hex_id(r, hex);
	c->image_id = xasprintf("sha256:%s", hex);
	if (image && image->tags.count && chance(r, 50))
		c->image = xstrdup(image->tags.items[0]);
	else if (image && image->digests.count && chance(r, 50))
		c->image = xstrdup(image->digests.items[0]);
	else if (image && chance(r, 40))
		c->image = xstrndup(image->id + 7, 12);
	else
		c->image = xstrdup(chance(r, 50) ? "repo1" : "gone:1");
}

static void add_container(struct random *r, struct random_engine *e, size_t i)
{
	struct api_container *c = array_add(&e->snap.containers);
	char hex[65];

	hex_id(r, hex);
	c->id = xstrdup(hex);
	strings_take(&c->names, xasprintf("c%zu", i));
	c->state = chance(r, 60) ? API_CONTAINER_EXITED
				 : (enum api_container_state)below(r, API_CONTAINER_DEAD + 1);
	c->created = some_time(r);
	c->inspected = true;
	c->started = c->finished = TIME_NONE;
	if (c->state != API_CONTAINER_CREATED)
		c->started = some_time(r);
	if (c->state == API_CONTAINER_EXITED ||
	    (c->state != API_CONTAINER_CREATED && chance(r, 40)))
		c->finished = some_time(r);
	c->size_rw = chance(r, 20) ? -1 : (int64_t)random_below(r, 500);
	some_labels(r, &c->labels);
	some_image(r, e, c);
	add_mounts(r, e, c);
	while (e->snap.networks.count && chance(r, 30)) {
		const struct api_network *n =
			&e->snap.networks.items[below(r, e->snap.networks.count)];

		strings_add(&c->networks, chance(r, 50) ? n->id : n->name);
	}
}

static void add_volume(struct random *r, struct random_engine *e, size_t i)
{
	struct api_volume *v = array_add(&e->snap.volumes);
	char hex[65];

	hex_id(r, hex);
	v->name = chance(r, 50) ? xstrdup(hex) : xasprintf("v%zu", i);
	v->driver = xstrdup(chance(r, 90) ? "local" : "nfs");
	v->scope = xstrdup(chance(r, 95) ? "local" : "global");
	v->mountpoint = xasprintf("/volumes/%zu", i);
	if (chance(r, 10))
		*(struct api_label *)array_add(&v->options) = (struct api_label){ xstrdup("type"),
										  xstrdup("nfs") };
	if (chance(r, 10))
		*(struct api_label *)array_add(&v->labels) =
			(struct api_label){ xstrdup("com.docker.volume.anonymous"), xstrdup("") };
	some_labels(r, &v->labels);
	v->created = some_time(r);
	v->size = chance(r, 30) ? -1 : (int64_t)random_below(r, 500);
}

static void add_network(struct random *r, struct random_engine *e, size_t i)
{
	static const char *const own[] = { "bridge", "host", "none", "ingress" };
	struct api_network *n = array_add(&e->snap.networks);
	char hex[65];

	hex_id(r, hex);
	n->id = xstrdup(hex);
	n->name = i < array_len(own) && chance(r, 30) ? xstrdup(own[i]) : xasprintf("n%zu", i);
	n->driver = xstrdup("bridge");
	n->scope = xstrdup(chance(r, 90) ? "local" : "swarm");
	n->created = some_time(r);
	n->config_only = chance(r, 30);
	if (i > 0 && chance(r, 40))
		n->config_from = xstrdup(e->snap.networks.items[below(r, i)].name);
	some_labels(r, &n->labels);
}

static void add_cache(struct random *r, struct random_engine *e, size_t i)
{
	struct api_cache *c = array_add(&e->snap.caches);

	c->id = xasprintf("k%024zu", i);
	c->type = xstrdup("regular");
	c->description = xasprintf("step %zu", i);
	for (size_t j = 0; j < i; j++)
		if (chance(r, 20))
			strings_add(&c->parents, e->snap.caches.items[j].id);
	c->in_use = chance(r, 15);
	c->shared = chance(r, 20);
	c->size = (int64_t)random_below(r, 500);
	c->created = some_time(r);
	c->last_used = chance(r, 30) ? TIME_NONE : some_time(r);
	c->usage_count = (int64_t)random_below(r, 5);
}

static void add_uses(struct random *r, struct snapshot *snap)
{
	for (size_t i = 0; i < snap->images.count + snap->volumes.count; i++) {
		bool image = i < snap->images.count;
		struct use *use;

		if (!chance(r, 40))
			continue;
		use = array_add(&snap->uses);
		use->kind = image ? KIND_IMAGE : KIND_VOLUME;
		use->key = xstrdup(image ? snap->images.items[i].id
					 : snap->volumes.items[i - snap->images.count].name);
		use->last_used = chance(r, 20) ? TIME_NONE : some_time(r);
		use->arrived = image && chance(r, 30) ? some_time(r) : TIME_NONE;
		use->first_seen = TIME_NONE;
	}
}

/* A rule whose text lives in the engine; "ID" stands for the beginning of an ID that exists. */
static void add_rule(struct random *r, struct random_engine *e, struct rule_texts *list,
		     const char *const *formats, size_t count)
{
	struct rule_text *rule = &e->rules[e->used];
	const char *id = e->snap.images.count
				 ? e->snap.images.items[below(r, e->snap.images.count)].id + 7
				 : "000000000000";
	const char *format = formats[below(r, count)];

	if (strcmp(format, "ID") == 0)
		snprintf(e->texts[e->used], sizeof(e->texts[0]), "%.16s", id);
	else
		snprintf(e->texts[e->used], sizeof(e->texts[0]), "%s", format);
	*rule = (struct rule_text){ e->texts[e->used], (char *)"test" };
	list->items = rule;
	list->count = 1;
	e->used++;
}

static void some_rules(struct random *r, struct random_engine *e)
{
	static const char *const keeps[] = { "c1*",
					     "repo1",
					     "repo2:*",
					     "label=keep",
					     "v?",
					     "ID",
					     "label=env=c*",
					     "host:5000/*",
					     "n[1-2]",
					     "step 1",
					     "docker.io/library/repo3:latest",
					     "*@sha256:*" };
	static const char *const filters[] = { "label=env", "label!=keep", "label!=keep=no",
					       "label=team=a", "label!=env=ci" };

	for (enum kind kind = 0; kind < KIND_COUNT; kind++) {
		struct kind_rules *rules = &e->policy.kinds[kind];

		if (e->used < array_len(e->rules) && chance(r, 25))
			add_rule(r, e, &rules->keep, keeps, array_len(keeps));
		if (e->used < array_len(e->rules) && chance(r, 12))
			add_rule(r, e, &rules->filters, filters, array_len(filters));
	}
}

static void some_policy(struct random *r, struct random_engine *e, enum random_targets targets)
{
	static const int64_t limits[] = { 0, NSEC_PER_HOUR, NSEC_PER_DAY, 5 * NSEC_PER_DAY };
	struct policy *p = &e->policy;

	for (enum kind kind = 0; kind < KIND_COUNT; kind++) {
		p->kinds[kind].chosen = chance(r, 80);
		p->kinds[kind].older_than = limits[below(r, array_len(limits))];
	}
	p->all = chance(r, 70);
	p->keep_last = chance(r, 30) ? (int64_t)random_below(r, 3) : 0;
	p->volume_scope = (enum volume_scope)below(r, 3);
	p->max_size = p->free_bytes = p->free_percent = UNSET;
	if (targets == TARGETS_SIZE || targets == TARGETS_BOTH)
		p->max_size = (int64_t)random_below(r, 4000);
	if (targets == TARGETS_DISK || targets == TARGETS_BOTH) {
		e->snap.disk_total = 10000;
		e->snap.disk_free = (int64_t)random_below(r, 3000);
		if (chance(r, 50))
			p->free_bytes = (int64_t)random_below(r, 6000);
		else
			p->free_percent = (int64_t)random_below(r, 60000);
	}
	some_rules(r, e);
}

void random_engine_init(struct random_engine *e, uint64_t seed, enum random_targets targets)
{
	struct random r = { .seed = seed, .state = seed };
	size_t counts[5];

	*e = (struct random_engine){ 0 };
	snapshot_init(&e->snap);
	e->snap.now = NOW;
	e->exact = targets != TARGETS_NONE || chance(&r, 60);
	e->snap.info.containerd_store = !e->exact && chance(&r, 30);
	e->snap.may_have_cache = !e->exact && chance(&r, 30);
	for (size_t k = 0; k < array_len(counts); k++)
		counts[k] = below(&r, k == 0 ? 13 : 7);
	for (size_t i = 0; i < counts[0]; i++)
		add_image(&r, e, i);
	for (size_t i = 0; i < counts[1]; i++)
		add_volume(&r, e, i);
	for (size_t i = 0; i < counts[2]; i++)
		add_network(&r, e, i);
	for (size_t i = 0; i < counts[3]; i++)
		add_cache(&r, e, i);
	for (size_t i = 0; i < counts[4] * 2; i++)
		add_container(&r, e, i);
	/* Hostile, but told by no list: images that are built on each other in a circle. */
	if (e->snap.images.count > 1 && chance(&r, 5))
		for (size_t i = 0; i < 2; i++) {
			free(e->snap.images.items[i].parent);
			e->snap.images.items[i].parent = xstrdup(e->snap.images.items[1 - i].id);
		}
	add_uses(&r, &e->snap);
	some_policy(&r, e, targets);
}

void random_engine_release(struct random_engine *e)
{
	snapshot_release(&e->snap);
}

static void shuffle(struct random *r, void *items, size_t count, size_t size)
{
	char *bytes = items;
	scoped_str swap = xmalloc(size);

	for (size_t i = count; i > 1; i--) {
		size_t j = below(r, i);

		memcpy(swap, bytes + j * size, size);
		memcpy(bytes + j * size, bytes + (i - 1) * size, size);
		memcpy(bytes + (i - 1) * size, swap, size);
	}
}

#define SHUFFLE(list) shuffle(&r, (list).items, (list).count, sizeof(*(list).items))

void random_engine_shuffle(struct random_engine *e, uint64_t seed)
{
	struct random r = { .seed = seed, .state = ~seed };

	SHUFFLE(e->snap.containers);
	SHUFFLE(e->snap.images);
	SHUFFLE(e->snap.volumes);
	SHUFFLE(e->snap.networks);
	SHUFFLE(e->snap.caches);
	SHUFFLE(e->snap.uses);
	for (size_t i = 0; i < e->snap.images.count; i++) {
		SHUFFLE(e->snap.images.items[i].tags);
		SHUFFLE(e->snap.images.items[i].digests);
		SHUFFLE(e->snap.images.items[i].labels);
	}
	for (size_t i = 0; i < e->snap.containers.count; i++) {
		SHUFFLE(e->snap.containers.items[i].mounts);
		SHUFFLE(e->snap.containers.items[i].networks);
	}
	for (size_t i = 0; i < e->snap.caches.count; i++)
		SHUFFLE(e->snap.caches.items[i].parents);
}

void random_engine_change(struct random_engine *e, uint64_t seed)
{
	struct random r = { .seed = seed, .state = seed * 3 };
	size_t count = below(&r, 4);

	for (size_t i = 0; i < e->snap.containers.count; i++) {
		struct api_container *c = &e->snap.containers.items[i];

		if (chance(&r, 10)) {
			c->state = API_CONTAINER_RUNNING;
			c->started = e->snap.now;
		} else if (c->state == API_CONTAINER_EXITED && chance(&r, 10)) {
			c->finished = e->snap.now - 7 * NSEC_PER_DAY;
		}
	}
	for (size_t i = 0; i < e->snap.images.count; i++)
		if (chance(&r, 10))
			strings_take(&e->snap.images.items[i].tags, xasprintf("new%zu:1", i));
	for (size_t i = 0; i < count; i++)
		add_container(&r, e, 100 + i);
	if (chance(&r, 30) && e->snap.images.count)
		api_image_release(&e->snap.images.items[--e->snap.images.count]);
}
