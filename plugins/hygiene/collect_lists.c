/* SPDX-License-Identifier: Apache-2.0 */
#include "plugins/hygiene/collect_parts.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/map.h"
#include "common/codec/json.h"

static bool chosen(const struct collector *c, enum kind kind)
{
	return c->options->policy->kinds[kind].chosen;
}

static bool free_target(const struct collector *c)
{
	return c->options->policy->free_bytes != UNSET || c->options->policy->free_percent != UNSET;
}

static bool always(const struct collector *c unused_arg)
{
	return true;
}

static bool wants_volumes(const struct collector *c)
{
	return chosen(c, KIND_VOLUME);
}

static bool wants_networks(const struct collector *c)
{
	return chosen(c, KIND_NETWORK);
}

/* Podman's build cache is made of images: /system/df tells an empty list, after a long walk. */
static bool wants_cache(const struct collector *c)
{
	return chosen(c, KIND_CACHE) && !engine_is_podman(c->engine);
}

static bool is_podman(const struct collector *c)
{
	return engine_is_podman(c->engine);
}

static const char *path_info(const struct collector *c unused_arg)
{
	return "/info";
}

/* The engine walks every container's files for size=1. */
static const char *path_containers(const struct collector *c)
{
	bool sizes = c->options->policy->sizes || (free_target(c) && chosen(c, KIND_CONTAINER));

	return sizes ? "/containers/json?all=1&size=1" : "/containers/json?all=1";
}

/* The compatible list does not tell pods, nor the containers of other tools such as buildah. */
static const char *path_pods(const struct collector *c unused_arg)
{
	return "/libpod/containers/json?all=true&external=true";
}

/* Never shared-size=1: the layer graph of the inspected images tells more, for less. */
static const char *path_images(const struct collector *c unused_arg)
{
	return "/images/json?all=1";
}

static const char *path_volumes(const struct collector *c unused_arg)
{
	return "/volumes";
}

static const char *path_networks(const struct collector *c unused_arg)
{
	return "/networks";
}

/*
 * type= came with 1.42. Before that the whole of /system/df is the only way to the records, so that
 * choosing build cache there pays for a walk over all volumes and containers. From 1.52 on, records
 * come only with verbose=1.
 */
static const char *path_cache(const struct collector *c)
{
	int minor = c->snap.api_minor;

	if (minor >= 52)
		return "/system/df?type=build-cache&verbose=1";
	return minor >= 42 ? "/system/df?type=build-cache" : "/system/df";
}

static int take_info(struct collector *c, const json_t *json, struct error *err)
{
	return api_info_parse(json, &c->snap.info, err);
}

static int take_containers(struct collector *c, const json_t *json, struct error *err)
{
	return api_containers_parse(json, &c->snap.containers, err);
}

/* Kept until the other list is there, too. */
static int take_pods(struct collector *c, const json_t *json, struct error *err unused_arg)
{
	c->pods = json_incref((json_t *)(uintptr_t)json);
	return 0;
}

static int take_images(struct collector *c, const json_t *json, struct error *err)
{
	return api_images_parse(json, &c->snap.images, err);
}

static int take_volumes(struct collector *c, const json_t *json, struct error *err)
{
	return api_volumes_parse(json, &c->snap.volumes, err);
}

static int take_networks(struct collector *c, const json_t *json, struct error *err)
{
	return api_networks_parse(json, &c->snap.networks, err);
}

/* The whole of /system/df tells of volumes too: kept for volume_sizes(). */
static int take_cache(struct collector *c, const json_t *json, struct error *err)
{
	if (c->snap.api_minor < 42)
		c->df = json_incref((json_t *)(uintptr_t)json);
	return api_df_cache_parse(json, &c->snap.caches, err);
}

static const struct list {
	const char *name;
	bool (*wanted)(const struct collector *c);
	const char *(*path)(const struct collector *c);
	int (*take)(struct collector *c, const json_t *json, struct error *err);
	int64_t deadline;
	enum kind kind; /* KIND_COUNT: none */
} lists[] = {
	{ "engine info", always, path_info, take_info, 0, KIND_COUNT },
	{ "container list", always, path_containers, take_containers, COLLECT_WALK_DEADLINE,
	  KIND_CONTAINER },
	{ "podman's container list", is_podman, path_pods, take_pods, COLLECT_WALK_DEADLINE,
	  KIND_COUNT },
	{ "image list", always, path_images, take_images, 0, KIND_IMAGE },
	{ "volume list", wants_volumes, path_volumes, take_volumes, 0, KIND_VOLUME },
	{ "network list", wants_networks, path_networks, take_networks, 0, KIND_NETWORK },
	{ "build cache list", wants_cache, path_cache, take_cache, COLLECT_WALK_DEADLINE,
	  KIND_CACHE },
};

struct call {
	struct lists_run *run;
	const struct list *list;
	int64_t sent;
};
struct lists_run {
	struct collector *c;
	size_t at;
	struct call calls[array_len(lists)];
	struct error err; /* the first failure; nothing more is asked then */
};

static enum engine_next lists_next(void *self, struct engine_request *request)
{
	struct lists_run *run = self;
	struct collector *c = run->c;
	struct call *call;

	while (run->at < array_len(lists) && !lists[run->at].wanted(c))
		run->at++;
	if (run->at == array_len(lists) || error_is_set(&run->err))
		return ENGINE_NEXT_END;
	call = &run->calls[run->at];
	call->run = run;
	call->list = &lists[run->at++];
	call->sent = c->options->clock->now(c->options->clock);
	request->method = "GET";
	request->path = call->list->path(c);
	request->deadline = call->list->deadline;
	request->ctx = call;
	return ENGINE_NEXT_REQUEST;
}

static int take(struct call *call, const struct engine_reply *reply, struct error *err)
{
	struct collector *c = call->run->c;
	const struct list *list = call->list;
	int64_t received = c->options->clock->now(c->options->clock);
	scoped_json *json = NULL;

	if (list->take == take_pods && reply->status == 404)
		return error_set(err, ERROR_UNSUPPORTED, 404,
				 "%s does not serve podman's container list (/libpod), which alone "
				 "tells what is a part of a pod",
				 engine_address(c->engine));
	if (engine_reply_json(reply, list->name, &json, err) < 0)
		return -1;
	if (list->take(c, json, err) < 0)
		return collect_nonsense(err, list->name);
	if (list->kind != KIND_COUNT)
		c->snap.has[list->kind] = true;
	/* The engine looked at its clock while the request was under way: taken as its middle. */
	if (list->take == take_info)
		c->snap.offset = time_diff(c->snap.info.system_time,
					   call->sent + time_diff(received, call->sent) / 2);
	return 0;
}

static void lists_done(void *self, const struct engine_reply *reply)
{
	struct lists_run *run = self;
	struct error err = ERROR_INIT;

	if (take(reply->ctx, reply, &err) < 0 && !error_is_set(&run->err))
		run->err = err;
}

/* An ID that is there twice: neither answer can be trusted. */
static int twice(const char *what, const char *id, struct error *err)
{
	return error_set(err, ERROR_PROTOCOL, 0, "%s: the engine lists %.80s twice", what, id);
}

static int check_containers(const struct api_containers *list, struct error *err)
{
	scoped_map ids;

	map_init(&ids);
	for (size_t i = 0; i < list->count; i++)
		if (map_put(&ids, list->items[i].id, i) != i)
			return twice("container list", list->items[i].id, err);
	return 0;
}

/*
 * Podman makes up a new ID for every answer, so what the machine and its store are called stands in
 * for it, and locks, state files and saved plans find their engine again.
 */
char *collect_engine_id(const struct api_info *info, bool podman)
{
	if (!podman && info->id && *info->id)
		return xstrdup(info->id);
	return xasprintf("%s:%s:%s", podman ? "podman" : "engine", info->name ? info->name : "",
			 info->root_dir ? info->root_dir : "");
}

/* Asked alone, since it sets members of the volumes that must be there by then. */
static int volume_sizes(struct collector *c, struct error *err)
{
	struct engine_request request = { .method = "GET", .deadline = COLLECT_WALK_DEADLINE };
	scoped_json *json = take_ptr(c->df);
	int minor = c->snap.api_minor;

	if (!c->options->policy->sizes || !c->snap.has[KIND_VOLUME] || !c->snap.volumes.count)
		return 0;
	if (minor < 42 && !json) {
		collect_note(c,
			     "sizes of volumes are not asked for: API 1.%d has no way to ask for "
			     "nothing else",
			     minor);
		return 0;
	}
	request.path = minor >= 52 ? "/system/df?type=volume&verbose=1" : "/system/df?type=volume";
	if (!json && engine_call(c->engine, &request, "volume sizes", &json, err) < 0)
		return -1;
	if (api_df_volumes_parse(json, &c->snap.volumes, err) < 0)
		return collect_nonsense(err, "volume sizes");
	return 0;
}

static int merge_pods(struct collector *c, struct error *err)
{
	scoped_json *json = take_ptr(c->pods);

	if (!c->snap.podman)
		return 0;
	if (api_podman_containers_parse(json, &c->snap.containers, err) < 0)
		return collect_nonsense(err, "podman's container list");
	return 0;
}

int collect_lists(struct collector *c, struct error *err)
{
	struct lists_run run = { .c = c, .err = ERROR_INIT };
	const struct engine_work work = { lists_next, lists_done, &run, 0 };

	c->snap.api_minor = engine_api_minor(c->engine);
	c->snap.podman = engine_is_podman(c->engine);
	c->snap.libpod_delete = c->snap.podman && !engine_podman_since(c->engine, 4, 6);
	if (engine_run(c->engine, &work, err) < 0)
		return -1;
	if (error_is_set(&run.err)) {
		*err = run.err;
		return -1;
	}
	if (c->snap.info.system_time == TIME_NONE)
		return error_set(
			err, ERROR_UNSUPPORTED, 0,
			"%s does not tell the time of its clock (SystemTime of /info), by which "
			"ages are judged",
			engine_address(c->engine));
	c->snap.now = c->snap.info.system_time;
	str_replace(&c->snap.info.id, collect_engine_id(&c->snap.info, c->snap.podman));
	if (chosen(c, KIND_CACHE) && c->snap.podman)
		c->snap.has[KIND_CACHE] = true;
	if (check_containers(&c->snap.containers, err) < 0 || merge_pods(c, err) < 0)
		return -1;
	api_images_join(&c->snap.images);
	return volume_sizes(c, err);
}
