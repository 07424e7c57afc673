/* SPDX-License-Identifier: Apache-2.0 */
#include "plugins/hygiene/base_collect.h"

#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "common/codec/json.h"
#include "plugins/hygiene/collect.h"

struct run {
	struct base_snapshot snap;
	const struct base_collect_options *options;
	char **paths; /* per image, while under way */
	bool *gone;
	size_t at, done, failed;
	char first[320];  /* which failed first, and how */
	struct error err; /* ends it all */
};

/* "https://mirror.example:5000/" to its host. */
static void add_mirror(struct strings *out, const char *url)
{
	const char *host = strstr(url, "://") ? strstr(url, "://") + 3 : url;

	strings_take(out, xstrndup(host, strcspn(host, "/")));
}

static int take_info(struct run *run, struct engine *engine, struct error *err)
{
	scoped(api_info_release) struct api_info info = { 0 };
	struct base_snapshot *snap = &run->snap;
	scoped_json *json = NULL;

	if (engine_get(engine, "/info", "engine information", &json, err) < 0)
		return -1;
	if (api_info_parse(json, &info, err) < 0)
		return collect_nonsense(err, "engine information");
	snap->engine = true;
	snap->podman = engine_is_podman(engine);
	snap->store = info.containerd_store;
	snap->id = collect_engine_id(&info, snap->podman);
	snap->name = xstrdup_null(info.name);
	snap->now = info.system_time == TIME_NONE ? run->options->clock->now(run->options->clock)
						  : info.system_time;
	platform_set(&snap->platform, info.os_type, info.architecture, NULL);
	for (size_t i = 0; i < info.mirrors.count; i++)
		add_mirror(&snap->mirrors, info.mirrors.items[i]);
	return 0;
}

static int take_list(struct run *run, struct engine *engine, struct error *err)
{
	scoped_json *json = NULL;

	if (engine_get(engine, "/images/json", "image list", &json, err) < 0)
		return -1;
	if (api_images_parse(json, &run->snap.images, err) < 0)
		return collect_nonsense(err, "image list");
	api_images_join(&run->snap.images);
	return 0;
}

static enum engine_next next(void *self, struct engine_request *request)
{
	struct run *run = self;
	size_t i = run->at;

	if (i == run->snap.images.count || error_is_set(&run->err))
		return ENGINE_NEXT_END;
	run->at++;
	run->paths[i] = engine_path("/images/%p/json", run->snap.images.items[i].id);
	request->method = "GET";
	request->path = run->paths[i];
	request->ctx = &run->snap.images.items[i];
	return ENGINE_NEXT_REQUEST;
}

static void failed(struct run *run, const struct api_image *image, const struct engine_reply *reply)
{
	char room[256];

	if (run->failed++)
		return;
	snprintf(run->first, sizeof(run->first), "image %.19s could not be inspected: %s",
		 image->id, engine_reply_message(reply, room, sizeof(room)));
}

static void take(struct run *run, struct api_image *image, const struct engine_reply *reply)
{
	scoped_json *json = NULL;

	if (error_is_set(&reply->err))
		run->err = reply->err;
	else if (reply->status == 404)
		run->gone[image - run->snap.images.items] = true;
	else if (reply->status >= 400)
		failed(run, image, reply);
	else if (engine_reply_json(reply, "image details", &json, &run->err) == 0 &&
		 api_image_inspect_parse(json, image, &run->err) < 0)
		collect_nonsense(&run->err, "image details");
}

static void done(void *self, const struct engine_reply *reply)
{
	struct run *run = self;
	struct api_image *image = reply->ctx;

	if (!error_is_set(&run->err))
		take(run, image, reply);
	free_str(&run->paths[image - run->snap.images.items]);
	run->done++;
	if (run->options->progress)
		run->options->progress(run->options->progress_ctx, run->done,
				       run->snap.images.count);
}

static void drop_gone(struct run *run)
{
	struct api_images *images = &run->snap.images;
	size_t kept = 0;

	for (size_t i = 0; i < images->count; i++) {
		if (run->gone[i])
			api_image_release(&images->items[i]);
		else
			images->items[kept++] = images->items[i];
	}
	images->count = kept;
}

static int inspect(struct run *run, struct engine *engine, struct error *err)
{
	const struct engine_work work = { next, done, run, 0 };
	size_t count = run->snap.images.count;
	int rc;

	run->paths = xcalloc(count + 1, sizeof(*run->paths));
	run->gone = xcalloc(count + 1, sizeof(*run->gone));
	rc = engine_run(engine, &work, err);
	if (rc == 0 && error_is_set(&run->err)) {
		*err = run->err;
		rc = -1;
	}
	for (size_t i = 0; i < count; i++)
		free(run->paths[i]);
	drop_gone(run);
	free(run->paths);
	free(run->gone);
	return rc;
}

int base_collect(struct base_snapshot *out, struct engine *engine,
		 const struct base_collect_options *options, struct strings *notes,
		 struct error *err)
{
	struct run run = { .options = options, .err = ERROR_INIT };

	if (take_info(&run, engine, err) < 0 || take_list(&run, engine, err) < 0 ||
	    inspect(&run, engine, err) < 0) {
		base_snapshot_release(&run.snap);
		return -1;
	}
	if (run.failed > 1)
		strings_take(notes, xasprintf("%s (and %zu more)", run.first, run.failed - 1));
	else if (run.failed)
		strings_add(notes, run.first);
	*out = run.snap;
	return 0;
}

void base_collect_nothing(struct base_snapshot *out, const struct clock *clock)
{
	struct utsname machine = { 0 };

	*out = (struct base_snapshot){ .now = clock->now(clock) };
	(void)uname(&machine);
	platform_set(&out->platform, "linux", machine.machine, NULL);
}
