/* SPDX-License-Identifier: Apache-2.0 */
/* Volumes, build cache, and what /system/df tells of them and of image layers. */
#include "common/codec/api_internal.h"

#include <string.h>

#include "common/base/map.h"

static int parse_volume(const struct json_place *at, struct api_volume *v, struct error *err)
{
	struct json_place usage;

	if (json_expect(at, JSON_OBJECT, err) < 0 ||
	    api_need_string(at, "Name", &v->name, err) < 0 ||
	    api_get_string(at, "Driver", &v->driver, err) < 0 ||
	    api_get_string(at, "Mountpoint", &v->mountpoint, err) < 0 ||
	    api_get_string(at, "Scope", &v->scope, err) < 0 ||
	    api_get_labels(at, "Labels", &v->labels, err) < 0 ||
	    api_get_labels(at, "Options", &v->options, err) < 0 ||
	    api_get_time(at, "CreatedAt", &v->created, err) < 0 ||
	    json_get_object(at, "UsageData", &usage, err) < 0)
		return -1;
	return api_get_size(&usage, "Size", &v->size, err);
}

int api_volumes_parse(const json_t *json, struct api_volumes *out, struct error *err)
{
	scoped(api_volumes_release) struct api_volumes list = { 0 };
	struct json_place root, items;

	if (api_object_root(json, "volume list", &root, err) < 0 ||
	    json_get_array(&root, "Volumes", &items, err) < 0)
		return -1;
	for (size_t i = 0; i < json_count(&items); i++) {
		struct json_place at = json_element(&items, i);

		if (parse_volume(&at, array_add(&list), err) < 0)
			return -1;
	}
	*out = take_value(list);
	return 0;
}

int api_volume_parse(const json_t *json, struct api_volume *out, struct error *err)
{
	scoped(api_volume_release) struct api_volume v = { 0 };
	struct json_place root = json_root(json, "volume");

	if (parse_volume(&root, &v, err) < 0)
		return -1;
	*out = take_value(v);
	return 0;
}

/* 1.42 has a list, under a name with a space in front (so it is in the Go source); before: one. */
static int get_parents(const struct json_place *at, struct strings *out, struct error *err)
{
	const char *parent;

	if (json_get_strings(at, "Parents", out, err) < 0)
		return -1;
	if (!out->count && json_get_strings(at, " Parents", out, err) < 0)
		return -1;
	if (json_get_string(at, "Parent", &parent, "", err) < 0)
		return -1;
	if (!out->count && *parent)
		strings_add(out, parent);
	return 0;
}

static int parse_cache(const struct json_place *at, struct api_cache *c, struct error *err)
{
	if (json_expect(at, JSON_OBJECT, err) < 0 || api_need_string(at, "ID", &c->id, err) < 0 ||
	    api_get_string(at, "Type", &c->type, err) < 0 ||
	    api_get_string(at, "Description", &c->description, err) < 0 ||
	    get_parents(at, &c->parents, err) < 0 ||
	    json_get_bool(at, "InUse", &c->in_use, true, err) < 0 ||
	    json_get_bool(at, "Shared", &c->shared, false, err) < 0 ||
	    api_get_size(at, "Size", &c->size, err) < 0 ||
	    api_get_time(at, "CreatedAt", &c->created, err) < 0 ||
	    api_get_time(at, "LastUsedAt", &c->last_used, err) < 0)
		return -1;
	return json_get_int(at, "UsageCount", &c->usage_count, -1, -1, INT64_MAX, err);
}

int api_df_cache_parse(const json_t *json, struct api_caches *out, struct error *err)
{
	scoped(api_caches_release) struct api_caches list = { 0 };
	struct json_place root, usage, items;

	if (api_object_root(json, "disk usage", &root, err) < 0 ||
	    api_df_items(&root, "BuildCacheUsage", "BuildCache", &usage, &items, err) < 0)
		return -1;
	for (size_t i = 0; i < json_count(&items); i++) {
		struct json_place at = json_element(&items, i);

		if (parse_cache(&at, array_add(&list), err) < 0)
			return -1;
	}
	*out = take_value(list);
	return 0;
}

int api_df_layers_parse(const json_t *json, int64_t *bytes, struct error *err)
{
	struct json_place root, usage;
	int64_t legacy;

	if (api_object_root(json, "disk usage", &root, err) < 0 ||
	    api_get_size(&root, "LayersSize", &legacy, err) < 0 ||
	    json_get_object(&root, "ImageUsage", &usage, err) < 0)
		return -1;
	if (!json_present(&usage)) {
		*bytes = legacy;
		return 0;
	}
	/* Go leaves zeroes out. */
	return json_get_int(&usage, "TotalSize", bytes, 0, -1, INT64_MAX, err);
}

int api_df_volumes_parse(const json_t *json, struct api_volumes *list, struct error *err)
{
	scoped(api_volumes_release) struct api_volumes told = { 0 };
	scoped_map by_name;
	struct json_place root, usage, items;

	map_init(&by_name);
	if (api_object_root(json, "disk usage", &root, err) < 0 ||
	    api_df_items(&root, "VolumeUsage", "Volumes", &usage, &items, err) < 0)
		return -1;
	for (size_t i = 0; i < json_count(&items); i++) {
		struct json_place at = json_element(&items, i);

		if (parse_volume(&at, array_add(&told), err) < 0)
			return -1;
	}
	for (size_t i = 0; i < told.count; i++)
		map_put(&by_name, told.items[i].name, i);
	for (size_t i = 0; i < list->count; i++) {
		size_t found = map_get(&by_name, list->items[i].name);

		if (found < told.count)
			list->items[i].size = told.items[found].size;
	}
	return 0;
}

void api_volume_release(struct api_volume *v)
{
	free(v->name);
	free(v->driver);
	free(v->mountpoint);
	free(v->scope);
	api_labels_release(&v->labels);
	api_labels_release(&v->options);
	*v = (struct api_volume){ 0 };
}

void api_volumes_release(struct api_volumes *list)
{
	for (size_t i = 0; i < list->count; i++)
		api_volume_release(&list->items[i]);
	free(list->items);
	*list = (struct api_volumes){ 0 };
}

void api_caches_release(struct api_caches *list)
{
	for (size_t i = 0; i < list->count; i++) {
		free(list->items[i].id);
		free(list->items[i].type);
		free(list->items[i].description);
		strings_release(&list->items[i].parents);
	}
	free(list->items);
	*list = (struct api_caches){ 0 };
}
