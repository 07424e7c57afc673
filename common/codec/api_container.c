/* SPDX-License-Identifier: Apache-2.0 */
#include "common/codec/api_internal.h"

#include <string.h>

static const char *const state_names[] = {
#define API_STATE_NAME(state, name) [API_CONTAINER_##state] = (name),
	API_CONTAINER_STATES(API_STATE_NAME)
#undef API_STATE_NAME
};

const char *api_container_state_name(enum api_container_state state)
{
	return state_names[state];
}

static int get_state(const struct json_place *at, const char *key, enum api_container_state *out,
		     struct error *err)
{
	const char *name;

	if (json_get_string(at, key, &name, "", err) < 0)
		return -1;
	*out = API_CONTAINER_UNKNOWN;
	for (size_t i = 0; i < array_len(state_names); i++)
		if (strcmp(name, state_names[i]) == 0)
			*out = (enum api_container_state)i;
	return 0;
}

/* "/name", and "/other/alias" for each link of another container to this one. */
static int get_names(const struct json_place *at, struct strings *out, struct error *err)
{
	scoped_strings all = { 0 };

	if (json_get_strings(at, "Names", &all, err) < 0)
		return -1;
	for (int links = 0; links <= 1; links++)
		for (size_t i = 0; i < all.count; i++) {
			const char *name = all.items[i] + (all.items[i][0] == '/');

			if (*name && (strchr(name, '/') != NULL) == links)
				strings_add(out, name);
		}
	return 0;
}

static int get_mount(const struct json_place *at, struct api_mount *out, struct error *err)
{
	const char *type;

	if (json_expect(at, JSON_OBJECT, err) < 0 ||
	    json_get_string(at, "Type", &type, "", err) < 0)
		return -1;
	if (strcmp(type, "volume") == 0)
		out->type = API_MOUNT_VOLUME;
	else if (strcmp(type, "image") == 0)
		out->type = API_MOUNT_IMAGE;
	else
		return 0;
	if (api_get_string(at, "Name", &out->name, err) < 0)
		return -1;
	/* The engine puts an image's reference in Name once it has mounted it, in Source before. */
	if (!out->name && out->type == API_MOUNT_IMAGE)
		return api_get_string(at, "Source", &out->name, err);
	return 0;
}

static int get_mounts(const struct json_place *at, struct api_container *c, struct error *err)
{
	struct json_place mounts;

	if (json_get_array(at, "Mounts", &mounts, err) < 0)
		return -1;
	for (size_t i = 0; i < json_count(&mounts); i++) {
		struct json_place mount = json_element(&mounts, i);

		if (get_mount(&mount, array_add(&c->mounts), err) < 0)
			return -1;
	}
	return 0;
}

static void add_network(struct strings *out, const char *name)
{
	/* Another container's network: held by that one. */
	if (*name && strncmp(name, "container:", 10) != 0)
		strings_add(out, name);
}

/* A container that never ran has no ends yet, but names in NetworkMode and as keys. */
static int get_networks(const struct json_place *at, struct strings *out, struct error *err)
{
	struct json_place host, settings, networks;
	const char *name;
	json_t *value;

	if (json_get_object(at, "HostConfig", &host, err) < 0 ||
	    json_get_string(&host, "NetworkMode", &name, "", err) < 0)
		return -1;
	add_network(out, name);
	if (json_get_object(at, "NetworkSettings", &settings, err) < 0 ||
	    json_get_object(&settings, "Networks", &networks, err) < 0)
		return -1;
	json_object_foreach((json_t *)networks.value, name, value) {
		struct json_place end;
		const char *id;

		if (json_get_object(&networks, name, &end, err) < 0 ||
		    json_get_string(&end, "NetworkID", &id, "", err) < 0)
			return -1;
		add_network(out, name);
		add_network(out, id);
	}
	return 0;
}

static int get_size(const struct json_place *at, int64_t *out, struct error *err)
{
	struct json_place asked = json_member(at, "SizeRootFs");

	if (api_get_size(at, "SizeRw", out, err) < 0)
		return -1;
	/* Go leaves zeroes out. */
	if (*out < 0 && json_present(&asked))
		*out = 0;
	return 0;
}

static int parse(const struct json_place *at, struct api_container *c, struct error *err)
{
	c->started = c->finished = TIME_NONE;
	if (json_expect(at, JSON_OBJECT, err) < 0 ||
	    api_need_container_id(at, "Id", &c->id, err) < 0 || get_names(at, &c->names, err) < 0 ||
	    api_get_string(at, "Image", &c->image, err) < 0 ||
	    api_get_image_id(at, "ImageID", &c->image_id, err) < 0 ||
	    get_state(at, "State", &c->state, err) < 0 ||
	    api_get_time(at, "Created", &c->created, err) < 0 ||
	    api_get_labels(at, "Labels", &c->labels, err) < 0 || get_mounts(at, c, err) < 0 ||
	    get_networks(at, &c->networks, err) < 0)
		return -1;
	return get_size(at, &c->size_rw, err);
}

int api_containers_parse(const json_t *json, struct api_containers *out, struct error *err)
{
	scoped(api_containers_release) struct api_containers list = { 0 };
	struct json_place root;

	if (api_list_root(json, "container list", &root, err) < 0)
		return -1;
	for (size_t i = 0; i < json_count(&root); i++) {
		struct json_place at = json_element(&root, i);

		if (parse(&at, array_add(&list), err) < 0)
			return -1;
	}
	*out = take_value(list);
	return 0;
}

/* A state that contradicts itself is not one to act upon. */
static int get_full_state(const struct json_place *at, enum api_container_state *out,
			  struct error *err)
{
	static const char *const alive[] = { "Running", "Paused", "Restarting" };

	if (get_state(at, "Status", out, err) < 0)
		return -1;
	for (size_t i = 0; i < array_len(alive); i++) {
		bool yes;

		if (json_get_bool(at, alive[i], &yes, false, err) < 0)
			return -1;
		if (yes && (*out == API_CONTAINER_CREATED || *out == API_CONTAINER_EXITED ||
			    *out == API_CONTAINER_DEAD))
			*out = API_CONTAINER_UNKNOWN;
	}
	return 0;
}

static int parse_inspect(const struct json_place *root, struct api_container *c, struct error *err)
{
	struct json_place state = json_member(root, "State");

	if (api_need_container_id(root, "Id", &c->id, err) < 0 ||
	    json_expect(&state, JSON_OBJECT, err) < 0 ||
	    get_full_state(&state, &c->state, err) < 0 ||
	    api_get_time(&state, "StartedAt", &c->started, err) < 0 ||
	    api_get_time(&state, "FinishedAt", &c->finished, err) < 0 ||
	    api_get_string(root, "LogPath", &c->log_path, err) < 0)
		return -1;
	return api_get_image_id(root, "Image", &c->image_id, err);
}

int api_container_inspect_parse(const json_t *json, struct api_container *c, struct error *err)
{
	scoped(api_container_release) struct api_container told = { 0 };
	struct json_place root;

	if (api_object_root(json, "container", &root, err) < 0 ||
	    parse_inspect(&root, &told, err) < 0)
		return -1;
	if (strcmp(told.id, c->id) != 0)
		return json_fail(&root, err, "asked for %s, got %s", c->id, told.id);
	c->inspected = true;
	c->state = told.state;
	c->started = told.started;
	c->finished = told.finished;
	str_replace(&c->log_path, take_ptr(told.log_path));
	if (told.image_id)
		str_replace(&c->image_id, take_ptr(told.image_id));
	return 0;
}

void api_container_release(struct api_container *c)
{
	for (size_t i = 0; i < c->mounts.count; i++)
		free(c->mounts.items[i].name);
	free(c->mounts.items);
	free(c->id);
	free(c->image);
	free(c->image_id);
	free(c->log_path);
	free(c->pod);
	strings_release(&c->names);
	strings_release(&c->networks);
	api_labels_release(&c->labels);
	*c = (struct api_container){ 0 };
}

void api_containers_release(struct api_containers *list)
{
	for (size_t i = 0; i < list->count; i++)
		api_container_release(&list->items[i]);
	free(list->items);
	*list = (struct api_containers){ 0 };
}
