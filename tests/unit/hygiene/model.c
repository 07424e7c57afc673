/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/hygiene/model.h"

#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

static const struct snapshot *snap_of(const struct model *m)
{
	return &m->e->snap;
}

/* --- Labels and keep patterns --- */

static bool label_speaks(const char *rule, const struct api_labels *labels, bool glob)
{
	char key[64];
	const char *equals = strchr(rule, '=');

	snprintf(key, sizeof(key), "%.*s", equals ? (int)(equals - rule) : 64, rule);
	for (size_t i = 0; labels && i < labels->count; i++) {
		const struct api_label *label = &labels->items[i];

		if (strcmp(label->key, key) != 0)
			continue;
		if (!equals || strcmp(label->value, equals + 1) == 0)
			return true;
		if (glob && fnmatch(equals + 1, label->value, 0) == 0)
			return true;
	}
	return false;
}

static bool labels_allow(const struct rule_texts *filters, const struct api_labels *labels)
{
	for (size_t i = 0; i < filters->count; i++) {
		const char *text = filters->items[i].text;

		if (strncmp(text, "label!=", 7) == 0 ? label_speaks(text + 7, labels, false)
						     : !label_speaks(text + 6, labels, false))
			return false;
	}
	return true;
}

static bool glob(const char *pattern, const char *text)
{
	return text && fnmatch(pattern, text, 0) == 0;
}

/* A reference, its repository, and both with docker's registry in front if no other is. */
static bool reference_matches(const char *pattern, const char *reference)
{
	char name[256], full[300], full_name[300];
	char *end;

	snprintf(name, sizeof(name), "%s", reference);
	end = strchr(name, '@');
	if (!end)
		end = strrchr(name, ':');
	*end = '\0';
	snprintf(full, sizeof(full), "%s%s", strchr(name, '/') ? "" : "docker.io/library/",
		 reference);
	snprintf(full_name, sizeof(full_name), "%s%s",
		 strchr(name, '/') ? "" : "docker.io/library/", name);
	return glob(pattern, reference) || glob(pattern, name) || glob(pattern, full) ||
	       glob(pattern, full_name);
}

static bool image_named(const char *pattern, const struct api_image *image)
{
	for (size_t i = 0; i < image->tags.count; i++)
		if (reference_matches(pattern, image->tags.items[i]))
			return true;
	for (size_t i = 0; i < image->digests.count; i++)
		if (reference_matches(pattern, image->digests.items[i]))
			return true;
	return strlen(pattern) >= 12 && strncmp(image->id + 7, pattern, strlen(pattern)) == 0;
}

static bool is_named(const struct snapshot *snap, const char *pattern, enum kind kind, size_t i)
{
	switch (kind) {
	case KIND_CONTAINER:
		return glob(pattern, snap->containers.items[i].names.items[0]);
	case KIND_NETWORK:
		return glob(pattern, snap->networks.items[i].name);
	case KIND_VOLUME:
		return glob(pattern, snap->volumes.items[i].name);
	case KIND_IMAGE:
		return image_named(pattern, &snap->images.items[i]);
	default:
		return glob(pattern, snap->caches.items[i].description);
	}
}

static bool protected(const struct model *m, enum kind kind, size_t i,
		      const struct api_labels *labels)
{
	const struct kind_rules *rules = &m->e->policy.kinds[kind];

	for (size_t k = 0; k < rules->keep.count; k++) {
		const char *text = rules->keep.items[k].text;

		if (strncmp(text, "label=", 6) == 0 ? label_speaks(text + 6, labels, true)
						    : is_named(snap_of(m), text, kind, i))
			return true;
	}
	return !labels_allow(&rules->filters, labels);
}

/* Known, not in the future, and old enough. */
static bool is_old(const struct model *m, enum kind kind, int64_t stamp)
{
	int64_t now = snap_of(m)->now;

	return stamp != TIME_NONE && stamp <= now &&
	       now - stamp >= m->e->policy.kinds[kind].older_than;
}

/* --- Containers --- */

static int64_t latest_of_container(const struct api_container *c)
{
	int64_t latest = c->created;

	if (c->started > latest)
		latest = c->started;
	return c->finished > latest ? c->finished : latest;
}

/* It cannot have finished before it was made; TIME_NONE: it has not finished. */
static int64_t finish_of(const struct api_container *c)
{
	return c->finished != TIME_NONE && c->finished < c->created ? c->created : c->finished;
}

static bool container_goes(const struct model *m, size_t i)
{
	const struct api_container *c = &snap_of(m)->containers.items[i];
	int64_t stamp = finish_of(c);

	if (!m->e->policy.kinds[KIND_CONTAINER].chosen ||
	    protected(m, KIND_CONTAINER, i, &c->labels) || latest_of_container(c) > snap_of(m)->now)
		return false;
	if (c->state == API_CONTAINER_CREATED)
		stamp = c->created;
	else if (c->state != API_CONTAINER_EXITED && c->state != API_CONTAINER_DEAD)
		return false;
	else if (stamp == TIME_NONE && (c->state == API_CONTAINER_DEAD || c->started == TIME_NONE))
		stamp = c->created;
	return is_old(m, KIND_CONTAINER, stamp);
}

/* --- What containers use --- */

static bool may_mean(const struct api_image *image, const char *words)
{
	char latest[256];
	const char *hex = strncmp(words, "sha256:", 7) == 0 ? words + 7 : words;

	snprintf(latest, sizeof(latest), "%s:latest", words);
	for (size_t i = 0; i < image->tags.count; i++)
		if (strcmp(image->tags.items[i], words) == 0 ||
		    strcmp(image->tags.items[i], latest) == 0)
			return true;
	for (size_t i = 0; i < image->digests.count; i++)
		if (strcmp(image->digests.items[i], words) == 0)
			return true;
	return strspn(hex, "0123456789abcdef") == strlen(hex) &&
	       strncmp(image->id + 7, hex, strlen(hex)) == 0;
}

static bool is_listed(const struct snapshot *snap, const char *image_id)
{
	for (size_t i = 0; i < snap->images.count; i++)
		if (strcmp(snap->images.items[i].id, image_id) == 0)
			return true;
	return false;
}

static bool uses_image(const struct snapshot *snap, const struct api_container *c,
		       const struct api_image *image)
{
	if (strcmp(c->image_id, image->id) == 0)
		return true;
	if (!is_listed(snap, c->image_id) && may_mean(image, c->image))
		return true;
	for (size_t i = 0; i < c->mounts.count; i++)
		if (c->mounts.items[i].type == API_MOUNT_IMAGE && c->mounts.items[i].name &&
		    may_mean(image, c->mounts.items[i].name))
			return true;
	return false;
}

static bool uses_volume(const struct api_container *c, const char *name)
{
	for (size_t i = 0; i < c->mounts.count; i++)
		if (c->mounts.items[i].type == API_MOUNT_VOLUME && c->mounts.items[i].name &&
		    strcmp(c->mounts.items[i].name, name) == 0)
			return true;
	return false;
}

bool model_image_used(const struct model *m, size_t i)
{
	const struct snapshot *snap = snap_of(m);

	for (size_t c = 0; c < snap->containers.count; c++)
		if (!m->goes[KIND_CONTAINER][c] &&
		    uses_image(snap, &snap->containers.items[c], &snap->images.items[i]))
			return true;
	return false;
}

bool model_volume_used(const struct model *m, size_t i)
{
	const struct snapshot *snap = snap_of(m);

	for (size_t c = 0; c < snap->containers.count; c++)
		if (!m->goes[KIND_CONTAINER][c] &&
		    uses_volume(&snap->containers.items[c], snap->volumes.items[i].name))
			return true;
	return false;
}

bool model_network_used(const struct model *m, size_t i)
{
	const struct snapshot *snap = snap_of(m);
	const struct api_network *n = &snap->networks.items[i];

	for (size_t c = 0; c < snap->containers.count; c++)
		for (size_t j = 0; j < snap->containers.items[c].networks.count; j++) {
			const char *text = snap->containers.items[c].networks.items[j];

			if (!m->goes[KIND_CONTAINER][c] &&
			    (strcmp(text, n->id) == 0 || strcmp(text, n->name) == 0))
				return true;
		}
	return false;
}

/* --- Images --- */

static int64_t larger(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* The latest use or arrival that earlier runs and events tell. */
static int64_t remembered(const struct snapshot *snap, enum kind kind, const char *key)
{
	for (size_t i = 0; i < snap->uses.count; i++)
		if (snap->uses.items[i].kind == kind && strcmp(snap->uses.items[i].key, key) == 0)
			return larger(snap->uses.items[i].last_used, snap->uses.items[i].arrived);
	return TIME_NONE;
}

static int64_t image_stamp(const struct model *m, size_t i)
{
	const struct snapshot *snap = snap_of(m);
	const struct api_image *image = &snap->images.items[i];
	int64_t stamp = larger(larger(image->created, image->last_tag_time),
			       remembered(snap, KIND_IMAGE, image->id));

	for (size_t c = 0; c < snap->containers.count; c++)
		if (uses_image(snap, &snap->containers.items[c], image))
			stamp = larger(stamp, latest_of_container(&snap->containers.items[c]));
	return stamp;
}

static bool in_repository(const struct api_image *image, const char *name)
{
	size_t len = strlen(name);

	for (size_t i = 0; i < image->tags.count; i++)
		if (strncmp(image->tags.items[i], name, len) == 0 &&
		    strrchr(image->tags.items[i], ':') == image->tags.items[i] + len)
			return true;
	for (size_t i = 0; i < image->digests.count; i++)
		if (strncmp(image->digests.items[i], name, len) == 0 &&
		    image->digests.items[i][len] == '@')
			return true;
	return false;
}

static bool is_newer(const struct api_image *a, const struct api_image *b)
{
	if (a->created != b->created)
		return a->created > b->created;
	if (a->last_tag_time != b->last_tag_time)
		return a->last_tag_time > b->last_tag_time;
	return strcmp(a->id, b->id) < 0;
}

static bool among_newest(const struct model *m, size_t i, const char *repository)
{
	const struct api_images *images = &snap_of(m)->images;
	int64_t newer = 0;

	if (!in_repository(&images->items[i], repository))
		return false;
	for (size_t j = 0; j < images->count; j++)
		newer += j != i && in_repository(&images->items[j], repository) &&
			 is_newer(&images->items[j], &images->items[i]);
	return newer < m->e->policy.keep_last;
}

static bool kept_as_newest(const struct model *m, size_t i)
{
	static const char *const repos[] = { "repo1", "repo2", "repo3", "host:5000/app" };
	char extra[32];

	for (size_t k = 0; k < array_len(repos); k++)
		if (among_newest(m, i, repos[k]))
			return true;
	for (size_t k = 0; k < snap_of(m)->images.count; k++) {
		snprintf(extra, sizeof(extra), "extra%zu", k);
		if (among_newest(m, i, extra))
			return true;
	}
	return false;
}

static bool image_goes(const struct model *m, size_t i)
{
	const struct api_image *image = &snap_of(m)->images.items[i];

	return m->e->policy.kinds[KIND_IMAGE].chosen &&
	       (image->tags.count == 0 || m->e->policy.all) && !model_image_used(m, i) &&
	       !protected(m, KIND_IMAGE, i, &image->labels) && !kept_as_newest(m, i) &&
	       is_old(m, KIND_IMAGE, image_stamp(m, i));
}

/* --- Volumes, networks, build cache --- */

static int64_t volume_stamp(const struct model *m, size_t i)
{
	const struct snapshot *snap = snap_of(m);
	const struct api_volume *v = &snap->volumes.items[i];
	int64_t stamp = larger(v->created, remembered(snap, KIND_VOLUME, v->name));

	for (size_t c = 0; c < snap->containers.count; c++)
		if (uses_volume(&snap->containers.items[c], v->name))
			stamp = larger(stamp, latest_of_container(&snap->containers.items[c]));
	return stamp;
}

static bool volume_goes(const struct model *m, size_t i)
{
	const struct api_volume *v = &snap_of(m)->volumes.items[i];
	bool anonymous = label_speaks("com.docker.volume.anonymous", &v->labels, false) ||
			 strlen(v->name) == 64;

	if (!m->e->policy.kinds[KIND_VOLUME].chosen || strcmp(v->driver, "local") != 0 ||
	    strcmp(v->scope, "local") != 0 || v->options.count)
		return false;
	if (m->e->policy.volume_scope == VOLUMES_ANONYMOUS && !anonymous)
		return false;
	if (m->e->policy.volume_scope == VOLUMES_NAMED && anonymous)
		return false;
	return !model_volume_used(m, i) && !protected(m, KIND_VOLUME, i, &v->labels) &&
	       is_old(m, KIND_VOLUME, volume_stamp(m, i));
}

static bool network_goes(const struct model *m, size_t i)
{
	const struct api_network *n = &snap_of(m)->networks.items[i];

	return m->e->policy.kinds[KIND_NETWORK].chosen && strcmp(n->scope, "local") == 0 &&
	       strcmp(n->name, "bridge") != 0 && strcmp(n->name, "host") != 0 &&
	       strcmp(n->name, "none") != 0 && strcmp(n->name, "ingress") != 0 &&
	       !model_network_used(m, i) && !protected(m, KIND_NETWORK, i, &n->labels) &&
	       is_old(m, KIND_NETWORK, n->created);
}

static bool cache_goes(const struct model *m, size_t i)
{
	const struct api_cache *c = &snap_of(m)->caches.items[i];

	return m->e->policy.kinds[KIND_CACHE].chosen && !c->in_use &&
	       !protected(m, KIND_CACHE, i, NULL) &&
	       is_old(m, KIND_CACHE, larger(c->created, c->last_used));
}

/* --- What is built on what --- */

static bool is_child(const struct snapshot *snap, enum kind kind, size_t child, size_t parent)
{
	if (kind == KIND_IMAGE) {
		const char *p = snap->images.items[child].parent;

		return p && strcmp(p, snap->images.items[parent].id) == 0;
	}
	if (kind == KIND_CACHE) {
		const struct strings *parents = &snap->caches.items[child].parents;

		for (size_t k = 0; k < parents->count; k++)
			if (strcmp(parents->items[k], snap->caches.items[parent].id) == 0)
				return true;
	}
	if (kind == KIND_NETWORK) {
		const char *from = snap->networks.items[child].config_from;

		return from && snap->networks.items[parent].config_only &&
		       strcmp(from, snap->networks.items[parent].name) == 0;
	}
	return false;
}

static size_t count_of(const struct snapshot *snap, enum kind kind)
{
	const size_t counts[] = {
		[KIND_CONTAINER] = snap->containers.count, [KIND_NETWORK] = snap->networks.count,
		[KIND_VOLUME] = snap->volumes.count,       [KIND_IMAGE] = snap->images.count,
		[KIND_CACHE] = snap->caches.count,
	};

	return counts[kind];
}

bool model_has_children(const struct model *m, enum kind kind, size_t i)
{
	for (size_t j = 0; j < count_of(snap_of(m), kind); j++)
		if (!m->goes[kind][j] && is_child(snap_of(m), kind, j, i))
			return true;
	return false;
}

/* True if the object is built, over any number of steps, on itself. */
static bool in_circle(const struct snapshot *snap, enum kind kind, size_t i)
{
	bool seen[MODEL_MAX] = { false };
	bool more = true;

	seen[i] = true;
	while (more) {
		more = false;
		for (size_t p = 0; p < count_of(snap, kind); p++)
			for (size_t c = 0; c < count_of(snap, kind); c++) {
				if (!seen[c] || !is_child(snap, kind, c, p))
					continue;
				if (p == i)
					return true;
				more |= !seen[p];
				seen[p] = true;
			}
	}
	return false;
}

static void drop_parents(struct model *m, enum kind kind)
{
	for (size_t i = 0; i < count_of(snap_of(m), kind); i++)
		m->goes[kind][i] = m->goes[kind][i] && !in_circle(snap_of(m), kind, i);
	for (bool again = true; again;) {
		again = false;
		for (size_t i = 0; i < count_of(snap_of(m), kind); i++)
			if (m->goes[kind][i] && model_has_children(m, kind, i)) {
				m->goes[kind][i] = false;
				again = true;
			}
	}
}

static void judge_networks(struct model *m)
{
	for (size_t i = 0; i < count_of(snap_of(m), KIND_NETWORK); i++)
		m->goes[KIND_NETWORK][i] = network_goes(m, i);
	drop_parents(m, KIND_NETWORK);
}

void model_eligible(struct model *m, const struct random_engine *e)
{
	memset(m, 0, sizeof(*m));
	m->e = e;
	for (size_t i = 0; i < e->snap.containers.count; i++)
		m->goes[KIND_CONTAINER][i] = container_goes(m, i);
	for (size_t i = 0; i < e->snap.images.count; i++)
		m->goes[KIND_IMAGE][i] = image_goes(m, i);
	for (size_t i = 0; i < e->snap.volumes.count; i++)
		m->goes[KIND_VOLUME][i] = volume_goes(m, i);
	for (size_t i = 0; i < e->snap.caches.count; i++)
		m->goes[KIND_CACHE][i] = cache_goes(m, i);
	drop_parents(m, KIND_IMAGE);
	drop_parents(m, KIND_CACHE);
	judge_networks(m);
}

/* --- Bytes --- */

static bool has_layer(const struct strings *image, const struct strings *chain, size_t upto)
{
	if (image->count <= upto)
		return false;
	for (size_t k = 0; k <= upto; k++)
		if (strcmp(image->items[k], chain->items[k]) != 0)
			return false;
	return true;
}

/* True if layer `upto` of image i is in no image that is not in gone[], and in none before i. */
static bool counts_here(const struct api_images *images, const bool *gone, size_t i, size_t upto)
{
	for (size_t j = 0; j < images->count; j++)
		if ((!gone[j] || j < i) &&
		    has_layer(&images->items[j].diff_ids, &images->items[i].diff_ids, upto))
			return false;
	return true;
}

int64_t model_layers_freed(const struct random_engine *e, const bool *gone)
{
	const struct api_images *images = &e->snap.images;
	int64_t bytes = 0;

	for (size_t i = 0; i < images->count; i++)
		for (size_t k = 0; gone[i] && k < images->items[i].diff_ids.count; k++)
			if (counts_here(images, gone, i, k))
				bytes += true_layer_size(e, &images->items[i].diff_ids, k);
	return bytes;
}

/* --- Targets --- */

struct turn {
	enum kind kind;
	size_t i;
	int64_t recency;
	size_t depth;
	const char *id;
};

static int64_t recency_of(const struct model *m, enum kind kind, size_t i)
{
	const struct snapshot *snap = snap_of(m);
	const struct api_container *c = &snap->containers.items[i];
	int64_t recency;

	if (kind == KIND_CONTAINER)
		return c->state == API_CONTAINER_CREATED || c->finished == TIME_NONE ? c->created
										     : finish_of(c);
	if (kind == KIND_VOLUME)
		return volume_stamp(m, i);
	recency = kind == KIND_IMAGE
			  ? image_stamp(m, i)
			  : larger(snap->caches.items[i].created, snap->caches.items[i].last_used);
	for (size_t j = 0; j < count_of(snap, kind); j++)
		if (j != i && is_child(snap, kind, j, i))
			recency = larger(recency, recency_of(m, kind, j));
	return recency;
}

static size_t depth_of(const struct model *m, enum kind kind, size_t i)
{
	size_t depth = 0;

	for (size_t p = 0; p < count_of(snap_of(m), kind); p++)
		if (is_child(snap_of(m), kind, i, p)) {
			size_t below = in_circle(snap_of(m), kind, p) ? 1
								      : depth_of(m, kind, p) + 1;

			depth = below > depth ? below : depth;
		}
	return depth;
}

static const char *id_of(const struct snapshot *snap, enum kind kind, size_t i)
{
	switch (kind) {
	case KIND_CONTAINER:
		return snap->containers.items[i].id;
	case KIND_VOLUME:
		return snap->volumes.items[i].name;
	case KIND_IMAGE:
		return snap->images.items[i].id;
	default:
		return snap->caches.items[i].id;
	}
}

static bool before(const struct turn *a, const struct turn *b)
{
	if (a->recency != b->recency)
		return a->recency < b->recency;
	if (a->kind != b->kind)
		return a->kind < b->kind;
	if (a->depth != b->depth)
		return a->depth > b->depth;
	return strcmp(a->id, b->id) < 0;
}

/* The earliest turn that was not taken yet; false if there is none. */
static bool next_turn(const struct model *all, const struct model *taken, bool disk,
		      struct turn *out)
{
	static const enum kind kinds[] = { KIND_IMAGE, KIND_CONTAINER, KIND_VOLUME, KIND_CACHE };
	bool found = false;

	for (size_t k = 0; k < (disk ? array_len(kinds) : 1); k++)
		for (size_t i = 0; i < count_of(snap_of(all), kinds[k]); i++) {
			struct turn turn = { .kind = kinds[k], .i = i };

			if (!all->goes[kinds[k]][i] || taken->goes[kinds[k]][i])
				continue;
			turn.recency = recency_of(all, kinds[k], i);
			turn.depth = depth_of(all, kinds[k], i);
			turn.id = id_of(snap_of(all), kinds[k], i);
			if (!found || before(&turn, out))
				*out = turn;
			found = true;
		}
	return found;
}

static int64_t freed_by(const struct model *m)
{
	const struct snapshot *snap = snap_of(m);
	int64_t bytes = model_layers_freed(m->e, m->goes[KIND_IMAGE]);

	for (size_t i = 0; i < snap->containers.count; i++)
		if (m->goes[KIND_CONTAINER][i] && snap->containers.items[i].size_rw > 0)
			bytes += snap->containers.items[i].size_rw;
	for (size_t i = 0; i < snap->volumes.count; i++)
		if (m->goes[KIND_VOLUME][i] && snap->volumes.items[i].size > 0)
			bytes += snap->volumes.items[i].size;
	for (size_t i = 0; i < snap->caches.count; i++)
		if (m->goes[KIND_CACHE][i] && !snap->caches.items[i].shared)
			bytes += snap->caches.items[i].size;
	return bytes;
}

/* What images hold together that no container uses, once those in taken are gone. */
static int64_t unused_left(const struct model *all, const struct model *taken)
{
	bool unused[MODEL_MAX];

	for (size_t i = 0; i < count_of(snap_of(all), KIND_IMAGE); i++)
		unused[i] = !model_image_used(all, i);
	return model_layers_freed(all->e, unused) -
	       model_layers_freed(all->e, taken->goes[KIND_IMAGE]);
}

static bool is_reached(const struct model *all, const struct model *taken, bool disk)
{
	const struct policy *p = &all->e->policy;
	const struct snapshot *snap = snap_of(all);
	int64_t want = p->free_bytes;

	if (p->max_size != UNSET && p->kinds[KIND_IMAGE].chosen &&
	    unused_left(all, taken) > p->max_size)
		return false;
	if (!disk)
		return true;
	if (p->free_percent != UNSET)
		want = (snap->disk_total * p->free_percent + 99999) / 100000;
	return snap->disk_free + freed_by(taken) >= want;
}

bool model_choose(struct model *m)
{
	const struct policy *p = &m->e->policy;
	bool disk = p->free_bytes != UNSET || p->free_percent != UNSET;
	struct model taken = *m;
	struct turn turn;

	if (!disk && (p->max_size == UNSET || !p->kinds[KIND_IMAGE].chosen))
		return true;
	for (size_t i = 0; disk && i < snap_of(m)->volumes.count; i++)
		if (snap_of(m)->volumes.items[i].size < 0)
			m->goes[KIND_VOLUME][i] = false;
	memset(taken.goes[KIND_IMAGE], 0, sizeof(taken.goes[KIND_IMAGE]));
	if (disk)
		memset(taken.goes, 0, sizeof(taken.goes));
	while (!is_reached(m, &taken, disk) && next_turn(m, &taken, disk, &turn))
		taken.goes[turn.kind][turn.i] = true;
	bool reached = is_reached(m, &taken, disk);

	*m = taken;
	judge_networks(m);
	return reached;
}
