/* SPDX-License-Identifier: Apache-2.0 */
/* Answers of real engines (tests/data/api/record.py), 20.10.24 and 26.1.5 with containerd's store.
 */
#include "tests/unit/suite.h"

#include <string.h>

#include "common/codec/api.h"
#include "common/codec/json.h"
#include "common/codec/reference.h"

static const struct engine {
	const char *folder;
	bool containerd;
	int64_t kid_layer; /* bytes of the child's own layer, as history tells */
} engines[] = {
	{ "tests/data/api/1.41", false, 1000 },
	{ "tests/data/api/1.45", true, 8192 },
};

static json_t *load(const struct engine *e, const char *name)
{
	scoped_str path = xasprintf("%s/%s.json", e->folder, name);
	json_error_t why;
	json_t *json = json_load_file(path, 0, &why);

	ck_assert_msg(json, "%s: %s", path, why.text);
	return json;
}

static struct api_container *find(struct api_containers *list, const char *name)
{
	for (size_t i = 0; i < list->count; i++)
		if (list->items[i].names.count && strcmp(list->items[i].names.items[0], name) == 0)
			return &list->items[i];
	ck_abort_msg("no container %s", name);
	return NULL;
}

START_TEST(containers)
{
	scoped_json *json = load(&engines[_i], "containers");
	scoped_json *full = load(&engines[_i], "container");
	scoped(api_containers_release) struct api_containers list = { 0 };
	struct api_container *ended, *runner, *created;
	struct error err = ERROR_INIT;

	ck_assert_msg(api_containers_parse(json, &list, &err) == 0, "%s", err.text);
	ck_assert_uint_eq(list.count, 3);
	ended = find(&list, "ended");
	runner = find(&list, "runner");
	created = find(&list, "created");
	ck_assert(ended->state == API_CONTAINER_EXITED && runner->state == API_CONTAINER_RUNNING);
	ck_assert(created->state == API_CONTAINER_CREATED && ended->size_rw > 0);
	ck_assert_msg(created->size_rw >= 0, "asked for: zero, though left out");
	ck_assert_str_eq(api_label_get(&ended->labels, "k"), "v");
	ck_assert_str_eq(ended->image, "bb:1");
	ck_assert_str_eq(ended->image_id, created->image_id);
	ck_assert(runner->mounts.count == 1 && runner->mounts.items[0].type == API_MOUNT_VOLUME);
	ck_assert_str_eq(runner->mounts.items[0].name, "used");
	ck_assert_str_eq(created->networks.items[0], "none");

	ck_assert_msg(api_container_inspect_parse(full, ended, &err) == 0, "%s", err.text);
	ck_assert(ended->inspected && ended->state == API_CONTAINER_EXITED);
	ck_assert(ended->started >= ended->created && ended->finished >= ended->created);
	error_clear(&err);
	ck_assert_msg(api_container_inspect_parse(full, runner, &err) < 0, "another's answer");
}
END_TEST

START_TEST(images)
{
	scoped_json *json = load(&engines[_i], "images");
	scoped_json *full = load(&engines[_i], "image");
	scoped_json *history = load(&engines[_i], "history");
	scoped(api_images_release) struct api_images list = { 0 };
	struct api_image *kid = NULL;
	size_t dangling = 0;
	int64_t sum = 0;
	struct error err = ERROR_INIT;

	ck_assert_msg(api_images_parse(json, &list, &err) == 0, "%s", err.text);
	for (size_t i = 0; i < list.count; i++) {
		struct api_image *image = &list.items[i];

		dangling += image->tags.count == 0;
		ck_assert(image->size > 0 && image->created > 0);
		for (size_t k = 0; k < image->tags.count; k++) {
			scoped_reference ref = { 0 };

			ck_assert_int_eq(reference_parse(image->tags.items[k], &ref, &err), 0);
			if (strcmp(image->tags.items[k], "kid:1") == 0)
				kid = image;
		}
	}
	ck_assert(dangling == 1 && kid);
	ck_assert_uint_eq(kid->tags.count, 2);
	ck_assert_msg((kid->parent != NULL) == !engines[_i].containerd, "one store has parents");

	ck_assert_msg(api_image_inspect_parse(full, kid, &err) == 0, "%s", err.text);
	ck_assert_uint_eq(kid->diff_ids.count, 2);
	/* Loaded from an archive: the default store keeps no time for that. */
	ck_assert((kid->last_tag_time != TIME_NONE) == engines[_i].containerd);
	ck_assert_msg(api_image_history_parse(history, kid, &err) == 0, "%s", err.text);
	ck_assert_int_eq(kid->history.items[0], engines[_i].kid_layer);
	for (size_t i = 0; i < kid->history.count; i++)
		sum += kid->history.items[i];
	ck_assert_msg(engines[_i].containerd || sum == kid->size, "layers add up");
}
END_TEST

START_TEST(volumes)
{
	scoped_json *json = load(&engines[_i], "volumes");
	scoped_json *one = load(&engines[_i], "volume");
	scoped_json *usage = load(&engines[_i], "df");
	scoped(api_volumes_release) struct api_volumes list = { 0 };
	scoped(api_volume_release) struct api_volume named = { 0 };
	struct error err = ERROR_INIT;

	ck_assert_msg(api_volumes_parse(json, &list, &err) == 0, "%s", err.text);
	ck_assert_uint_eq(list.count, 3);
	ck_assert_int_eq(list.items[0].size, -1);
	ck_assert_msg(api_df_volumes_parse(usage, &list, &err) == 0, "%s", err.text);
	for (size_t i = 0; i < list.count; i++)
		ck_assert(list.items[i].size == 0 && list.items[i].created > 0);
	ck_assert_msg(api_volume_parse(one, &named, &err) == 0, "%s", err.text);
	ck_assert_str_eq(named.name, "named");
	ck_assert_str_eq(named.driver, "local");
	ck_assert_str_eq(api_label_get(&named.labels, "x"), "y");
}
END_TEST

START_TEST(networks)
{
	scoped_json *json = load(&engines[_i], "networks");
	scoped_json *one = load(&engines[_i], "network");
	scoped(api_networks_release) struct api_networks list = { 0 };
	scoped(api_network_release) struct api_network net = { 0 };
	struct error err = ERROR_INIT;

	ck_assert_msg(api_networks_parse(json, &list, &err) == 0, "%s", err.text);
	ck_assert_uint_ge(list.count, 3);
	ck_assert_msg(api_network_parse(one, &net, &err) == 0, "%s", err.text);
	ck_assert_str_eq(net.name, "net");
	ck_assert(net.created > 0 && !net.ingress && !net.config_only && !net.config_from);
}
END_TEST

START_TEST(disk_usage)
{
	scoped_json *json = load(&engines[_i], "df");
	scoped(api_caches_release) struct api_caches list = { 0 };
	size_t with_parents = 0;
	int64_t bytes = -1;
	struct error err = ERROR_INIT;

	ck_assert_msg(api_df_layers_parse(json, &bytes, &err) == 0, "%s", err.text);
	ck_assert_int_gt(bytes, 1000000);
	ck_assert_msg(api_df_cache_parse(json, &list, &err) == 0, "%s", err.text);
	ck_assert_uint_ge(list.count, 5);
	for (size_t i = 0; i < list.count; i++) {
		ck_assert(!list.items[i].in_use && list.items[i].last_used > 0);
		with_parents += list.items[i].parents.count > 0;
	}
	ck_assert_uint_eq(with_parents, 2);
}
END_TEST

START_TEST(system_answers)
{
	scoped_json *json = load(&engines[_i], "info");
	scoped_json *lines = load(&engines[_i], "events");
	scoped(api_info_release) struct api_info info = { 0 };
	int64_t before = 0;
	struct error err = ERROR_INIT;

	ck_assert_msg(api_info_parse(json, &info, &err) == 0, "%s", err.text);
	ck_assert(info.containerd_store == engines[_i].containerd && info.containers == 3);
	ck_assert_str_eq(info.id, "ENGINE");
	ck_assert_str_eq(info.root_dir, "/engine/data");
	ck_assert_str_eq(info.architecture, "x86_64");
	ck_assert_str_eq(info.default_runtime, "runc");
	ck_assert_str_eq(info.operating_system, "Debian GNU/Linux 12 (bookworm)");
	ck_assert(info.security.count == 1 && strstr(info.security.items[0], "name=seccomp"));
	ck_assert(info.labels.count == 0 && info.system_time_unit == 1);
	ck_assert_uint_ge(json_array_size(lines), 5);
	for (size_t i = 0; i < json_array_size(lines); i++) {
		scoped(api_event_release) struct api_event event = { 0 };

		ck_assert_msg(api_event_parse(json_array_get(lines, i), &event, &err) == 0, "%s",
			      err.text);
		ck_assert(event.type && event.action && event.time >= before);
		before = event.time;
	}
	ck_assert_msg(info.system_time >= before, "stamped by the same clock");
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("api_recorded");
	TCase *tc = tcase_create("recorded");
	int count = (int)array_len(engines);

	tcase_add_loop_test(tc, containers, 0, count);
	tcase_add_loop_test(tc, images, 0, count);
	tcase_add_loop_test(tc, volumes, 0, count);
	tcase_add_loop_test(tc, networks, 0, count);
	tcase_add_loop_test(tc, disk_usage, 0, count);
	tcase_add_loop_test(tc, system_answers, 0, count);
	suite_add_tcase(s, tc);
	return s;
}
