/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/suite.h"

#include <string.h>

#include "common/codec/api.h"
#include "common/codec/json.h"
#include "tests/unit/codec/api_text.h"

#define HEX64 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define OTHER "fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210"
#define CID   "\"Id\":\"" HEX64 "\""
#define IID   "\"Id\":\"sha256:" HEX64 "\""

/* --- Containers: one element of the list. */

static struct api_containers containers_of(const char *element)
{
	char text[4000] = "[";
	struct api_containers list = { 0 };
	struct error err = ERROR_INIT;

	strcat(strcat(text, element), "]");
	scoped_json *json = must_parse(text);
	ck_assert_msg(api_containers_parse(json, &list, &err) == 0, "%s: %s", element, err.text);
	ck_assert_uint_eq(list.count, 1);
	return list;
}

START_TEST(container_full)
{
	scoped(api_containers_release) struct api_containers list = containers_of(
		"{" CID ",\"Names\":[\"/web/db\",\"/db\"],\"Image\":\"nginx\","
		"\"ImageID\":\"sha256:" OTHER "\",\"Created\":1795482123,\"State\":\"exited\","
		"\"SizeRw\":12,\"SizeRootFs\":99,\"Labels\":{\"a\":\"\\u003cb\\u003e\",\"c\":\"\"},"
		"\"HostConfig\":{\"NetworkMode\":\"back\"},"
		"\"NetworkSettings\":{\"Networks\":{\"back\":{\"NetworkID\":\"n1\"},\"front\":null}"
		"},"
		"\"Mounts\":[{\"Type\":\"volume\",\"Name\":\"data\"},{\"Type\":\"bind\",\"Source\":"
		"\"/x\"},"
		"{\"Type\":\"image\",\"Name\":\"tools:1\",\"Source\":\"/y\"},"
		"{\"Type\":\"image\",\"Source\":\"tools:2\"},{\"Type\":\"volume\"}]}");
	const struct api_container *c = &list.items[0];

	ck_assert_str_eq(c->id, HEX64);
	ck_assert_msg(same_list(&c->names, "db web/db"), "own name first, without the slash");
	ck_assert_str_eq(c->image, "nginx");
	ck_assert_str_eq(c->image_id, "sha256:" OTHER);
	ck_assert_int_eq(c->state, API_CONTAINER_EXITED);
	ck_assert_int_eq(c->created, 1795482123 * NSEC_PER_SEC);
	ck_assert_int_eq(c->size_rw, 12);
	ck_assert_msg(same(api_label_get(&c->labels, "a"), "<b>"), "Go's HTML escapes are read");
	ck_assert_msg(same(api_label_get(&c->labels, "c"), ""), "an empty value is a value");
	ck_assert_ptr_null(api_label_get(&c->labels, "b"));
	ck_assert_msg(same_list(&c->networks, "back back n1 front"), "names and IDs");
	ck_assert_uint_eq(c->mounts.count, 5);
	ck_assert(c->mounts.items[0].type == API_MOUNT_VOLUME);
	ck_assert(same(c->mounts.items[0].name, "data"));
	ck_assert(c->mounts.items[1].type == API_MOUNT_OTHER && !c->mounts.items[1].name);
	ck_assert(c->mounts.items[2].type == API_MOUNT_IMAGE);
	ck_assert_msg(same(c->mounts.items[2].name, "tools:1"), "the reference, not the path");
	ck_assert_msg(same(c->mounts.items[3].name, "tools:2"), "of an image not yet mounted");
	ck_assert(!c->mounts.items[4].name);
	ck_assert(!c->inspected && c->started == TIME_NONE && c->finished == TIME_NONE);
}
END_TEST

START_TEST(container_least)
{
	scoped(api_containers_release) struct api_containers list = containers_of(
		"{" CID ",\"Names\":null,\"Labels\":null,\"Mounts\":null,\"HostConfig\":null,"
		"\"NetworkSettings\":null,\"ImageID\":\"\"}");
	const struct api_container *c = &list.items[0];

	ck_assert(!c->names.count && !c->image && !c->image_id && !c->labels.count);
	ck_assert(!c->mounts.count && !c->networks.count);
	ck_assert(c->created == TIME_NONE && c->size_rw == -1);
	ck_assert_msg(c->state == API_CONTAINER_UNKNOWN, "no state is no reason to act");
}
END_TEST

START_TEST(container_podman)
{
	/* Bare image ID, fractions of numbers, RFC 3339 for a stamp, a container on no image. */
	scoped(api_containers_release) struct api_containers list = containers_of(
		"{" CID ",\"Names\":[\"pod\"],\"ImageID\":\"" OTHER "\","
		"\"Created\":\"2026-11-24T02:02:03+01:00\",\"State\":\"stopped\"}");
	scoped(api_containers_release) struct api_containers bare = containers_of(
		"{" CID ",\"Names\":[\"/r\"],\"ImageID\":\"sha256:\",\"Created\":1795482123.0}");

	ck_assert_str_eq(list.items[0].image_id, "sha256:" OTHER);
	ck_assert_int_eq(list.items[0].created, 1795482123 * NSEC_PER_SEC);
	ck_assert_int_eq(bare.items[0].created, 1795482123 * NSEC_PER_SEC);
	ck_assert_ptr_null(bare.items[0].image_id);
	ck_assert_msg(same_list(&list.items[0].names, "pod"), "no slash to take off");
	ck_assert_msg(list.items[0].state == API_CONTAINER_UNKNOWN, "Podman's own word");
}
END_TEST

#define THIRD "cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc"

START_TEST(containers_of_pods_and_tools)
{
	scoped(api_containers_release) struct api_containers list = { 0 };
	struct error err = ERROR_INIT;
	scoped_json *docker = must_parse("[{" CID ",\"State\":\"exited\"},"
					 "{\"Id\":\"" OTHER "\",\"State\":\"created\"}]");
	scoped_json *json = must_parse("[{" CID ",\"Pod\":\"p1\",\"PodName\":\"web\"},"
				       "{\"Id\":\"" THIRD
				       "\",\"Names\":[\"build\"],\"State\":\"storage\","
				       "\"ImageID\":\"" OTHER "\"},{\"Id\":\"" THIRD "\"}]");

	ck_assert_msg(api_containers_parse(docker, &list, &err) == 0, "%s", err.text);
	ck_assert_msg(api_podman_containers_parse(json, &list, &err) == 0, "%s", err.text);
	ck_assert_int_eq((int)list.count, 3);
	ck_assert_str_eq(list.items[0].pod, "web");
	ck_assert(list.items[0].state == API_CONTAINER_EXITED && !list.items[0].outside);
	ck_assert_msg(list.items[1].state == API_CONTAINER_UNKNOWN, "in one list only");
	ck_assert_msg(list.items[2].outside, "only stored by Podman");
	ck_assert_str_eq(list.items[2].image_id, "sha256:" OTHER);
	ck_assert(list.items[2].state == API_CONTAINER_UNKNOWN && list.items[2].size_rw == -1);
}
END_TEST

static const struct {
	const char *json, *why;
} no_podman_lists[] = {
	{ "{}", "no list" },
	{ "[{\"Id\":\"abc\"}]", "half an ID" },
	{ "[{" CID ",\"Pod\":5}]", "a pod that is a number" },
	{ "[{" CID ",\"Names\":\"x\"}]", "names that are one text" },
};

START_TEST(refused_podman_list)
{
	scoped(api_containers_release) struct api_containers list = containers_of(
		"{" CID ",\"State\":\"exited\"}");
	struct error err = ERROR_INIT;
	scoped_json *json = must_parse(no_podman_lists[_i].json);

	ck_assert_msg(api_podman_containers_parse(json, &list, &err) < 0, "%s",
		      no_podman_lists[_i].why);
	ck_assert_msg(list.count == 1 && list.items[0].state == API_CONTAINER_EXITED,
		      "untouched: %s", no_podman_lists[_i].why);
}
END_TEST

START_TEST(container_size_zero)
{
	scoped(api_containers_release) struct api_containers list = containers_of(
		"{" CID ",\"SizeRootFs\":5}");

	ck_assert_msg(list.items[0].size_rw == 0, "asked for, and left out because it is zero");
}
END_TEST

START_TEST(container_network_of_another)
{
	scoped(api_containers_release) struct api_containers list = containers_of(
		"{" CID ",\"HostConfig\":{\"NetworkMode\":\"container:" OTHER "\"},"
		"\"NetworkSettings\":{\"Networks\":{}}}");

	ck_assert_uint_eq(list.items[0].networks.count, 0);
}
END_TEST

START_TEST(container_states)
{
	static const struct {
		const char *name;
		enum api_container_state state;
	} rows[] = {
		{ "created", API_CONTAINER_CREATED },   { "running", API_CONTAINER_RUNNING },
		{ "paused", API_CONTAINER_PAUSED },     { "restarting", API_CONTAINER_RESTARTING },
		{ "removing", API_CONTAINER_REMOVING }, { "exited", API_CONTAINER_EXITED },
		{ "dead", API_CONTAINER_DEAD },         { "unknown", API_CONTAINER_UNKNOWN },
		{ "Exited", API_CONTAINER_UNKNOWN },    { "stopping", API_CONTAINER_UNKNOWN },
	};

	for (size_t i = 0; i < array_len(rows); i++) {
		scoped_str text = xasprintf("{" CID ",\"State\":\"%s\"}", rows[i].name);
		scoped(api_containers_release) struct api_containers list = containers_of(text);

		ck_assert_msg(list.items[0].state == rows[i].state, "%s", rows[i].name);
		if (rows[i].state != API_CONTAINER_UNKNOWN)
			ck_assert_str_eq(api_container_state_name(rows[i].state), rows[i].name);
	}
	ck_assert_str_eq(api_container_state_name(API_CONTAINER_UNKNOWN), "unknown");
}
END_TEST

/* --- Inspecting a container. */

static const struct {
	const char *state; /* members of State */
	enum api_container_state want;
	const char *why;
} inspects[] = {
	{ "\"Status\":\"exited\",\"Running\":false", API_CONTAINER_EXITED, "stopped" },
	{ "\"Status\":\"running\",\"Running\":true", API_CONTAINER_RUNNING, "runs" },
	{ "\"Status\":\"paused\",\"Running\":true,\"Paused\":true", API_CONTAINER_PAUSED,
	  "a paused one runs too" },
	{ "\"Status\":\"restarting\",\"Running\":true,\"Restarting\":true",
	  API_CONTAINER_RESTARTING, "between two runs" },
	{ "\"Status\":\"exited\",\"Running\":true", API_CONTAINER_UNKNOWN,
	  "contradicts itself: not to be touched" },
	{ "\"Status\":\"created\",\"Paused\":true", API_CONTAINER_UNKNOWN, "contradiction" },
	{ "\"Status\":\"dead\",\"Restarting\":true", API_CONTAINER_UNKNOWN, "contradiction" },
	{ "\"Status\":\"dead\",\"Dead\":true", API_CONTAINER_DEAD, "half removed" },
	{ "\"Status\":\"\"", API_CONTAINER_UNKNOWN, "Podman's word for a state it does not know" },
	{ "\"Running\":false", API_CONTAINER_UNKNOWN, "no word at all" },
};

START_TEST(container_inspect)
{
	scoped_str text = xasprintf("{" CID ",\"State\":{%s,\"StartedAt\":\"2026-11-24T01:02:03Z\","
				    "\"FinishedAt\":\"0001-01-01T00:00:00Z\"},\"LogPath\":\"/l\","
				    "\"Image\":\"sha256:" OTHER "\"}",
				    inspects[_i].state);
	scoped_json *json = must_parse(text);
	scoped(api_container_release) struct api_container c = { .id = xstrdup(HEX64),
								 .image_id = xstrdup("old"),
								 .state = API_CONTAINER_REMOVING };
	struct error err = ERROR_INIT;

	ck_assert_msg(api_container_inspect_parse(json, &c, &err) == 0, "%s: %s", inspects[_i].why,
		      err.text);
	ck_assert_msg(c.state == inspects[_i].want, "%s: %s", inspects[_i].why,
		      api_container_state_name(c.state));
	ck_assert(c.inspected && c.started == 1795482123 * NSEC_PER_SEC);
	ck_assert(c.finished == TIME_NONE);
	ck_assert_str_eq(c.log_path, "/l");
	ck_assert_str_eq(c.image_id, "sha256:" OTHER);
	ck_assert_msg(api_container_inspect_parse(json, &c, &err) == 0, "and once more");
}
END_TEST

/* --- Images. */

static struct api_images images_of(const char *element)
{
	char text[4000] = "[";
	struct api_images list = { 0 };
	struct error err = ERROR_INIT;

	strcat(strcat(text, element), "]");
	scoped_json *json = must_parse(text);
	ck_assert_msg(api_images_parse(json, &list, &err) == 0, "%s: %s", element, err.text);
	ck_assert_uint_eq(list.count, 1);
	return list;
}

static const struct {
	const char *element;
	const char *tags, *digests, *parent;
	int64_t created, size;
	const char *why;
} images[] = {
	{ "{" IID ",\"ParentId\":\"sha256:" OTHER "\",\"RepoTags\":[\"a:1\",\"b:2\"],"
	  "\"RepoDigests\":[\"a@sha256:" OTHER "\"],\"Created\":5,\"Size\":7,\"VirtualSize\":7,"
	  "\"SharedSize\":-1,\"Containers\":-1,\"Labels\":{\"l\":\"v\"}}",
	  "a:1 b:2", "a@sha256:" OTHER, "sha256:" OTHER, 5 * NSEC_PER_SEC, 7, "API 1.41" },
	{ "{" IID ",\"ParentId\":\"\",\"RepoTags\":[\"<none>:<none>\"],"
	  "\"RepoDigests\":[\"<none>@<none>\"],\"Created\":5,\"Size\":7,\"Labels\":null}",
	  "", "", NULL, 5 * NSEC_PER_SEC, 7, "dangling before 1.43" },
	{ "{" IID ",\"RepoTags\":[\"\\u003cnone\\u003e:\\u003cnone\\u003e\"],"
	  "\"RepoDigests\":[\"r@sha256:" OTHER "\"],\"Created\":5,\"Size\":7}",
	  "", "r@sha256:" OTHER, NULL, 5 * NSEC_PER_SEC, 7, "pulled by digest, Go's escapes" },
	{ "{" IID ",\"RepoTags\":[],\"RepoDigests\":[],\"Created\":5,\"Size\":7}", "", "", NULL,
	  5 * NSEC_PER_SEC, 7, "dangling since 1.43; no ParentId in 1.52" },
	{ "{" IID ",\"RepoTags\":null,\"RepoDigests\":null,\"Created\":-62135596800,\"Size\":0}",
	  "", "", NULL, TIME_NONE, 0, "the containerd store; an image without a date" },
	{ "{\"Id\":\"" HEX64 "\",\"ParentId\":\"" OTHER "\",\"Created\":5.0,\"VirtualSize\":7}", "",
	  "", "sha256:" OTHER, 5 * NSEC_PER_SEC, 7, "Podman: bare IDs, one size" },
	{ "{" IID "}", "", "", NULL, TIME_NONE, -1, "nothing else is told" },
};

START_TEST(image_row)
{
	scoped(api_images_release) struct api_images list = images_of(images[_i].element);
	const struct api_image *image = &list.items[0];

	ck_assert_str_eq(image->id, "sha256:" HEX64);
	ck_assert_msg(same_list(&image->tags, images[_i].tags), "%s: tags", images[_i].why);
	ck_assert_msg(same_list(&image->digests, images[_i].digests), "%s", images[_i].why);
	ck_assert_msg(same(image->parent, images[_i].parent), "%s: parent", images[_i].why);
	ck_assert_msg(image->created == images[_i].created, "%s: created", images[_i].why);
	ck_assert_msg(image->size == images[_i].size, "%s: size", images[_i].why);
	ck_assert(!image->inspected && !image->has_history && image->last_tag_time == TIME_NONE);
}
END_TEST

START_TEST(image_inspect)
{
	scoped(api_images_release) struct api_images list = images_of(
		"{" IID ",\"ParentId\":\"sha256:" OTHER "\",\"RepoTags\":[\"old:1\"],\"Created\":5,"
		"\"Size\":7,\"Labels\":{\"from\":\"list\"}}");
	struct api_image *image = &list.items[0];
	struct error err = ERROR_INIT;
	scoped_json *full = must_parse(
		"{" IID ",\"RepoTags\":[\"new:1\",\"new:2\"],\"RepoDigests\":[],\"Parent\":\"\","
		"\"Created\":\"2026-11-24T01:02:03.5Z\",\"Size\":8,"
		"\"Config\":{\"Labels\":{\"from\":\"inspect\"}},"
		"\"RootFS\":{\"Type\":\"layers\",\"Layers\":[\"sha256:a\",\"sha256:b\"]},"
		"\"Metadata\":{\"LastTagTime\":\"2026-11-24T01:02:03Z\"},"
		"\"Os\":\"linux\",\"Architecture\":\"arm64\",\"Variant\":\"v8\"}");
	scoped_json *bare = must_parse("{" IID ",\"Config\":null,\"RootFS\":{},\"Metadata\":{}}");

	ck_assert_msg(api_image_inspect_parse(full, image, &err) == 0, "%s", err.text);
	ck_assert(image->inspected && image->last_tag_time == 1795482123 * NSEC_PER_SEC);
	ck_assert(same_list(&image->tags, "new:1 new:2") && !image->digests.count);
	ck_assert(same_list(&image->diff_ids, "sha256:a sha256:b"));
	ck_assert_int_eq(image->created, 1795482123 * NSEC_PER_SEC + NSEC_PER_SEC / 2);
	ck_assert_int_eq(image->size, 8);
	ck_assert(same(api_label_get(&image->labels, "from"), "inspect"));
	ck_assert_msg(same(image->parent, "sha256:" OTHER), "kept where inspect tells none");
	ck_assert(same(image->os, "linux") && same(image->architecture, "arm64") &&
		  same(image->variant, "v8"));

	ck_assert_msg(api_image_inspect_parse(bare, image, &err) == 0, "%s", err.text);
	ck_assert(image->last_tag_time == TIME_NONE && !image->tags.count &&
		  !image->diff_ids.count);
	ck_assert(!image->os && !image->architecture && !image->variant);
	ck_assert_msg(image->size == 8 && image->created != TIME_NONE, "kept if not told");
	ck_assert_msg(same(api_label_get(&image->labels, "from"), "inspect"), "kept if no config");
}
END_TEST

START_TEST(images_join)
{
	scoped(api_images_release) struct api_images list = { 0 };
	struct error err = ERROR_INIT;
	scoped_json *json = must_parse(
		"[{" IID ",\"RepoTags\":[\"a:1\"],\"RepoDigests\":[\"a@x\"]},"
		"{\"Id\":\"sha256:" OTHER "\",\"RepoTags\":[\"b:1\"]},"
		"{" IID ",\"RepoTags\":[\"c:1\"],\"RepoDigests\":[\"c@x\"]}]");

	ck_assert_msg(api_images_parse(json, &list, &err) == 0, "%s", err.text);
	api_images_join(&list);
	ck_assert_uint_eq(list.count, 2);
	ck_assert(same_list(&list.items[0].tags, "a:1 c:1"));
	ck_assert(same_list(&list.items[0].digests, "a@x c@x"));
	ck_assert(same_list(&list.items[1].tags, "b:1"));
}
END_TEST

START_TEST(image_history)
{
	scoped(api_image_release) struct api_image image = { .id = xstrdup("x") };
	struct error err = ERROR_INIT;
	scoped_json *json = must_parse(
		"[{\"Size\":3,\"Tags\":null},{\"Size\":0},{\"Size\":4.0},{}]");
	scoped_json *other = must_parse("[{\"Size\":1}]");
	scoped_json *wrong = must_parse("[{\"Size\":2},{\"Size\":\"1\"}]");

	ck_assert_msg(api_image_history_parse(json, &image, &err) == 0, "%s", err.text);
	ck_assert(image.has_history && image.history.count == 4);
	ck_assert(image.history.items[0] == 3 && image.history.items[2] == 4);
	ck_assert_msg(image.history.items[3] == 0, "Go leaves zeroes out");
	ck_assert_int_eq(api_image_history_parse(other, &image, &err), 0);
	ck_assert_msg(image.history.count == 1, "replaced");
	ck_assert_int_eq(api_image_history_parse(wrong, &image, &err), -1);
	ck_assert_msg(image.history.count == 1 && image.history.items[0] == 1, "untouched");
}
END_TEST

/* --- Volumes, build cache, disk usage. */

START_TEST(volumes)
{
	scoped_json *json = must_parse(
		"{\"Volumes\":[{\"Name\":\"data\",\"Driver\":\"local\",\"Mountpoint\":\"/m\","
		"\"Scope\":\"local\",\"CreatedAt\":\"2026-11-24T01:02:03Z\",\"Labels\":{\"a\":"
		"\"b\"},"
		"\"Options\":{\"o\":\"bind\"}},{\"Name\":\"x/y\",\"Labels\":null,\"Options\":null,"
		"\"UsageData\":null}],\"Warnings\":null}");
	scoped_json *usage = must_parse(
		"{\"Volumes\":[{\"Name\":\"data\",\"UsageData\":{\"Size\":42,\"RefCount\":1}},"
		"{\"Name\":\"gone\",\"UsageData\":{\"Size\":1}},"
		"{\"Name\":\"x/y\",\"UsageData\":{\"Size\":-1,\"RefCount\":-1}}]}");
	scoped_json *newer = must_parse("{\"VolumeUsage\":{\"Items\":["
					"{\"Name\":\"x/y\",\"UsageData\":{\"Size\":7}}]}}");
	scoped_json *wrong = must_parse("{\"Volumes\":[{\"Name\":\"data\",\"UsageData\":"
					"{\"Size\":1}},{\"Name\":5}]}");
	scoped(api_volumes_release) struct api_volumes list = { 0 };
	struct error err = ERROR_INIT;

	ck_assert_msg(api_volumes_parse(json, &list, &err) == 0, "%s", err.text);
	ck_assert_uint_eq(list.count, 2);
	ck_assert(same(list.items[0].name, "data") && same(list.items[0].driver, "local"));
	ck_assert(same(list.items[0].mountpoint, "/m") && same(list.items[0].scope, "local"));
	ck_assert_int_eq(list.items[0].created, 1795482123 * NSEC_PER_SEC);
	ck_assert(same(api_label_get(&list.items[0].labels, "a"), "b"));
	ck_assert(same(api_label_get(&list.items[0].options, "o"), "bind"));
	ck_assert(list.items[0].size == -1 && list.items[1].created == TIME_NONE);

	ck_assert_msg(api_df_volumes_parse(usage, &list, &err) == 0, "%s", err.text);
	ck_assert(list.items[0].size == 42 && list.items[1].size == -1);
	ck_assert_msg(api_df_volumes_parse(newer, &list, &err) == 0, "%s", err.text);
	ck_assert_msg(list.items[0].size == 42 && list.items[1].size == 7, "only what is named");
	ck_assert_int_eq(api_df_volumes_parse(wrong, &list, &err), -1);
	ck_assert_msg(list.items[0].size == 42, "untouched on failure");
}
END_TEST

START_TEST(volume_one)
{
	scoped_json *json = must_parse("{\"Name\":\"v\",\"CreatedAt\":\"\"}");
	scoped_json *none = must_parse("{\"Volumes\":null,\"Warnings\":[]}");
	scoped(api_volume_release) struct api_volume v = { 0 };
	struct api_volumes list = { 0 };
	struct error err = ERROR_INIT;

	ck_assert_int_eq(api_volume_parse(json, &v, &err), 0);
	ck_assert(same(v.name, "v") && v.created == TIME_NONE && !v.driver);
	ck_assert_int_eq(api_volumes_parse(none, &list, &err), 0);
	ck_assert_uint_eq(list.count, 0);
}
END_TEST

#define RECORD "{\"ID\":\"c1\",\"Type\":\"regular\",\"Size\":5,\"InUse\":false,\"Shared\":true"

static const struct {
	const char *text;
	size_t count;
	const char *parents;
	const char *why;
} caches[] = {
	{ "{\"BuildCache\":[" RECORD ",\"Parent\":\"p\"}]}", 1, "p", "1.41: one parent" },
	{ "{\"BuildCache\":[" RECORD ",\"Parents\":[\"p\",\"q\"]}]}", 1, "p q", "1.42: a list" },
	{ "{\"BuildCache\":[" RECORD ",\" Parents\":[\"p\"]}]}", 1, "p",
	  "1.52: the space in front is moby's" },
	{ "{\"BuildCache\":[" RECORD ",\"Parent\":\"\",\"Parents\":null}]}", 1, "", "none" },
	{ "{\"BuildCacheUsage\":{\"TotalCount\":1,\"Items\":[" RECORD "}]}}", 1, "", "1.52" },
	{ "{\"BuildCacheUsage\":{\"TotalCount\":1},\"BuildCache\":[" RECORD "}]}", 1, "",
	  "1.52 without verbose sends both" },
	{ "{\"BuildCacheUsage\":{\"Items\":[" RECORD "}]},\"BuildCache\":[" RECORD "}]}", 1, "",
	  "nothing is counted twice" },
	{ "{\"BuildCache\":null,\"LayersSize\":0}", 0, "", "an empty cache" },
	{ "{}", 0, "", "not asked" },
};

START_TEST(cache_row)
{
	scoped_json *json = must_parse(caches[_i].text);
	scoped(api_caches_release) struct api_caches list = { 0 };
	struct error err = ERROR_INIT;

	ck_assert_msg(api_df_cache_parse(json, &list, &err) == 0, "%s: %s", caches[_i].why,
		      err.text);
	ck_assert_msg(list.count == caches[_i].count, "%s: %zu", caches[_i].why, list.count);
	if (!list.count)
		return;
	ck_assert(same(list.items[0].id, "c1") && same(list.items[0].type, "regular"));
	ck_assert_msg(same_list(&list.items[0].parents, caches[_i].parents), "%s", caches[_i].why);
	ck_assert(list.items[0].size == 5 && !list.items[0].in_use && list.items[0].shared);
}
END_TEST

START_TEST(cache_rest)
{
	scoped_json *json = must_parse(
		"{\"BuildCache\":[{\"ID\":\"c1\",\"Description\":\"[1/2] RUN x\","
		"\"CreatedAt\":\"2026-11-24T01:02:03Z\",\"LastUsedAt\":\"2026-11-24T01:02:04Z\","
		"\"UsageCount\":3},{\"ID\":\"c2\",\"LastUsedAt\":null}]}");
	scoped(api_caches_release) struct api_caches list = { 0 };
	struct error err = ERROR_INIT;

	ck_assert_msg(api_df_cache_parse(json, &list, &err) == 0, "%s", err.text);
	ck_assert(same(list.items[0].description, "[1/2] RUN x"));
	ck_assert(list.items[0].created == 1795482123 * NSEC_PER_SEC);
	ck_assert(list.items[0].last_used == 1795482124 * NSEC_PER_SEC);
	ck_assert(list.items[0].usage_count == 3 && list.items[1].usage_count == -1);
	ck_assert(list.items[1].last_used == TIME_NONE && list.items[1].size == -1);
	ck_assert_msg(list.items[1].in_use, "who does not say that it is free is in use");
}
END_TEST

static const struct {
	const char *text;
	int64_t bytes;
	const char *why;
} layers[] = {
	{ "{\"LayersSize\":99}", 99, "before 1.52" },
	{ "{\"LayersSize\":98,\"ImageUsage\":{\"TotalSize\":99}}", 99, "both: the new one counts" },
	{ "{\"ImageUsage\":{\"TotalSize\":99,\"Items\":[]}}", 99, "since 1.52" },
	{ "{\"ImageUsage\":{}}", 0, "Go leaves zeroes out" },
	{ "{\"BuildCache\":[]}", -1, "not asked" },
};

START_TEST(layers_size)
{
	scoped_json *json = must_parse(layers[_i].text);
	int64_t bytes = -7;
	struct error err = ERROR_INIT;

	ck_assert_msg(api_df_layers_parse(json, &bytes, &err) == 0, "%s", err.text);
	ck_assert_msg(bytes == layers[_i].bytes, "%s: %lld", layers[_i].why, (long long)bytes);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("api");
	TCase *tc = tcase_create("api");

	tcase_add_test(tc, container_full);
	tcase_add_test(tc, container_least);
	tcase_add_test(tc, container_podman);
	tcase_add_test(tc, containers_of_pods_and_tools);
	tcase_add_loop_test(tc, refused_podman_list, 0, (int)array_len(no_podman_lists));
	tcase_add_test(tc, container_size_zero);
	tcase_add_test(tc, container_network_of_another);
	tcase_add_test(tc, container_states);
	tcase_add_loop_test(tc, container_inspect, 0, (int)array_len(inspects));
	tcase_add_loop_test(tc, image_row, 0, (int)array_len(images));
	tcase_add_test(tc, image_inspect);
	tcase_add_test(tc, images_join);
	tcase_add_test(tc, image_history);
	tcase_add_test(tc, volumes);
	tcase_add_test(tc, volume_one);
	tcase_add_loop_test(tc, cache_row, 0, (int)array_len(caches));
	tcase_add_test(tc, cache_rest);
	tcase_add_loop_test(tc, layers_size, 0, (int)array_len(layers));
	suite_add_tcase(s, tc);
	return s;
}
