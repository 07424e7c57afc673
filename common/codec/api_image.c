/* SPDX-License-Identifier: Apache-2.0 */
#include "common/codec/api_internal.h"

#include <string.h>

#include "common/base/map.h"

/* Before 1.43 the list says "<none>:<none>" and "<none>@<none>"; no real name has a "<". */
static int get_names(const struct json_place *at, const char *key, struct strings *out,
		     struct error *err)
{
	scoped_strings all = { 0 };

	if (json_get_strings(at, key, &all, err) < 0)
		return -1;
	for (size_t i = 0; i < all.count; i++)
		if (!strstr(all.items[i], "<none>"))
			strings_add(out, all.items[i]);
	return 0;
}

/* VirtualSize is what old daemons called it; gone in 1.44. */
static int get_size(const struct json_place *at, int64_t *out, struct error *err)
{
	if (api_get_size(at, "Size", out, err) < 0)
		return -1;
	return *out < 0 ? api_get_size(at, "VirtualSize", out, err) : 0;
}

static int parse(const struct json_place *at, struct api_image *image, struct error *err)
{
	image->last_tag_time = TIME_NONE;
	if (json_expect(at, JSON_OBJECT, err) < 0 ||
	    api_need_image_id(at, "Id", &image->id, err) < 0 ||
	    api_get_image_id(at, "ParentId", &image->parent, err) < 0 ||
	    get_names(at, "RepoTags", &image->tags, err) < 0 ||
	    get_names(at, "RepoDigests", &image->digests, err) < 0 ||
	    api_get_labels(at, "Labels", &image->labels, err) < 0 ||
	    api_get_time(at, "Created", &image->created, err) < 0 ||
	    json_get_bool(at, "ReadOnly", &image->read_only, false, err) < 0)
		return -1;
	return get_size(at, &image->size, err);
}

int api_images_parse(const json_t *json, struct api_images *out, struct error *err)
{
	scoped(api_images_release) struct api_images list = { 0 };
	struct json_place root;

	if (api_list_root(json, "image list", &root, err) < 0)
		return -1;
	for (size_t i = 0; i < json_count(&root); i++) {
		struct json_place at = json_element(&root, i);

		if (parse(&at, array_add(&list), err) < 0)
			return -1;
	}
	*out = take_value(list);
	return 0;
}

void api_images_join(struct api_images *list)
{
	scoped_map ids;
	size_t kept = 0;

	map_init(&ids);
	for (size_t i = 0; i < list->count; i++) {
		struct api_image *image = &list->items[i];
		size_t first = map_put(&ids, image->id, kept);

		if (first == kept) {
			if (kept != i) {
				list->items[kept] = *image;
				memset(image, 0, sizeof(*image));
			}
			kept++;
			continue;
		}
		strings_copy(&list->items[first].tags, &image->tags);
		strings_copy(&list->items[first].digests, &image->digests);
		api_image_release(image);
	}
	list->count = kept;
}

/* Config is null for what is no image of an operating system; has_config tells. */
static int get_config(const struct json_place *root, struct api_image *image, bool *has_config,
		      struct error *err)
{
	struct json_place config;

	if (json_get_object(root, "Config", &config, err) < 0)
		return -1;
	*has_config = json_present(&config);
	return api_get_labels(&config, "Labels", &image->labels, err);
}

static int parse_inspect(const struct json_place *root, struct api_image *image, bool *has_config,
			 struct error *err)
{
	struct json_place metadata, rootfs;

	if (api_need_image_id(root, "Id", &image->id, err) < 0 ||
	    api_get_image_id(root, "Parent", &image->parent, err) < 0 ||
	    get_names(root, "RepoTags", &image->tags, err) < 0 ||
	    get_names(root, "RepoDigests", &image->digests, err) < 0 ||
	    api_get_time(root, "Created", &image->created, err) < 0 ||
	    get_size(root, &image->size, err) < 0 || get_config(root, image, has_config, err) < 0 ||
	    api_get_string(root, "Os", &image->os, err) < 0 ||
	    api_get_string(root, "Architecture", &image->architecture, err) < 0 ||
	    api_get_string(root, "Variant", &image->variant, err) < 0 ||
	    json_get_object(root, "Metadata", &metadata, err) < 0 ||
	    api_get_time(&metadata, "LastTagTime", &image->last_tag_time, err) < 0 ||
	    json_get_object(root, "RootFS", &rootfs, err) < 0)
		return -1;
	return json_get_strings(&rootfs, "Layers", &image->diff_ids, err);
}

#define SWAP(a, b)                              \
	do {                                    \
		__typeof__(a) swap_value = (a); \
		(a) = (b);                      \
		(b) = swap_value;               \
	} while (0)

int api_image_inspect_parse(const json_t *json, struct api_image *image, struct error *err)
{
	scoped(api_image_release) struct api_image told = { 0 };
	struct json_place root;
	bool has_config;

	if (api_object_root(json, "image", &root, err) < 0 ||
	    parse_inspect(&root, &told, &has_config, err) < 0)
		return -1;
	if (strcmp(told.id, image->id) != 0)
		return json_fail(&root, err, "asked for %s, got %s", image->id, told.id);
	image->inspected = true;
	image->last_tag_time = told.last_tag_time;
	SWAP(image->diff_ids, told.diff_ids);
	SWAP(image->os, told.os);
	SWAP(image->architecture, told.architecture);
	SWAP(image->variant, told.variant);
	SWAP(image->tags, told.tags);
	SWAP(image->digests, told.digests);
	if (has_config)
		SWAP(image->labels, told.labels);
	/* What newer versions leave out, the list has told. */
	if (told.parent)
		SWAP(image->parent, told.parent);
	if (told.created != TIME_NONE)
		image->created = told.created;
	/* On containerd's store the list counts what is unpacked too, and this only what is packed.
	 */
	if (told.size > image->size)
		image->size = told.size;
	return 0;
}

int api_image_history_parse(const json_t *json, struct api_image *image, struct error *err)
{
	scoped(api_image_release) struct api_image told = { 0 };
	struct json_place root;

	if (api_list_root(json, "image history", &root, err) < 0)
		return -1;
	for (size_t i = 0; i < json_count(&root); i++) {
		struct json_place at = json_element(&root, i);

		if (json_expect(&at, JSON_OBJECT, err) < 0 ||
		    json_get_int(&at, "Size", array_add(&told.history), 0, 0, INT64_MAX, err) < 0)
			return -1;
	}
	SWAP(image->history, told.history);
	image->has_history = true;
	return 0;
}

void api_image_release(struct api_image *image)
{
	free(image->id);
	free(image->parent);
	free(image->os);
	free(image->architecture);
	free(image->variant);
	free(image->history.items);
	strings_release(&image->tags);
	strings_release(&image->digests);
	strings_release(&image->diff_ids);
	api_labels_release(&image->labels);
	*image = (struct api_image){ 0 };
}

void api_images_release(struct api_images *list)
{
	for (size_t i = 0; i < list->count; i++)
		api_image_release(&list->items[i]);
	free(list->items);
	*list = (struct api_images){ 0 };
}
