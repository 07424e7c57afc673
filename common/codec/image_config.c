/* SPDX-License-Identifier: Apache-2.0 */
#include "common/codec/image_config.h"

#include <stdlib.h>

#include "common/codec/api_internal.h"
#include "common/codec/json.h"
#include "common/codec/reference.h"

#define NAME "image configuration"

static int too_many(const char *what, struct error *err)
{
	return error_set(err, ERROR_LIMIT, 0, NAME ": more than %d %s", IMAGE_CONFIG_ITEMS_MAX,
			 what);
}

/* Reproducible builds write a constant, which tells no age. */
static int get_created(const struct json_place *root, int64_t *out, struct error *err)
{
	if (api_get_time(root, "created", out, err) < 0)
		return -1;
	if (*out <= 0)
		*out = TIME_NONE;
	return 0;
}

static int get_platform(const struct json_place *root, struct platform *out, struct error *err)
{
	const char *os, *architecture, *variant;

	if (json_get_string(root, "os", &os, NULL, err) < 0 ||
	    json_get_string(root, "architecture", &architecture, NULL, err) < 0 ||
	    json_get_string(root, "variant", &variant, NULL, err) < 0)
		return -1;
	platform_set(out, os, architecture, variant);
	return 0;
}

static int get_diff_ids(const struct json_place *root, struct strings *out, struct error *err)
{
	struct json_place rootfs, list;

	if (json_get_object(root, "rootfs", &rootfs, err) < 0)
		return -1;
	if (!json_present(&rootfs))
		return json_fail(root, err, "it has no rootfs");
	if (json_get_array(&rootfs, "diff_ids", &list, err) < 0)
		return -1;
	if (json_count(&list) > IMAGE_CONFIG_ITEMS_MAX)
		return too_many("layers", err);
	if (json_get_strings(&rootfs, "diff_ids", out, err) < 0)
		return -1;
	for (size_t i = 0; i < out->count; i++)
		if (!digest_is_valid(out->items[i]))
			return json_fail(&rootfs, err, "diff_ids[%zu] is no digest", i);
	return 0;
}

static int get_labels(const struct json_place *root, struct api_labels *out, struct error *err)
{
	struct json_place config, labels;

	if (json_get_object(root, "config", &config, err) < 0 ||
	    json_get_object(&config, "Labels", &labels, err) < 0)
		return -1;
	if (json_object_size(labels.value) > IMAGE_CONFIG_ITEMS_MAX)
		return too_many("labels", err);
	return api_get_labels(&config, "Labels", out, err);
}

static int get_history(const struct json_place *root, struct image_config *out, struct error *err)
{
	struct json_place list;

	if (json_get_array(root, "history", &list, err) < 0)
		return -1;
	out->history = json_count(&list);
	if (out->history > IMAGE_CONFIG_ITEMS_MAX)
		return too_many("entries of its history", err);
	for (size_t i = 0; i < out->history; i++) {
		struct json_place entry = json_element(&list, i);
		bool empty;

		if (json_expect(&entry, JSON_OBJECT, err) < 0 ||
		    json_get_bool(&entry, "empty_layer", &empty, false, err) < 0)
			return -1;
		out->history_empty += empty;
	}
	return 0;
}

int image_config_parse(struct image_config *out, const char *data, size_t len, struct error *err)
{
	scoped_image_config config = { 0 };
	scoped_json *json = NULL;

	if (len > IMAGE_CONFIG_MAX)
		return error_set(err, ERROR_LIMIT, 0, NAME ": more than %zu bytes",
				 IMAGE_CONFIG_MAX);
	if (json_parse(&json, data, len, NAME, true, err) < 0)
		return -1;
	struct json_place root = json_root(json, NAME);

	if (json_expect(&root, JSON_OBJECT, err) < 0 ||
	    get_created(&root, &config.created, err) < 0 ||
	    get_platform(&root, &config.platform, err) < 0 ||
	    get_diff_ids(&root, &config.diff_ids, err) < 0 ||
	    get_labels(&root, &config.labels, err) < 0 || get_history(&root, &config, err) < 0)
		return -1;
	*out = take_value(config);
	return 0;
}

void image_config_release(struct image_config *config)
{
	platform_release(&config->platform);
	strings_release(&config->diff_ids);
	api_labels_release(&config->labels);
	*config = (struct image_config){ 0 };
}
