/* SPDX-License-Identifier: Apache-2.0 */
#include "plugins/hygiene/apply_parts.h"

#include <stdlib.h>
#include <string.h>

#include "common/codec/json.h"
#include "plugins/hygiene/fingerprint.h"

/* What is looked at once the run has been told to stop must not hold the person up. */
#define AFTERWARDS_DEADLINE (2 * NSEC_PER_SEC)

/* Before 1.42 the only list of build cache walks all volumes and containers. */
#define API_CACHE_LIST 42

void result_release(struct result *result)
{
	for (size_t i = 0; i < result->count; i++)
		free(result->rows[i].reason);
	free(result->rows);
	free(result->stopped);
	memset(result, 0, sizeof(*result));
}

/* --- Many units at once. */

static struct unit *pop_ready(struct deeds *d)
{
	while (d->ready_count > 0) {
		struct unit *unit = &d->units[d->ready[d->ready_at]];

		d->ready_at = (d->ready_at + 1) % (d->unit_count + 1);
		d->ready_count--;
		/* With the engine gone, all that is left to find out is what became of deletes. */
		if (!error_is_set(&d->fatal) || unit->step == STEP_VERIFY)
			return unit;
		unit->step = STEP_DONE;
	}
	return NULL;
}

static struct unit *start_unit(struct deeds *d)
{
	while (d->next < d->end && !error_is_set(&d->fatal)) {
		struct unit *unit = &d->units[d->next++];

		if (unit->step != STEP_DONE)
			unit_start(d, unit);
		if (unit->step != STEP_DONE)
			return unit;
	}
	return NULL;
}

/* Begun objects go first: the less time between a look and the deed, the better. */
static enum engine_next next(void *self, struct engine_request *request)
{
	struct deeds *d = self;
	struct unit *unit = pop_ready(d);

	if (!unit)
		unit = start_unit(d);
	if (!unit)
		return d->in_flight > 0 ? ENGINE_NEXT_WAIT : ENGINE_NEXT_END;
	unit_request(d, unit, request);
	request->ctx = unit;
	d->in_flight++;
	return ENGINE_NEXT_REQUEST;
}

static void done(void *self, const struct engine_reply *reply)
{
	struct deeds *d = self;
	struct unit *unit = reply->ctx;

	d->in_flight--;
	unit_reply(d, unit, reply);
	if (unit->step == STEP_DONE)
		return;
	d->ready[(d->ready_at + d->ready_count++) % (d->unit_count + 1)] = (size_t)(unit -
										    d->units);
}

int deeds_run(struct deeds *d, size_t from, size_t to, struct error *err)
{
	/* BuildKit prunes one at a time anyway, and replies must tell whose records they name. */
	bool cache = unit_row(d, &d->units[from])->kind == KIND_CACHE;
	const struct engine_work work = {
		.next = next, .done = done, .self = d, .parallel = cache ? 1 : 0
	};

	d->next = from;
	d->end = to;
	if (engine_run(d->engine, &work, err) < 0)
		return -1;
	if (!error_is_set(&d->fatal))
		return 0;
	*err = d->fatal;
	return -1;
}

/* --- Build cache has no inspect: one list right before tells what changed. */

static const struct api_cache *find_cache(const struct api_caches *caches, const char *id)
{
	for (size_t i = 0; i < caches->count; i++)
		if (strcmp(caches->items[i].id, id) == 0)
			return &caches->items[i];
	return NULL;
}

static const char *cache_change(const struct plan_row *row, const struct api_cache *now)
{
	if (!now)
		return "already gone";
	if (now->in_use)
		return "in use since the plan";
	scoped_str fingerprint = fingerprint_cache(now);

	return row->fingerprint && strcmp(fingerprint, row->fingerprint) == 0
		       ? NULL
		       : "used since the plan";
}

static int check_caches(struct deeds *d, size_t from, size_t to, struct error *err)
{
	struct engine_request request = { .method = "GET", .deadline = APPLY_DELETE_DEADLINE };
	struct api_caches caches = { 0 };
	scoped_json *json = NULL;

	if (d->snap->api_minor < API_CACHE_LIST)
		return 0;
	request.path = d->snap->api_minor >= 52 ? "/system/df?type=build-cache&verbose=1"
						: "/system/df?type=build-cache";
	if (engine_call(d->engine, &request, "build cache list", &json, err) < 0 ||
	    api_df_cache_parse(json, &caches, err) < 0)
		return -1;
	for (size_t i = from; i < to; i++) {
		const struct plan_row *row = unit_row(d, &d->units[i]);
		const struct api_cache *now = find_cache(&caches, row->id);
		const char *why = cache_change(row, now);

		d->cache_shared[row - d->plan->rows.items] = now && now->shared;
		if (why)
			unit_end(d, &d->units[i], OUTCOME_SKIPPED, xstrdup(why));
	}
	api_caches_release(&caches);
	return 0;
}

/* --- Stage by stage. */

static size_t stage_end(const struct deeds *d, size_t from)
{
	const struct plan_row *row = unit_row(d, &d->units[from]);
	size_t to = from + 1;

	while (to < d->unit_count && unit_row(d, &d->units[to])->stage == row->stage &&
	       unit_row(d, &d->units[to])->kind == row->kind)
		to++;
	return to;
}

static size_t last_of_kind(const struct deeds *d, size_t from)
{
	enum kind kind = unit_row(d, &d->units[from])->kind;

	while (from < d->unit_count && unit_row(d, &d->units[from])->kind == kind)
		from++;
	return from;
}

static int run_stages(struct deeds *d, struct error *err)
{
	bool cache_checked = false, reached = false;

	for (size_t from = 0; from < d->unit_count && !reached;) {
		size_t to = stage_end(d, from);

		if (unit_row(d, &d->units[from])->kind == KIND_CACHE && !cache_checked) {
			/*
			 * Before build cache goes: its layers count in the engine's total, too,
			 * and the list below tells which of them no image holds any more.
			 */
			if (d->snap->api_minor >= API_CACHE_LIST)
				bytes_after_images(d, d->engine);
			if (check_caches(d, from, last_of_kind(d, from), err) < 0)
				return -1;
			cache_checked = true;
		}
		int rc = d->plan->free_target >= 0 ? space_run(d, from, to, &reached, err)
						   : deeds_run(d, from, to, err);
		if (rc < 0)
			return -1;
		from = to;
	}
	return 0;
}

/* --- After an interruption. */

static void settle(struct deeds *d, struct unit *unit, struct engine *engine)
{
	const struct plan_row *row = &d->plan->rows.items[unit->first + unit->at];
	struct error err = ERROR_INIT;
	scoped_json *json = NULL;
	char *why = NULL;

	if (row->kind == KIND_CACHE) {
		unit_end(d, unit, OUTCOME_NOT_DONE,
			 xstrdup("interrupted; not known whether it is gone"));
		return;
	}
	scoped_str path = row->action == ACTION_UNTAG ? engine_path("/images/%p/json", row->name)
						      : unit_inspect_path(row);
	int rc = engine_get(engine, path, "inspect", &json, &err);

	if ((rc < 0 && err.kind == ERROR_NOT_FOUND) ||
	    (rc == 0 && row->action == ACTION_UNTAG &&
	     check_reference(row, json, &why, &err) == 0 && why)) {
		/* Only this row: what comes after it was not begun. */
		struct unit alone = { .first = unit->first + unit->at, .count = 1 };

		unit_end(d, &alone, OUTCOME_REMOVED, NULL);
	} else if (rc < 0) {
		unit_end(d, unit, OUTCOME_NOT_DONE,
			 xasprintf("interrupted; not known whether it is gone: %s", err.text));
	} else {
		unit_end(d, unit, OUTCOME_NOT_DONE,
			 xstrdup("interrupted; the engine had not removed it yet"));
	}
	free(why);
}

/*
 * The engine handle is of no use once it was told to stop; what became of the deletes that were
 * under way then is asked over another, in little time.
 */
static void look_again(struct deeds *d)
{
	const struct engine_options options = {
		.answer_deadline = AFTERWARDS_DEADLINE,
		.connect_deadline = AFTERWARDS_DEADLINE,
	};
	struct error ignored = ERROR_INIT;
	struct engine *engine = NULL;

	if (engine_open(&engine, engine_endpoint(d->engine), &options, &ignored) < 0)
		return;
	for (size_t i = 0; i < d->unit_count; i++)
		if (d->units[i].unknown)
			settle(d, &d->units[i], engine);
	bytes_after_images(d, engine);
	engine_close(&engine);
}

static void deeds_init(struct deeds *d)
{
	d->result->count = d->plan->rows.count;
	d->result->rows = xcalloc(d->result->count + 1, sizeof(*d->result->rows));
	d->result->reclaimed = -1;
	d->cache_shared = xcalloc(d->result->count + 1, sizeof(*d->cache_shared));
	for (size_t i = 0; i < d->result->count; i++) {
		const struct plan_row *row = &d->plan->rows.items[i];

		d->cache_shared[i] = row->kind == KIND_CACHE &&
				     d->snap->caches.items[row->index].shared;
	}
	map_init(&d->caches);
	units_make(d);
	d->ready = xcalloc(d->unit_count + 1, sizeof(*d->ready));
}

static void deeds_release(struct deeds *d)
{
	for (size_t i = 0; i < d->unit_count; i++)
		unit_release(&d->units[i]);
	free(d->units);
	free(d->ready);
	free(d->cache_shared);
	map_release(&d->caches);
}

int apply(struct result *result, struct engine *engine, const struct snapshot *snap,
	  const struct plan *plan, const struct apply_options *options, struct error *err)
{
	struct deeds d = {
		.engine = engine,
		.snap = snap,
		.plan = plan,
		.options = options,
		.result = result,
		.fatal = ERROR_INIT,
		.layers_before = -1,
		.layers_freed = -1,
	};

	memset(result, 0, sizeof(*result));
	deeds_init(&d);
	bytes_before(&d, engine);
	int rc = cancel_requested(options->cancel) ? cancel_error(options->cancel, err)
						   : run_stages(&d, err);
	result->interrupted = rc < 0 && err->kind == ERROR_CANCELLED;
	if (result->interrupted)
		look_again(&d);
	else if (rc == 0)
		bytes_after_images(&d, engine);
	result->reclaimed = bytes_total(&d);
	deeds_release(&d);
	return rc;
}
