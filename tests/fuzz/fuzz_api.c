/* SPDX-License-Identifier: Apache-2.0 */
/* The first byte chooses the parser, the rest is the engine's answer. */
#include "tests/fuzz/fuzz.h"

#include <string.h>

#include "common/codec/api.h"
#include "common/codec/json.h"
#include "common/codec/reference.h"
#include "tests/fuzz/text.h"

#define HEX64 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static void containers(const json_t *json, struct error *err)
{
	scoped(api_containers_release) struct api_containers list = { 0 };

	if (api_containers_parse(json, &list, err) < 0)
		return;
	for (size_t i = 0; i < list.count; i++) {
		const struct api_container *c = &list.items[i];

		fuzz_assert(digest_is_sha256(c->id) && strlen(c->id) == 64);
		fuzz_assert(!c->image_id || digest_is_valid(c->image_id));
		fuzz_assert(api_container_state_name(c->state) && c->size_rw >= -1);
	}
}

static void container(const json_t *json, struct error *err)
{
	scoped(api_container_release) struct api_container c = { .id = xstrdup(HEX64) };

	if (api_container_inspect_parse(json, &c, err) < 0)
		fuzz_assert(!c.inspected && !c.log_path && !c.image_id);
}

static void images(const json_t *json, struct error *err)
{
	scoped(api_images_release) struct api_images list = { 0 };

	if (api_images_parse(json, &list, err) < 0)
		return;
	for (size_t i = 0; i < list.count; i++)
		fuzz_assert(digest_is_valid(list.items[i].id) && list.items[i].size >= -1);
}

static void image(const json_t *json, struct error *err)
{
	scoped(api_image_release) struct api_image i = { .id = xstrdup("sha256:" HEX64) };

	if (api_image_inspect_parse(json, &i, err) < 0)
		fuzz_assert(!i.inspected && !i.parent && !i.tags.count && !i.labels.count);
}

static void history(const json_t *json, struct error *err)
{
	scoped(api_image_release) struct api_image i = { 0 };

	if (api_image_history_parse(json, &i, err) < 0)
		fuzz_assert(!i.has_history && !i.history.count);
}

static void volumes(const json_t *json, struct error *err)
{
	scoped(api_volumes_release) struct api_volumes list = { 0 };
	struct error second = ERROR_INIT;

	if (api_volumes_parse(json, &list, err) == 0 &&
	    api_df_volumes_parse(json, &list, &second) < 0)
		fuzz_assert(error_is_set(&second));
}

static void volume(const json_t *json, struct error *err)
{
	scoped(api_volume_release) struct api_volume v = { 0 };

	if (api_volume_parse(json, &v, err) == 0)
		fuzz_assert(*v.name);
}

static void networks(const json_t *json, struct error *err)
{
	scoped(api_networks_release) struct api_networks list = { 0 };

	if (api_networks_parse(json, &list, err) == 0)
		for (size_t i = 0; i < list.count; i++)
			fuzz_assert(*list.items[i].id && *list.items[i].name);
}

static void usage(const json_t *json, struct error *err)
{
	scoped(api_caches_release) struct api_caches list = { 0 };
	struct error second = ERROR_INIT;
	int64_t bytes = -1;

	if (api_df_cache_parse(json, &list, err) == 0)
		for (size_t i = 0; i < list.count; i++)
			fuzz_assert(*list.items[i].id);
	if (api_df_layers_parse(json, &bytes, &second) == 0)
		fuzz_assert(bytes >= -1);
}

static void info(const json_t *json, struct error *err)
{
	scoped(api_info_release) struct api_info i = { 0 };

	if (api_info_parse(json, &i, err) < 0)
		fuzz_assert(!i.id && !i.security.count);
	else
		fuzz_assert((i.system_time == TIME_NONE) == (i.system_time_unit == 0));
}

static void event(const json_t *json, struct error *err)
{
	scoped(api_event_release) struct api_event e = { 0 };

	if (api_event_parse(json, &e, err) < 0)
		fuzz_assert(!e.type);
}

static void podman_containers(const json_t *json, struct error *err)
{
	scoped(api_containers_release) struct api_containers list = { 0 };

	if (api_podman_containers_parse(json, &list, err) < 0)
		fuzz_assert(!list.count);
	for (size_t i = 0; i < list.count; i++)
		fuzz_assert(strlen(list.items[i].id) == 64 && list.items[i].outside &&
			    list.items[i].state == API_CONTAINER_UNKNOWN);
}

static void (*const parsers[])(const json_t *json, struct error *err) = {
	containers, container, images, image, history, volumes,
	volume,     networks,  usage,  info,  event,   podman_containers,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	scoped_json *json = NULL;
	struct error err = ERROR_INIT;

	if (size == 0 ||
	    json_parse(&json, (const char *)data + 1, size - 1, "answer", false, &err) < 0)
		return 0;
	/* Letters, so that a corpus can be written by hand. */
	parsers[(data[0] - (unsigned)'a') % array_len(parsers)](json, &err);
	if (error_is_set(&err))
		fuzz_assert(err.kind == ERROR_INPUT);
	return 0;
}
