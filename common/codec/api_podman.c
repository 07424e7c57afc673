/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Podman's own container list (podman pkg/domain/entities/container_ps.go): the compatible one does
 * not say which containers are parts of pods, and leaves out those that other tools keep in
 * Podman's storage.
 */
#include "common/codec/api_internal.h"

#include "common/base/map.h"

static int parse(const struct json_place *at, struct api_container *c, struct error *err)
{
	scoped_str pod_id = NULL;

	c->started = c->finished = c->created = TIME_NONE;
	c->size_rw = -1;
	c->state = API_CONTAINER_UNKNOWN;
	c->outside = true;
	if (json_expect(at, JSON_OBJECT, err) < 0 ||
	    api_need_container_id(at, "Id", &c->id, err) < 0 ||
	    json_get_strings(at, "Names", &c->names, err) < 0 ||
	    api_get_string(at, "Image", &c->image, err) < 0 ||
	    api_get_image_id(at, "ImageID", &c->image_id, err) < 0 ||
	    api_get_string(at, "Pod", &pod_id, err) < 0 ||
	    api_get_string(at, "PodName", &c->pod, err) < 0)
		return -1;
	if (!c->pod)
		c->pod = take_ptr(pod_id);
	return 0;
}

static int parse_all(const json_t *json, struct api_containers *out, struct error *err)
{
	struct json_place root;

	if (api_list_root(json, "podman's container list", &root, err) < 0)
		return -1;
	for (size_t i = 0; i < json_count(&root); i++) {
		struct json_place at = json_element(&root, i);

		if (parse(&at, array_add(out), err) < 0)
			return -1;
	}
	return 0;
}

int api_podman_containers_parse(const json_t *json, struct api_containers *list, struct error *err)
{
	scoped(api_containers_release) struct api_containers told = { 0 };
	scoped_map by_id;
	size_t count = list->count;

	map_init(&by_id);
	if (parse_all(json, &told, err) < 0)
		return -1;
	for (size_t i = 0; i < told.count; i++)
		map_put(&by_id, told.items[i].id, i);
	for (size_t i = 0; i < count; i++) {
		size_t found = map_get(&by_id, list->items[i].id);

		if (found >= told.count) {
			/* It came or went between the two lists. */
			list->items[i].state = API_CONTAINER_UNKNOWN;
			continue;
		}
		str_replace(&list->items[i].pod, take_ptr(told.items[found].pod));
		told.items[found].outside = false;
	}
	for (size_t i = 0; i < told.count; i++)
		if (told.items[i].outside && map_get(&by_id, told.items[i].id) == i)
			*array_add(list) = take_value(told.items[i]);
	return 0;
}
