/* SPDX-License-Identifier: Apache-2.0 */
#include "common/codec/api_internal.h"

#include <string.h>

#include "common/codec/reference.h"
#include "common/codec/timefmt.h"

const char *api_label_get(const struct api_labels *labels, const char *key)
{
	for (size_t i = 0; i < labels->count; i++)
		if (strcmp(labels->items[i].key, key) == 0)
			return labels->items[i].value;
	return NULL;
}

void api_labels_release(struct api_labels *labels)
{
	for (size_t i = 0; i < labels->count; i++) {
		free(labels->items[i].key);
		free(labels->items[i].value);
	}
	free(labels->items);
	*labels = (struct api_labels){ 0 };
}

int api_list_root(const json_t *json, const char *name, struct json_place *out, struct error *err)
{
	struct json_place root = json_root(json_is_null(json) ? NULL : json, name);

	if (root.value && json_expect(&root, JSON_ARRAY, err) < 0)
		return -1;
	*out = root;
	return 0;
}

int api_object_root(const json_t *json, const char *name, struct json_place *out, struct error *err)
{
	struct json_place root = json_root(json, name);

	if (json_expect(&root, JSON_OBJECT, err) < 0)
		return -1;
	*out = root;
	return 0;
}

int api_get_string(const struct json_place *at, const char *key, char **out, struct error *err)
{
	const char *s;

	if (json_get_string(at, key, &s, NULL, err) < 0)
		return -1;
	*out = s && *s ? xstrdup(s) : NULL;
	return 0;
}

static int fail_at(const struct json_place *at, const char *key, const char *why, struct error *err)
{
	struct json_place place = json_member(at, key);

	return json_fail(&place, err, "%s", why);
}

static int need_text(const struct json_place *at, const char *key, const char **out,
		     struct error *err)
{
	if (json_need_string(at, key, out, err) < 0)
		return -1;
	return **out ? 0 : fail_at(at, key, "empty", err);
}

int api_need_string(const struct json_place *at, const char *key, char **out, struct error *err)
{
	const char *s;

	if (need_text(at, key, &s, err) < 0)
		return -1;
	*out = xstrdup(s);
	return 0;
}

int api_need_container_id(const struct json_place *at, const char *key, char **out,
			  struct error *err)
{
	const char *s;

	if (need_text(at, key, &s, err) < 0)
		return -1;
	if (!digest_is_sha256(s) || strchr(s, ':'))
		return fail_at(at, key, "not a whole container ID", err);
	*out = xstrdup(s);
	return 0;
}

int api_get_image_id(const struct json_place *at, const char *key, char **out, struct error *err)
{
	const char *s;

	if (json_get_string(at, key, &s, "", err) < 0)
		return -1;
	/* Podman's containers from a root directory have "sha256:" and nothing. */
	if (!*digest_hex(s)) {
		*out = NULL;
		return 0;
	}
	if (!digest_is_sha256(s) && !digest_is_valid(s))
		return fail_at(at, key, "not a whole image ID", err);
	*out = strchr(s, ':') ? xstrdup(s) : xasprintf("sha256:%s", s);
	return 0;
}

int api_need_image_id(const struct json_place *at, const char *key, char **out, struct error *err)
{
	char *id = NULL;

	if (api_get_image_id(at, key, &id, err) < 0)
		return -1;
	if (!id)
		return fail_at(at, key, "no image ID", err);
	*out = id;
	return 0;
}

int api_get_time(const struct json_place *at, const char *key, int64_t *out, struct error *err)
{
	struct json_place place = json_member(at, key);
	struct error why = ERROR_INIT;
	int64_t seconds;

	if (!json_present(&place)) {
		*out = TIME_NONE;
		return 0;
	}
	if (json_is_string(place.value)) {
		if (time_parse_rfc3339(json_string_value(place.value), out, &why) < 0)
			return json_fail(&place, err, "%s", why.text);
		return 0;
	}
	if (json_get_int(&place, NULL, &seconds, 0, INT64_MIN, INT64_MAX, err) < 0)
		return -1;
	*out = time_from_seconds(seconds);
	return 0;
}

int api_get_size(const struct json_place *at, const char *key, int64_t *out, struct error *err)
{
	return json_get_int(at, key, out, -1, -1, INT64_MAX, err);
}

int api_get_labels(const struct json_place *at, const char *key, struct api_labels *out,
		   struct error *err)
{
	struct json_place labels;
	const char *name;
	json_t *value;

	if (json_get_object(at, key, &labels, err) < 0)
		return -1;
	/* jansson's iterators want a json_t that is not const, and do not change it. */
	json_object_foreach((json_t *)labels.value, name, value) {
		struct json_place label = json_member(&labels, name);
		struct api_label *row;
		const char *text;

		if (json_get_string(&label, NULL, &text, "", err) < 0)
			return -1;
		row = array_add(out);
		row->key = xstrdup(name);
		row->value = xstrdup(text);
	}
	return 0;
}

int api_df_items(const struct json_place *root, const char *usage, const char *legacy,
		 struct json_place *usage_at, struct json_place *out, struct error *err)
{
	struct json_place items;

	if (json_get_object(root, usage, usage_at, err) < 0 ||
	    json_get_array(usage_at, "Items", &items, err) < 0)
		return -1;
	/* 1.52 sends both forms: the new one without Items then. */
	if (!json_present(&items) && json_get_array(root, legacy, &items, err) < 0)
		return -1;
	*out = items;
	return 0;
}
