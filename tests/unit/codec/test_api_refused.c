/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/suite.h"

#include <string.h>

#include "common/codec/api.h"
#include "common/codec/json.h"
#include "tests/unit/codec/api_text.h"

#define HEX64 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define OTHER "fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210"
/* Answers that are refused: nothing is filled, and the error names the place. */
#define CID   "\"Id\":\"" HEX64 "\""
#define IID   "\"Id\":\"sha256:" HEX64 "\""

enum parser {
	CONTAINERS,
	INSPECT,
	IMAGES,
	IMAGE,
	HISTORY,
	VOLUMES,
	VOLUME,
	NETWORKS,
	NETWORK,
	CACHE,
	LAYERS,
	DF_VOLUMES,
	INFO,
	EVENT
};

static const struct {
	enum parser parser;
	const char *text;
	const char *says;
	const char *why;
} refused[] = {
	{ CONTAINERS, "{}", "container list: expected a list", "another answer" },
	{ CONTAINERS, "[5]", "container list[0]: expected an object", "no object" },
	{ CONTAINERS, "[{" CID "},{}]", "container list[1].Id: expected a string", "no ID" },
	{ CONTAINERS, "[{\"Id\":\"\"}]", "Id: empty", "an empty ID" },
	{ CONTAINERS, "[{\"Id\":\"0123456789ab\"}]", "not a whole container ID",
	  "half an ID could name another container" },
	{ CONTAINERS, "[{\"Id\":\"" HEX64 "0\"}]", "not a whole", "too long" },
	{ CONTAINERS, "[{\"Id\":\"sha256:" HEX64 "\"}]", "not a whole", "an image's ID" },
	{ CONTAINERS, "[{\"Id\":\"../" HEX64 "\"}]", "not a whole", "hostile" },
	{ CONTAINERS, "[{" CID ",\"Names\":\"/a\"}]", "Names: expected a list", "names" },
	{ CONTAINERS, "[{" CID ",\"Image\":1}]", "Image: expected a string", "image" },
	{ CONTAINERS, "[{" CID ",\"ImageID\":\"nginx\"}]", "not a whole image ID", "image ID" },
	{ CONTAINERS, "[{" CID ",\"State\":{}}]", "State: expected a string", "state" },
	{ CONTAINERS, "[{" CID ",\"Created\":[]}]", "Created: expected a whole number", "created" },
	{ CONTAINERS, "[{" CID ",\"Created\":\"now\"}]", "Created: \"now\" is not", "created" },
	{ CONTAINERS, "[{" CID ",\"Labels\":{\"keep\":true}}]", "Labels.keep: expected a string",
	  "a label that protects must not be lost" },
	{ CONTAINERS, "[{" CID ",\"Labels\":[\"keep\"]}]", "Labels: expected an object", "labels" },
	{ CONTAINERS, "[{" CID ",\"Mounts\":{}}]", "Mounts: expected a list", "mounts" },
	{ CONTAINERS, "[{" CID ",\"Mounts\":[\"v\"]}]", "Mounts[0]: expected an object", "mount" },
	{ CONTAINERS, "[{" CID ",\"Mounts\":[{\"Type\":1}]}]", "Type: expected", "mount type" },
	{ CONTAINERS, "[{" CID ",\"Mounts\":[{\"Type\":\"volume\",\"Name\":1}]}]", "Name: expected",
	  "a volume in use must not be lost" },
	{ CONTAINERS, "[{" CID ",\"Mounts\":[{\"Type\":\"image\",\"Source\":1}]}]",
	  "Source: expected", "an image in use must not be lost" },
	{ CONTAINERS, "[{" CID ",\"HostConfig\":[]}]", "HostConfig: expected", "host" },
	{ CONTAINERS, "[{" CID ",\"HostConfig\":{\"NetworkMode\":1}}]", "NetworkMode", "mode" },
	{ CONTAINERS, "[{" CID ",\"NetworkSettings\":[]}]", "NetworkSettings: expected", "net" },
	{ CONTAINERS, "[{" CID ",\"NetworkSettings\":{\"Networks\":[]}}]", "Networks: expected",
	  "networks" },
	{ CONTAINERS, "[{" CID ",\"NetworkSettings\":{\"Networks\":{\"n\":1}}}]",
	  "Networks.n:", "network" },
	{ CONTAINERS, "[{" CID ",\"NetworkSettings\":{\"Networks\":{\"n\":{\"NetworkID\":1}}}}]",
	  "NetworkID: expected", "network ID" },
	{ CONTAINERS, "[{" CID ",\"SizeRw\":\"1\"}]", "SizeRw: expected", "size" },
	{ CONTAINERS, "[{" CID ",\"SizeRw\":-2}]", "not between", "negative size" },
	{ INSPECT, "[]", "container: expected an object", "another answer" },
	{ INSPECT, "{\"State\":{}}", "Id: expected", "no ID" },
	{ INSPECT, "{" CID "}", "State: expected an object, got nothing", "no state" },
	{ INSPECT, "{" CID ",\"State\":{\"Status\":1}}", "Status: expected", "status" },
	{ INSPECT, "{" CID ",\"State\":{\"Status\":\"exited\",\"Running\":\"no\"}}",
	  "Running:", "running" },
	{ INSPECT, "{" CID ",\"State\":{\"StartedAt\":\"x\"}}", "StartedAt:", "started" },
	{ INSPECT, "{" CID ",\"State\":{\"FinishedAt\":\"x\"}}", "FinishedAt:", "finished" },
	{ INSPECT, "{" CID ",\"State\":{},\"LogPath\":1}", "LogPath:", "log path" },
	{ INSPECT, "{" CID ",\"State\":{},\"Image\":\"x\"}", "Image: not a whole", "image" },
	{ INSPECT, "{\"Id\":\"" OTHER "\",\"State\":{}}", "asked for", "another container" },
	{ IMAGES, "5", "image list: expected a list", "another answer" },
	{ IMAGES, "[[]]", "image list[0]: expected an object", "no object" },
	{ IMAGES, "[{}]", "Id: no image ID", "no ID" },
	{ IMAGES, "[{\"Id\":1}]", "Id: expected a string", "ID" },
	{ IMAGES, "[{\"Id\":\"sha256:0123\"}]", "not a whole image ID", "half an ID" },
	{ IMAGES, "[{\"Id\":\"md5:" HEX64 "\"}]", "not a whole image ID", "another algorithm" },
	{ IMAGES, "[{" IID ",\"ParentId\":\"x\"}]", "ParentId: not a whole", "parent" },
	{ IMAGES, "[{" IID ",\"RepoTags\":[1]}]", "RepoTags[0]: expected", "tags" },
	{ IMAGES, "[{" IID ",\"RepoDigests\":1}]", "RepoDigests: expected", "digests" },
	{ IMAGES, "[{" IID ",\"Labels\":1}]", "Labels: expected", "labels" },
	{ IMAGES, "[{" IID ",\"Created\":1.5}]", "Created: expected", "half seconds" },
	{ IMAGES, "[{" IID ",\"Size\":\"1\"}]", "Size: expected", "size" },
	{ IMAGES, "[{" IID ",\"VirtualSize\":\"1\"}]", "VirtualSize: expected", "old size" },
	{ IMAGE, "[]", "image: expected an object", "another answer" },
	{ IMAGE, "{}", "Id: no image ID", "no ID" },
	{ IMAGE, "{\"Id\":\"sha256:" OTHER "\"}", "asked for", "another image" },
	{ IMAGE, "{" IID ",\"Parent\":1}", "Parent:", "parent" },
	{ IMAGE, "{" IID ",\"RepoTags\":1}", "RepoTags:", "tags" },
	{ IMAGE, "{" IID ",\"RepoDigests\":1}", "RepoDigests:", "digests" },
	{ IMAGE, "{" IID ",\"Created\":\"x\"}", "Created:", "created" },
	{ IMAGE, "{" IID ",\"Size\":\"x\"}", "Size:", "size" },
	{ IMAGE, "{" IID ",\"Config\":1}", "Config:", "config" },
	{ IMAGE, "{" IID ",\"Config\":{\"Labels\":1}}", "Config.Labels:", "labels" },
	{ IMAGE, "{" IID ",\"Metadata\":1}", "Metadata:", "metadata" },
	{ IMAGE, "{" IID ",\"Metadata\":{\"LastTagTime\":\"x\"}}", "LastTagTime:", "tag time" },
	{ IMAGE, "{" IID ",\"RootFS\":1}", "RootFS:", "rootfs" },
	{ IMAGE, "{" IID ",\"RootFS\":{\"Layers\":[1]}}", "RootFS.Layers[0]:", "layers" },
	{ HISTORY, "{}", "image history: expected a list", "another answer" },
	{ HISTORY, "[1]", "image history[0]: expected an object", "entry" },
	{ HISTORY, "[{\"Size\":-1}]", "Size: -1 is not between", "negative size" },
	{ VOLUMES, "[]", "volume list: expected an object", "another answer" },
	{ VOLUMES, "{\"Volumes\":{}}", "volume list.Volumes: expected a list", "no list" },
	{ VOLUMES, "{\"Volumes\":[1]}", "Volumes[0]: expected an object", "no object" },
	{ VOLUMES, "{\"Volumes\":[{}]}", "Name: expected a string", "no name" },
	{ VOLUMES, "{\"Volumes\":[{\"Name\":\"\"}]}", "Name: empty", "an empty name" },
	{ VOLUMES, "{\"Volumes\":[{\"Name\":\"v\",\"Driver\":1}]}", "Driver:", "driver" },
	{ VOLUME, "{\"Name\":\"v\",\"Mountpoint\":1}", "volume.Mountpoint:", "mountpoint" },
	{ VOLUME, "{\"Name\":\"v\",\"Scope\":1}", "Scope:", "scope" },
	{ VOLUME, "{\"Name\":\"v\",\"Labels\":1}", "Labels:", "labels" },
	{ VOLUME, "{\"Name\":\"v\",\"Options\":1}", "Options:", "options" },
	{ VOLUME, "{\"Name\":\"v\",\"CreatedAt\":\"x\"}", "CreatedAt:", "created" },
	{ VOLUME, "{\"Name\":\"v\",\"UsageData\":1}", "UsageData:", "usage" },
	{ VOLUME, "{\"Name\":\"v\",\"UsageData\":{\"Size\":\"x\"}}", "UsageData.Size:", "size" },
	{ NETWORKS, "{}", "network list: expected a list", "another answer" },
	{ NETWORKS, "[1]", "network list[0]: expected an object", "no object" },
	{ NETWORKS, "[{\"Name\":\"n\"}]", "Id: expected", "no ID" },
	{ NETWORK, "{\"Id\":\"n\"}", "network.Name: expected", "no name" },
	{ NETWORK, "{\"Id\":\"n\",\"Name\":\"n\",\"Driver\":1}", "Driver:", "driver" },
	{ NETWORK, "{\"Id\":\"n\",\"Name\":\"n\",\"Scope\":1}", "Scope:", "scope" },
	{ NETWORK, "{\"Id\":\"n\",\"Name\":\"n\",\"Labels\":1}", "Labels:", "labels" },
	{ NETWORK, "{\"Id\":\"n\",\"Name\":\"n\",\"Created\":\"x\"}", "Created:", "created" },
	{ NETWORK, "{\"Id\":\"n\",\"Name\":\"n\",\"Ingress\":1}", "Ingress:", "ingress" },
	{ NETWORK, "{\"Id\":\"n\",\"Name\":\"n\",\"ConfigOnly\":1}", "ConfigOnly:", "config" },
	{ NETWORK, "{\"Id\":\"n\",\"Name\":\"n\",\"ConfigFrom\":1}", "ConfigFrom:", "from" },
	{ NETWORK, "{\"Id\":\"n\",\"Name\":\"n\",\"ConfigFrom\":{\"Network\":1}}",
	  "ConfigFrom.Network:", "from" },
	{ CACHE, "[]", "disk usage: expected an object", "another answer" },
	{ CACHE, "{\"BuildCache\":1}", "disk usage.BuildCache: expected", "no list" },
	{ CACHE, "{\"BuildCacheUsage\":1}", "BuildCacheUsage: expected", "no object" },
	{ CACHE, "{\"BuildCacheUsage\":{\"Items\":1}}", "BuildCacheUsage.Items: expected",
	  "items" },
	{ CACHE, "{\"BuildCacheUsage\":{\"Items\":[{}]}}",
	  "BuildCacheUsage.Items[0].ID:", "no ID" },
	{ CACHE, "{\"BuildCache\":[1]}", "BuildCache[0]: expected an object", "no object" },
	{ CACHE, "{\"BuildCache\":[{\"ID\":\"\"}]}", "ID: empty", "an empty ID matches all" },
	{ CACHE, "{\"BuildCache\":[{\"ID\":\"c\",\"Type\":1}]}", "Type:", "type" },
	{ CACHE, "{\"BuildCache\":[{\"ID\":\"c\",\"Description\":1}]}", "Description:", "text" },
	{ CACHE, "{\"BuildCache\":[{\"ID\":\"c\",\"Parents\":1}]}", "Parents:", "parents" },
	{ CACHE, "{\"BuildCache\":[{\"ID\":\"c\",\" Parents\":1}]}", " Parents:", "parents" },
	{ CACHE, "{\"BuildCache\":[{\"ID\":\"c\",\"Parent\":1}]}", "Parent:", "parent" },
	{ CACHE, "{\"BuildCache\":[{\"ID\":\"c\",\"InUse\":0}]}", "InUse:", "in use" },
	{ CACHE, "{\"BuildCache\":[{\"ID\":\"c\",\"Shared\":0}]}", "Shared:", "shared" },
	{ CACHE, "{\"BuildCache\":[{\"ID\":\"c\",\"Size\":\"0\"}]}", "Size:", "size" },
	{ CACHE, "{\"BuildCache\":[{\"ID\":\"c\",\"CreatedAt\":\"x\"}]}", "CreatedAt:", "created" },
	{ CACHE, "{\"BuildCache\":[{\"ID\":\"c\",\"LastUsedAt\":\"x\"}]}", "LastUsedAt:", "used" },
	{ CACHE, "{\"BuildCache\":[{\"ID\":\"c\",\"UsageCount\":\"x\"}]}", "UsageCount:", "count" },
	{ LAYERS, "[]", "disk usage: expected an object", "another answer" },
	{ LAYERS, "{\"LayersSize\":\"1\"}", "LayersSize:", "size" },
	{ LAYERS, "{\"ImageUsage\":1}", "ImageUsage:", "usage" },
	{ LAYERS, "{\"ImageUsage\":{\"TotalSize\":\"1\"}}", "ImageUsage.TotalSize:", "total" },
	{ DF_VOLUMES, "[]", "disk usage: expected an object", "another answer" },
	{ DF_VOLUMES, "{\"Volumes\":1}", "Volumes: expected a list", "no list" },
	{ DF_VOLUMES, "{\"Volumes\":[{}]}", "Volumes[0].Name:", "no name" },
	{ INFO, "[]", "engine information: expected an object", "another answer" },
	{ INFO, "{\"ID\":1}", "engine information.ID:", "ID" },
	{ INFO, "{\"Name\":1}", "Name:", "name" },
	{ INFO, "{\"ServerVersion\":1}", "ServerVersion:", "version" },
	{ INFO, "{\"OSType\":1}", "OSType:", "system" },
	{ INFO, "{\"Driver\":1}", "Driver:", "driver" },
	{ INFO, "{\"DockerRootDir\":1}", "DockerRootDir:", "root" },
	{ INFO, "{\"DriverStatus\":1}", "DriverStatus:", "status" },
	{ INFO, "{\"DriverStatus\":[1]}", "DriverStatus[0]:", "status" },
	{ INFO, "{\"SystemTime\":\"x\"}", "SystemTime:", "its clock is what ages are measured by" },
	{ INFO, "{\"Containers\":\"x\"}", "Containers:", "containers" },
	{ INFO, "{\"Images\":\"x\"}", "Images:", "images" },
	{ INFO, "{\"Architecture\":1}", "Architecture:", "architecture" },
	{ INFO, "{\"KernelVersion\":1}", "KernelVersion:", "kernel" },
	{ INFO, "{\"OperatingSystem\":1}", "OperatingSystem:", "system's name" },
	{ INFO, "{\"DefaultRuntime\":1}", "DefaultRuntime:", "runtime" },
	{ INFO, "{\"SecurityOptions\":{}}", "SecurityOptions:", "no list" },
	{ INFO, "{\"SecurityOptions\":[\"name=seccomp\",1]}", "SecurityOptions[1]:", "no string" },
	{ INFO, "{\"Labels\":\"a=b\"}", "Labels:", "labels" },
	{ EVENT, "[]", "event: expected an object", "another document" },
	{ EVENT, "{\"Type\":1}", "event.Type:", "type" },
	{ EVENT, "{\"Action\":1}", "Action:", "action" },
	{ EVENT, "{\"Actor\":1}", "Actor:", "actor" },
	{ EVENT, "{\"Actor\":{\"ID\":1}}", "Actor.ID:", "actor's ID" },
	{ EVENT, "{\"Actor\":{\"Attributes\":{\"image\":1}}}", "Attributes.image:", "attribute" },
	{ EVENT, "{\"timeNano\":\"1\"}", "timeNano:", "time" },
	{ EVENT, "{\"time\":\"1\"}", "time:", "time" },
};

/* Every output is filled with a pattern before, and must hold it after the failure. */
START_TEST(refuse)
{
	union {
		char bytes[sizeof(struct api_volume)];
		struct api_containers containers;
		struct api_images images;
		struct api_volumes volumes;
		struct api_volume volume;
		struct api_networks networks;
		struct api_network network;
		struct api_caches caches;
		struct api_info info;
		struct api_event event;
		int64_t layers;
	} out, before;
	struct api_container c = { .id = (char[]){ HEX64 }, .created = 7 }, c_before = c;
	struct api_image image = { .id = (char[]){ "sha256:" HEX64 }, .size = 7 }, i_before = image;
	struct api_volume v = { .name = (char[]){ "v" }, .size = 7 };
	struct api_volumes list = { &v, 1, 1 };
	scoped_json *json = must_parse(refused[_i].text);
	struct error err = ERROR_INIT;
	int rc = 0;

	memset(&out, 0x5a, sizeof(out));
	before = out;
	switch (refused[_i].parser) {
	case CONTAINERS:
		rc = api_containers_parse(json, &out.containers, &err);
		break;
	case INSPECT:
		rc = api_container_inspect_parse(json, &c, &err);
		break;
	case IMAGES:
		rc = api_images_parse(json, &out.images, &err);
		break;
	case IMAGE:
		rc = api_image_inspect_parse(json, &image, &err);
		break;
	case HISTORY:
		rc = api_image_history_parse(json, &image, &err);
		break;
	case VOLUMES:
		rc = api_volumes_parse(json, &out.volumes, &err);
		break;
	case VOLUME:
		rc = api_volume_parse(json, &out.volume, &err);
		break;
	case NETWORKS:
		rc = api_networks_parse(json, &out.networks, &err);
		break;
	case NETWORK:
		rc = api_network_parse(json, &out.network, &err);
		break;
	case CACHE:
		rc = api_df_cache_parse(json, &out.caches, &err);
		break;
	case LAYERS:
		rc = api_df_layers_parse(json, &out.layers, &err);
		break;
	case DF_VOLUMES:
		rc = api_df_volumes_parse(json, &list, &err);
		break;
	case INFO:
		rc = api_info_parse(json, &out.info, &err);
		break;
	case EVENT:
		rc = api_event_parse(json, &out.event, &err);
		break;
	}
	ck_assert_msg(rc == -1 && err.kind == ERROR_INPUT, "%s: %s", refused[_i].why,
		      refused[_i].text);
	ck_assert_msg(strstr(err.text, refused[_i].says), "%s: %s", refused[_i].why, err.text);
	ck_assert_msg(memcmp(&out, &before, sizeof(out)) == 0, "%s: touched", refused[_i].why);
	ck_assert_msg(memcmp(&c, &c_before, sizeof(c)) == 0, "%s: touched", refused[_i].why);
	ck_assert_msg(memcmp(&image, &i_before, sizeof(image)) == 0, "%s: touched",
		      refused[_i].why);
	ck_assert_msg(v.size == 7, "%s: touched", refused[_i].why);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("api_refused");
	TCase *tc = tcase_create("refused");

	tcase_add_loop_test(tc, refuse, 0, (int)array_len(refused));
	suite_add_tcase(s, tc);
	return s;
}
