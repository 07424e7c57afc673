/* SPDX-License-Identifier: Apache-2.0 */
#include "plugins/hygiene/collect_parts.h"

#include <stdlib.h>
#include <string.h>

#include "common/codec/json.h"

enum job_sort { JOB_CONTAINER, JOB_IMAGE, JOB_HISTORY, JOB_SORTS };

static const struct {
	const char *path;   /* for engine_path() */
	const char *name;   /* of the answer, in errors */
	const char *failed; /* what it means if the engine fails to tell */
} sorts[JOB_SORTS] = {
	[JOB_CONTAINER] = { "/containers/%p/json", "container details",
			    "could not be inspected, and is kept" },
	[JOB_IMAGE] = { "/images/%p/json", "image details", "could not be inspected, and is kept" },
	[JOB_HISTORY] = { "/images/%p/history", "image history",
			  "has a history that could not be read, so its bytes are not exact" },
};

struct job {
	enum job_sort sort;
	size_t index;
	char *path; /* while under way */
};
struct inspect_run {
	struct collector *c;
	struct job *jobs;
	size_t count, at;
	bool *gone_containers, *gone_images;
	struct {
		size_t count, first;
		char text[256]; /* the engine's words about the first */
	} failed[JOB_SORTS];
	struct error err; /* the first that ends it all */
};

static const char *job_id(const struct inspect_run *run, const struct job *job)
{
	const struct snapshot *snap = &run->c->snap;

	return job->sort == JOB_CONTAINER ? snap->containers.items[job->index].id
					  : snap->images.items[job->index].id;
}

static enum engine_next inspect_next(void *self, struct engine_request *request)
{
	struct inspect_run *run = self;
	struct job *job;

	if (run->at == run->count || error_is_set(&run->err))
		return ENGINE_NEXT_END;
	job = &run->jobs[run->at++];
	job->path = engine_path(sorts[job->sort].path, job_id(run, job));
	request->method = "GET";
	request->path = job->path;
	request->ctx = job;
	return ENGINE_NEXT_REQUEST;
}

static int parse(struct inspect_run *run, const struct job *job, const json_t *json,
		 struct error *err)
{
	struct snapshot *snap = &run->c->snap;

	if (job->sort == JOB_HISTORY)
		return api_image_history_parse(json, &snap->images.items[job->index], err);
	if (job->sort == JOB_IMAGE)
		return api_image_inspect_parse(json, &snap->images.items[job->index], err);
	return api_container_inspect_parse(json, &snap->containers.items[job->index], err);
}

/* The engine answered that it cannot: what is not known is kept, and said. */
static void job_failed(struct inspect_run *run, const struct job *job,
		       const struct engine_reply *reply)
{
	char room[sizeof(run->failed[0].text)];
	struct snapshot *snap = &run->c->snap;

	if (job->sort == JOB_CONTAINER)
		snap->containers.items[job->index].state = API_CONTAINER_UNKNOWN;
	if (run->failed[job->sort].count++)
		return;
	run->failed[job->sort].first = job->index;
	snprintf(run->failed[job->sort].text, sizeof(run->failed[0].text), "%s",
		 engine_reply_message(reply, room, sizeof(room)));
}

/* Sets run->err if nothing can be built on the answer. */
static void job_take(struct inspect_run *run, const struct job *job,
		     const struct engine_reply *reply)
{
	scoped_json *json = NULL;

	if (error_is_set(&reply->err)) {
		run->err = reply->err;
		return;
	}
	if (reply->status == 404) {
		if (job->sort == JOB_CONTAINER)
			run->gone_containers[job->index] = true;
		else if (job->sort == JOB_IMAGE)
			run->gone_images[job->index] = true;
		return;
	}
	if (reply->status >= 400) {
		job_failed(run, job, reply);
		return;
	}
	if (engine_reply_json(reply, sorts[job->sort].name, &json, &run->err) < 0)
		return;
	if (parse(run, job, json, &run->err) < 0)
		collect_nonsense(&run->err, sorts[job->sort].name);
}

static void inspect_done(void *self, const struct engine_reply *reply)
{
	struct inspect_run *run = self;
	struct collector *c = run->c;
	struct job *job = reply->ctx;

	if (!error_is_set(&run->err))
		job_take(run, job, reply);
	free_str(&job->path);
	c->done++;
	if (c->options->progress)
		c->options->progress(c->options->progress_ctx, c->done, c->total);
}

static size_t add_jobs(struct job *jobs, size_t at, enum job_sort sort, const bool *wanted,
		       size_t count)
{
	for (size_t i = 0; wanted && i < count; i++)
		if (wanted[i])
			jobs[at++] = (struct job){ .sort = sort, .index = i };
	return at;
}

/* Takes out what was gone when it was asked for. */
static void drop_gone(struct inspect_run *run)
{
	struct api_containers *containers = &run->c->snap.containers;
	struct api_images *images = &run->c->snap.images;
	size_t kept = 0;

	for (size_t i = 0; i < containers->count; i++) {
		if (run->gone_containers[i])
			api_container_release(&containers->items[i]);
		else
			containers->items[kept++] = containers->items[i];
	}
	containers->count = kept;
	kept = 0;
	for (size_t i = 0; i < images->count; i++) {
		if (run->gone_images[i])
			api_image_release(&images->items[i]);
		else
			images->items[kept++] = images->items[i];
	}
	images->count = kept;
}

/* One note for each sort, by its first. Before drop_gone(), which moves indexes. */
static void tell_failures(struct inspect_run *run)
{
	const struct snapshot *snap = &run->c->snap;

	for (size_t i = 0; i < JOB_SORTS; i++) {
		size_t first = run->failed[i].first;
		char more[64] = "";

		if (!run->failed[i].count)
			continue;
		if (run->failed[i].count > 1)
			snprintf(more, sizeof(more), " (and %zu more)", run->failed[i].count - 1);
		collect_note(run->c, "%s %.19s%s %s: %s",
			     i == JOB_CONTAINER ? "container" : "image",
			     i == JOB_CONTAINER ? snap->containers.items[first].id
						: snap->images.items[first].id,
			     more, sorts[i].failed, run->failed[i].text);
	}
}

int collect_inspect(struct collector *c, const struct collect_wanted *wanted, struct error *err)
{
	size_t containers = c->snap.containers.count, images = c->snap.images.count;
	struct inspect_run run = { .c = c, .err = ERROR_INIT };
	const struct engine_work work = { inspect_next, inspect_done, &run, 0 };
	int rc;

	run.jobs = xcalloc(containers + 2 * images + 1, sizeof(*run.jobs));
	run.gone_containers = xcalloc(containers + 1, sizeof(bool));
	run.gone_images = xcalloc(images + 1, sizeof(bool));
	run.count = add_jobs(run.jobs, 0, JOB_CONTAINER, wanted->containers, containers);
	run.count = add_jobs(run.jobs, run.count, JOB_IMAGE, wanted->images, images);
	run.count = add_jobs(run.jobs, run.count, JOB_HISTORY, wanted->histories, images);
	c->total += run.count;
	rc = engine_run(c->engine, &work, err);
	if (rc == 0 && error_is_set(&run.err)) {
		*err = run.err;
		rc = -1;
	}
	for (size_t i = 0; i < run.count; i++)
		free(run.jobs[i].path);
	if (rc == 0)
		tell_failures(&run);
	drop_gone(&run);
	free(run.jobs);
	free(run.gone_containers);
	free(run.gone_images);
	return rc;
}
