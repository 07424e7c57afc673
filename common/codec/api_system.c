/* SPDX-License-Identifier: Apache-2.0 */
/* Networks, and what the engine tells of itself: info and events. */
#include "common/codec/api_internal.h"

#include <string.h>

static int parse_network(const struct json_place *at, struct api_network *n, struct error *err)
{
	struct json_place from;

	if (json_expect(at, JSON_OBJECT, err) < 0 || api_need_string(at, "Id", &n->id, err) < 0 ||
	    api_need_string(at, "Name", &n->name, err) < 0 ||
	    api_get_string(at, "Driver", &n->driver, err) < 0 ||
	    api_get_string(at, "Scope", &n->scope, err) < 0 ||
	    api_get_labels(at, "Labels", &n->labels, err) < 0 ||
	    api_get_time(at, "Created", &n->created, err) < 0 ||
	    json_get_bool(at, "Ingress", &n->ingress, false, err) < 0 ||
	    json_get_bool(at, "ConfigOnly", &n->config_only, false, err) < 0 ||
	    json_get_object(at, "ConfigFrom", &from, err) < 0)
		return -1;
	return api_get_string(&from, "Network", &n->config_from, err);
}

int api_networks_parse(const json_t *json, struct api_networks *out, struct error *err)
{
	scoped(api_networks_release) struct api_networks list = { 0 };
	struct json_place root;

	if (api_list_root(json, "network list", &root, err) < 0)
		return -1;
	for (size_t i = 0; i < json_count(&root); i++) {
		struct json_place at = json_element(&root, i);

		if (parse_network(&at, array_add(&list), err) < 0)
			return -1;
	}
	*out = take_value(list);
	return 0;
}

int api_network_parse(const json_t *json, struct api_network *out, struct error *err)
{
	scoped(api_network_release) struct api_network n = { 0 };
	struct json_place root = json_root(json, "network");

	if (parse_network(&root, &n, err) < 0)
		return -1;
	*out = take_value(n);
	return 0;
}

/* A list of pairs; the containerd store says ["driver-type", "io.containerd.snapshotter.v1"]. */
static int get_store(const struct json_place *root, bool *containerd, struct error *err)
{
	struct json_place rows;

	*containerd = false;
	if (json_get_array(root, "DriverStatus", &rows, err) < 0)
		return -1;
	for (size_t i = 0; i < json_count(&rows); i++) {
		struct json_place row = json_element(&rows, i);
		scoped_strings pair = { 0 };

		if (json_get_strings(&row, NULL, &pair, err) < 0)
			return -1;
		if (pair.count == 2 && strcmp(pair.items[0], "driver-type") == 0 &&
		    strncmp(pair.items[1], "io.containerd.snapshotter", 25) == 0)
			*containerd = true;
	}
	return 0;
}

/* What one more in the last digit of a time's text is, in ns; 0 if there is no time. */
static int64_t unit_of(const struct json_place *root, int64_t time)
{
	struct json_place place = json_member(root, "SystemTime");
	const char *text = json_string_value(place.value);
	const char *point = text ? strchr(text, '.') : NULL;
	int64_t unit = NSEC_PER_SEC;

	if (time == TIME_NONE)
		return 0;
	for (const char *at = point ? point + 1 : ""; *at >= '0' && *at <= '9' && unit > 1; at++)
		unit /= 10;
	return unit;
}

/* What the engine runs on and how. */
static int parse_platform(const struct json_place *root, struct api_info *info, struct error *err)
{
	struct json_place registries;

	if (api_get_string(root, "Architecture", &info->architecture, err) < 0 ||
	    api_get_string(root, "KernelVersion", &info->kernel_version, err) < 0 ||
	    api_get_string(root, "OperatingSystem", &info->operating_system, err) < 0 ||
	    api_get_string(root, "DefaultRuntime", &info->default_runtime, err) < 0 ||
	    json_get_strings(root, "SecurityOptions", &info->security, err) < 0 ||
	    json_get_strings(root, "Labels", &info->labels, err) < 0 ||
	    json_get_object(root, "RegistryConfig", &registries, err) < 0)
		return -1;
	return json_get_strings(&registries, "Mirrors", &info->mirrors, err);
}

int api_info_parse(const json_t *json, struct api_info *out, struct error *err)
{
	scoped(api_info_release) struct api_info info = { 0 };
	struct json_place root;

	if (api_object_root(json, "engine information", &root, err) < 0 ||
	    api_get_string(&root, "ID", &info.id, err) < 0 ||
	    api_get_string(&root, "Name", &info.name, err) < 0 ||
	    api_get_string(&root, "ServerVersion", &info.server_version, err) < 0 ||
	    api_get_string(&root, "OSType", &info.os_type, err) < 0 ||
	    api_get_string(&root, "Driver", &info.driver, err) < 0 ||
	    api_get_string(&root, "DockerRootDir", &info.root_dir, err) < 0 ||
	    get_store(&root, &info.containerd_store, err) < 0 ||
	    api_get_time(&root, "SystemTime", &info.system_time, err) < 0 ||
	    json_get_int(&root, "Containers", &info.containers, -1, -1, INT64_MAX, err) < 0 ||
	    json_get_int(&root, "Images", &info.images, -1, -1, INT64_MAX, err) < 0 ||
	    parse_platform(&root, &info, err) < 0)
		return -1;
	info.system_time_unit = unit_of(&root, info.system_time);
	*out = take_value(info);
	return 0;
}

int api_event_parse(const json_t *json, struct api_event *out, struct error *err)
{
	scoped(api_event_release) struct api_event event = { 0 };
	struct json_place root, actor;

	if (api_object_root(json, "event", &root, err) < 0 ||
	    api_get_string(&root, "Type", &event.type, err) < 0 ||
	    api_get_string(&root, "Action", &event.action, err) < 0 ||
	    json_get_object(&root, "Actor", &actor, err) < 0 ||
	    api_get_string(&actor, "ID", &event.actor_id, err) < 0 ||
	    api_get_labels(&actor, "Attributes", &event.attributes, err) < 0 ||
	    json_get_int(&root, "timeNano", &event.time, TIME_NONE, TIME_NONE, INT64_MAX, err) < 0)
		return -1;
	if (event.time == TIME_NONE && api_get_time(&root, "time", &event.time, err) < 0)
		return -1;
	*out = take_value(event);
	return 0;
}

void api_network_release(struct api_network *n)
{
	free(n->id);
	free(n->name);
	free(n->driver);
	free(n->scope);
	free(n->config_from);
	api_labels_release(&n->labels);
	*n = (struct api_network){ 0 };
}

void api_networks_release(struct api_networks *list)
{
	for (size_t i = 0; i < list->count; i++)
		api_network_release(&list->items[i]);
	free(list->items);
	*list = (struct api_networks){ 0 };
}

void api_info_release(struct api_info *info)
{
	free(info->id);
	free(info->name);
	free(info->server_version);
	free(info->os_type);
	free(info->driver);
	free(info->root_dir);
	free(info->architecture);
	free(info->kernel_version);
	free(info->operating_system);
	free(info->default_runtime);
	strings_release(&info->security);
	strings_release(&info->labels);
	strings_release(&info->mirrors);
	*info = (struct api_info){ 0 };
}

void api_event_release(struct api_event *event)
{
	free(event->type);
	free(event->action);
	free(event->actor_id);
	api_labels_release(&event->attributes);
	*event = (struct api_event){ 0 };
}
