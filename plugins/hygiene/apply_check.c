/* SPDX-License-Identifier: Apache-2.0 */
/* Is it still what was planned? Answers of the engine, right before something is deleted. */
#include "plugins/hygiene/apply_parts.h"

#include <string.h>

#include "common/base/buf.h"
#include "common/codec/json.h"
#include "common/codec/reference.h"
#include "plugins/hygiene/fingerprint.h"

static int nonsense(struct error *err)
{
	err->kind = err->kind == ERROR_INPUT ? ERROR_PROTOCOL : err->kind;
	return -1;
}

/* The engine also finds objects by name or by the beginning of an ID. */
static int same_id(const struct plan_row *row, const json_t *json, const char *key, bool *same,
		   struct error *err)
{
	struct json_place root = json_root(json, "inspect");
	const char *id;

	if (json_expect(&root, JSON_OBJECT, err) < 0 || json_need_string(&root, key, &id, err) < 0)
		return nonsense(err);
	/* Podman leaves the algorithm out of some answers. */
	*same = row->kind == KIND_IMAGE ? strcmp(digest_hex(id), digest_hex(row->id)) == 0
					: strcmp(id, row->id) == 0;
	return 0;
}

/* NULL where the fingerprint is the plan's, else the sentence. */
static char *compare(const struct plan_row *row, char *fingerprint, const char *sentence)
{
	scoped_str now = fingerprint;

	if (row->fingerprint && strcmp(now, row->fingerprint) == 0)
		return NULL;
	return xstrdup(sentence);
}

static const char *container_change(const struct api_container *c)
{
	switch (c->state) {
	case API_CONTAINER_RUNNING:
	case API_CONTAINER_PAUSED:
	case API_CONTAINER_RESTARTING:
		return "started since the plan";
	case API_CONTAINER_REMOVING:
		return "the engine is removing it already";
	case API_CONTAINER_UNKNOWN:
	case API_CONTAINER_CREATED:
	case API_CONTAINER_EXITED:
	case API_CONTAINER_DEAD:
		break;
	}
	return "ran since the plan";
}

static int check_container(const struct snapshot *snap, const struct plan_row *row,
			   const json_t *json, char **why, struct error *err)
{
	struct api_container c = { .id = xstrdup(row->id), .size_rw = -1 };
	int rc = api_container_inspect_parse(json, &c, err);

	if (rc == 0) {
		/* Where the plan was made without its finish time, only the state can be compared.
		 */
		c.inspected = row->index < snap->containers.count &&
			      snap->containers.items[row->index].inspected;
		*why = compare(row, fingerprint_container(&c), container_change(&c));
	}
	api_container_release(&c);
	return rc < 0 ? nonsense(err) : 0;
}

static char *image_change(const struct api_image *image)
{
	scoped_buf text;

	buf_init(&text, 4096);
	buf_str(&text, "its tags or digests changed since the plan; ");
	if (image->tags.count == 0)
		buf_str(&text, "it has no tag now");
	for (size_t i = 0; i < image->tags.count; i++)
		buf_fmt(&text, "%s%s", i == 0 ? "now " : ", ", image->tags.items[i]);
	return buf_take(&text);
}

static int check_image(const struct plan_row *row, const json_t *json, char **why,
		       struct error *err)
{
	struct api_image image = { .id = xstrdup(row->id) };
	int rc = api_image_inspect_parse(json, &image, err);

	if (rc == 0) {
		scoped_str change = image_change(&image);

		*why = compare(row, fingerprint_image(&image), change);
	}
	api_image_release(&image);
	return rc < 0 ? nonsense(err) : 0;
}

static int check_volume(const struct plan_row *row, const json_t *json, char **why,
			struct error *err)
{
	struct api_volume volume = { 0 };
	int rc = api_volume_parse(json, &volume, err);

	if (rc == 0)
		*why = compare(row, fingerprint_volume(&volume),
			       "another volume has this name since the plan");
	api_volume_release(&volume);
	return rc < 0 ? nonsense(err) : 0;
}

static int check_network(const struct plan_row *row, const json_t *json, char **why,
			 struct error *err)
{
	struct api_network network = { 0 };
	int rc = api_network_parse(json, &network, err);

	if (rc == 0)
		*why = compare(row, fingerprint_network(&network), "changed since the plan");
	api_network_release(&network);
	return rc < 0 ? nonsense(err) : 0;
}

int check_inspect(const struct snapshot *snap, const struct plan_row *row, const json_t *json,
		  char **why, struct error *err)
{
	bool same;

	if (same_id(row, json, row->kind == KIND_VOLUME ? "Name" : "Id", &same, err) < 0)
		return -1;
	*why = NULL;
	if (!same) {
		*why = xstrdup("already gone; another object has its name");
		return 0;
	}
	switch (row->kind) {
	case KIND_CONTAINER:
		return check_container(snap, row, json, why, err);
	case KIND_IMAGE:
		return check_image(row, json, why, err);
	case KIND_VOLUME:
		return check_volume(row, json, why, err);
	case KIND_NETWORK:
		return check_network(row, json, why, err);
	case KIND_CACHE:
	case KIND_COUNT:
		break;
	}
	return error_set(err, ERROR_PROTOCOL, 0, "a %s cannot be inspected", kind_word(row->kind));
}

static bool has(const struct strings *list, const char *text)
{
	for (size_t i = 0; i < list->count; i++)
		if (strcmp(list->items[i], text) == 0)
			return true;
	return false;
}

static bool uses_image(const struct api_container *c, const struct api_image *image)
{
	if (!c->image_id || strcmp(c->image_id, image->id) == 0)
		return true;
	for (size_t i = 0; i < c->mounts.count; i++) {
		const struct api_mount *mount = &c->mounts.items[i];

		if (mount->type == API_MOUNT_IMAGE && mount->name &&
		    (strcmp(mount->name, image->id) == 0 || has(&image->tags, mount->name) ||
		     has(&image->digests, mount->name)))
			return true;
	}
	return false;
}

static bool uses(const struct api_container *c, const struct snapshot *snap,
		 const struct plan_row *row)
{
	if (row->kind == KIND_IMAGE)
		return uses_image(c, &snap->images.items[row->index]);
	/* One that never started may know its network by name alone. */
	return has(&c->networks, row->id) || (row->name && has(&c->networks, row->name));
}

int check_users(const struct snapshot *snap, const struct plan_row *row, const json_t *json,
		char **why, struct error *err)
{
	struct api_containers list = { 0 };

	if (api_containers_parse(json, &list, err) < 0)
		return nonsense(err);
	*why = NULL;
	for (size_t i = 0; i < list.count && !*why; i++) {
		const struct api_container *c = &list.items[i];

		if (uses(c, snap, row))
			*why = xasprintf("in use since the plan, by container %s",
					 c->names.count > 0 ? c->names.items[0] : c->id);
	}
	api_containers_release(&list);
	return 0;
}

int check_reference(const struct plan_row *row, const json_t *json, char **why, struct error *err)
{
	bool same;

	if (same_id(row, json, "Id", &same, err) < 0)
		return -1;
	*why = same ? NULL : xasprintf("%s leads to another image since the plan", row->name);
	return 0;
}

static bool untagged(const struct deeds *d, const struct unit *unit, const char *reference)
{
	for (size_t i = 0; i + 1 < unit->count; i++)
		if (strcmp(d->plan->rows.items[unit->first + i].name, reference) == 0)
			return true;
	return false;
}

int check_remaining(const struct deeds *d, const struct unit *unit, const json_t *json, char **why,
		    struct error *err)
{
	const struct plan_row *row = unit_row(d, unit);
	const struct api_image *planned = &d->snap->images.items[row->index];
	struct api_image now = { .id = xstrdup(row->id) };

	if (api_image_inspect_parse(json, &now, err) < 0) {
		api_image_release(&now);
		return nonsense(err);
	}
	*why = NULL;
	for (size_t i = 0; i < now.tags.count && !*why; i++) {
		bool known = false;

		for (size_t j = 0; j < planned->tags.count && !known; j++)
			known = strcmp(planned->tags.items[j], now.tags.items[i]) == 0;
		if (!known || untagged(d, unit, now.tags.items[i]))
			*why = xasprintf("tagged %s since the plan", now.tags.items[i]);
	}
	api_image_release(&now);
	return 0;
}

int check_cache_reply(struct deeds *d, const struct plan_row *row, const json_t *json, char **why,
		      struct error *err)
{
	struct json_place root = json_root(json, "build prune"), deleted;
	bool found = false;
	int64_t space;

	if (json_expect(&root, JSON_OBJECT, err) < 0 ||
	    json_get_array(&root, "CachesDeleted", &deleted, err) < 0 ||
	    json_get_int(&root, "SpaceReclaimed", &space, 0, 0, INT64_MAX, err) < 0)
		return nonsense(err);
	for (size_t i = 0; i < json_count(&deleted); i++) {
		struct json_place at = json_element(&deleted, i);
		const char *id;

		if (json_need_string(&at, NULL, &id, err) < 0)
			return nonsense(err);
		if (strcmp(id, row->id) == 0)
			found = true;
		else if (!map_has(&d->caches, id))
			return error_set(err, ERROR_CONFLICT, 0,
					 "the engine also deleted %.80s, which is not in the plan",
					 id);
	}
	bytes_take_cache(d, row, space);
	*why = found ? NULL : xstrdup("in use since the plan, or already gone");
	return 0;
}
