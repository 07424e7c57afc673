/* SPDX-License-Identifier: Apache-2.0 */
/* One object from "is it still that?" to "gone", as steps of one request each. */
#include "plugins/hygiene/apply_parts.h"

#include <stdlib.h>
#include <string.h>

#include "common/codec/json.h"

#define MESSAGE 512

static bool same_object(const struct plan_row *a, const struct plan_row *b)
{
	return a->kind == b->kind && a->stage == b->stage && strcmp(a->id, b->id) == 0;
}

void units_make(struct deeds *d)
{
	const struct plan_rows *rows = &d->plan->rows;

	d->units = xcalloc(rows->count + 1, sizeof(*d->units));
	for (size_t i = 0; i < rows->count;) {
		struct unit *unit = &d->units[d->unit_count++];

		unit->first = i++;
		while (i < rows->count && rows->items[i - 1].action == ACTION_UNTAG &&
		       same_object(&rows->items[i - 1], &rows->items[i]))
			i++;
		unit->count = i - unit->first;
		if (unit_row(d, unit)->kind == KIND_CACHE)
			map_put(&d->caches, unit_row(d, unit)->id, unit->first);
	}
}

void unit_release(struct unit *unit)
{
	free_str(&unit->path);
	free_str(&unit->lost);
}

/* --- Requests. */

char *unit_inspect_path(const struct plan_row *row)
{
	switch (row->kind) {
	case KIND_CONTAINER:
		return engine_path("/containers/%p/json", row->id);
	case KIND_IMAGE:
		return engine_path("/images/%p/json", row->id);
	case KIND_VOLUME:
		return engine_path("/volumes/%p", row->id);
	case KIND_NETWORK:
		return engine_path("/networks/%p", row->id);
	case KIND_CACHE:
	case KIND_COUNT:
		break;
	}
	return NULL;
}

/* There is no call for one record; this pattern is the nearest to one. See is_word(). */
static char *cache_path(const struct plan_row *row)
{
	scoped_str filters = xasprintf("{\"id\":{\"^%s$\":true}}", row->id);

	return engine_path("/build/prune?all=1&filters=%p", filters);
}

/* By ID, or by the reference that is to be taken off. */
static char *image_delete_path(const struct deeds *d, const char *name)
{
	if (d->snap->libpod_delete)
		return libpod_delete_path(name);
	return engine_path("/images/%p?force=0&noprune=1", name);
}

static char *delete_path(const struct deeds *d, const struct plan_row *row)
{
	switch (row->kind) {
	case KIND_CONTAINER:
		return engine_path("/containers/%p?v=0&force=0", row->id);
	case KIND_IMAGE:
		return image_delete_path(d, row->id);
	case KIND_VOLUME:
		return engine_path("/volumes/%p?force=0", row->id);
	case KIND_NETWORK:
		return engine_path("/networks/%p", row->id);
	case KIND_CACHE:
		return cache_path(row);
	case KIND_COUNT:
		break;
	}
	return NULL;
}

static const struct plan_row *row_at(const struct deeds *d, const struct unit *unit)
{
	return &d->plan->rows.items[unit->first + unit->at];
}

static char *step_path(const struct deeds *d, const struct unit *unit)
{
	const struct plan_row *row = row_at(d, unit);

	switch (unit->step) {
	case STEP_USERS:
		return xstrdup("/containers/json?all=1");
	case STEP_UNTAG_CHECK:
		return engine_path("/images/%p/json", row->name);
	case STEP_UNTAG:
		return image_delete_path(d, row->name);
	case STEP_DELETE:
		return delete_path(d, row);
	case STEP_VERIFY:
		if (row->action == ACTION_UNTAG)
			return engine_path("/images/%p/json", row->name);
		break;
	case STEP_INSPECT:
	case STEP_INSPECT_AGAIN:
	case STEP_DONE:
		break;
	}
	return unit_inspect_path(row);
}

static bool deletes(const struct unit *unit)
{
	return unit->step == STEP_UNTAG || unit->step == STEP_DELETE;
}

void unit_request(struct deeds *d, struct unit *unit, struct engine_request *request)
{
	str_replace(&unit->path, step_path(d, unit));
	request->method = "GET";
	request->path = unit->path;
	if (deletes(unit)) {
		request->method = row_at(d, unit)->kind == KIND_CACHE ? "POST" : "DELETE";
		request->deadline = APPLY_DELETE_DEADLINE;
	}
}

/* --- Outcomes. */

static void row_end(struct deeds *d, size_t row, enum outcome outcome, const char *reason)
{
	struct result_row *result = &d->result->rows[row];

	if (result->outcome != OUTCOME_NOT_DONE)
		return;
	result->outcome = outcome;
	str_replace(&result->reason, xstrdup_null(reason));
	d->result->removed += outcome == OUTCOME_REMOVED;
	d->result->skipped += outcome == OUTCOME_SKIPPED;
	d->result->failed += outcome == OUTCOME_FAILED;
	if (d->options->progress && outcome != OUTCOME_NOT_DONE)
		d->options->progress(d->options->progress_ctx, &d->plan->rows.items[row], outcome);
}

void unit_end(struct deeds *d, struct unit *unit, enum outcome outcome, char *reason)
{
	scoped_str text = reason;

	for (size_t i = 0; i < unit->count; i++)
		row_end(d, unit->first + i, outcome, text);
	unit->step = STEP_DONE;
}

/* Words of letters and digits, as BuildKit makes its IDs, mean themselves in a pattern. */
static bool is_word(const char *id)
{
	size_t len = 0;

	while ((id[len] >= '0' && id[len] <= '9') || (id[len] >= 'a' && id[len] <= 'z') ||
	       (id[len] >= 'A' && id[len] <= 'Z'))
		len++;
	return len > 0 && id[len] == '\0';
}

void unit_start(struct deeds *d, struct unit *unit)
{
	if (unit_row(d, unit)->kind != KIND_CACHE)
		unit->step = STEP_INSPECT;
	else if (is_word(unit_row(d, unit)->id))
		unit->step = STEP_DELETE;
	else
		unit_end(d, unit, OUTCOME_FAILED, xstrdup("its ID cannot be asked for exactly"));
}

static void fail(struct deeds *d, struct unit *unit, const struct error *err)
{
	unit_end(d, unit, OUTCOME_FAILED, xstrdup(err->text));
}

/* The row that was worked on is done; the unit goes on with the next, or is done. */
static void advance(struct deeds *d, struct unit *unit)
{
	row_end(d, unit->first + unit->at, OUTCOME_REMOVED, NULL);
	if (++unit->at >= unit->count)
		unit->step = STEP_DONE;
	else
		unit->step = row_at(d, unit)->action == ACTION_UNTAG ? STEP_UNTAG_CHECK
								     : STEP_INSPECT_AGAIN;
}

/* --- Answers. */

/* After a check that found nothing changed. */
static void go_on(const struct deeds *d, struct unit *unit)
{
	bool image_with_tags = unit->count > 1;
	bool network = unit_row(d, unit)->kind == KIND_NETWORK;

	switch (unit->step) {
	case STEP_INSPECT:
		unit->step = image_with_tags || network ? STEP_USERS : STEP_DELETE;
		break;
	case STEP_USERS:
		unit->step = image_with_tags ? STEP_UNTAG_CHECK : STEP_DELETE;
		break;
	case STEP_UNTAG_CHECK:
		unit->step = STEP_UNTAG;
		break;
	default:
		unit->step = STEP_DELETE;
		break;
	}
}

static int check(struct deeds *d, const struct unit *unit, const json_t *json, char **why,
		 struct error *err)
{
	switch (unit->step) {
	case STEP_USERS:
		return check_users(d->snap, unit_row(d, unit), json, why, err);
	case STEP_UNTAG_CHECK:
		return check_reference(row_at(d, unit), json, why, err);
	case STEP_INSPECT_AGAIN:
		return check_remaining(d, unit, json, why, err);
	default:
		return check_inspect(d->snap, unit_row(d, unit), json, why, err);
	}
}

static void take_check(struct deeds *d, struct unit *unit, const struct engine_reply *reply)
{
	scoped_json *json = NULL;
	struct error err = ERROR_INIT;
	char *why = NULL;

	if (engine_reply_json(reply, "inspect", &json, &err) < 0) {
		if (err.kind == ERROR_NOT_FOUND)
			unit_end(d, unit, OUTCOME_SKIPPED,
				 unit->step == STEP_UNTAG_CHECK
					 ? xasprintf("%s is gone since the plan",
						     row_at(d, unit)->name)
					 : xstrdup("already gone"));
		else
			fail(d, unit, &err);
		return;
	}
	if (check(d, unit, json, &why, &err) < 0)
		fail(d, unit, &err);
	else if (why)
		unit_end(d, unit, OUTCOME_SKIPPED, why);
	else
		go_on(d, unit);
}

/* Networks say 403 where others say 409. */
static bool says_in_use(const struct deeds *d, int status, const char *message)
{
	return status == 409 || (status == 403 && strstr(message, "active endpoints")) ||
	       (status == 500 && d->snap->podman && podman_says_in_use(message));
}

static void take_refusal(struct deeds *d, struct unit *unit, int status, const char *message)
{
	if (status == 404)
		unit_end(d, unit, OUTCOME_SKIPPED, xstrdup("already gone"));
	else if (status == 409 && strstr(message, "already in progress"))
		unit_end(d, unit, OUTCOME_SKIPPED, xstrdup("the engine is removing it already"));
	else if (says_in_use(d, status, message))
		unit_end(d, unit, OUTCOME_SKIPPED, xasprintf("in use since the plan: %s", message));
	else
		unit_end(d, unit, OUTCOME_FAILED, xstrdup(message));
}

static bool engine_gone(const struct error *err)
{
	return err->kind == ERROR_UNREACHABLE || err->kind == ERROR_TIMEOUT;
}

static void halt(struct deeds *d, const struct error *err)
{
	if (!error_is_set(&d->fatal))
		d->fatal = *err;
}

static void lose_delete(struct deeds *d, struct unit *unit, const struct error *err)
{
	if (err->kind == ERROR_TIMEOUT || row_at(d, unit)->kind == KIND_CACHE) {
		if (engine_gone(err))
			halt(d, err);
		unit_end(d, unit, OUTCOME_FAILED,
			 xasprintf("%s; not known whether it is gone", err->text));
		return;
	}
	str_replace(&unit->lost, xstrdup(err->text));
	unit->step = STEP_VERIFY;
	unit->retried = false;
}

/* The answer cannot be read: whether it is gone is looked up. */
static void take_libpod(struct deeds *d, struct unit *unit, const struct engine_reply *reply)
{
	struct libpod_answer answer;
	struct error err = ERROR_INIT;
	scoped_json *json = NULL;

	if (engine_reply_json(reply, "image removal", &json, &err) < 0 ||
	    libpod_answer_parse(&answer, json, &err) < 0)
		lose_delete(d, unit, &err);
	else if (answer.status == 200)
		advance(d, unit);
	else
		take_refusal(d, unit, answer.status, answer.message);
}

static void take_cache(struct deeds *d, struct unit *unit, const struct engine_reply *reply)
{
	scoped_json *json = NULL;
	struct error err = ERROR_INIT;
	char *why = NULL;

	if (engine_reply_json(reply, "build prune", &json, &err) < 0 ||
	    check_cache_reply(d, row_at(d, unit), json, &why, &err) < 0) {
		fail(d, unit, &err);
		/* An engine that deletes what it was not asked for is asked for nothing more. */
		if (err.kind == ERROR_CONFLICT)
			d->fatal = err;
	} else if (why) {
		unit_end(d, unit, OUTCOME_SKIPPED, why);
	} else {
		advance(d, unit);
	}
}

static void take_delete(struct deeds *d, struct unit *unit, const struct engine_reply *reply)
{
	bool done = (reply->status >= 200 && reply->status < 300) || reply->status == 304;

	if (!done) {
		char room[MESSAGE];

		take_refusal(d, unit, reply->status,
			     engine_reply_message(reply, room, sizeof(room)));
		return;
	}
	if (row_at(d, unit)->kind == KIND_CACHE) {
		take_cache(d, unit, reply);
		return;
	}
	if (row_at(d, unit)->kind == KIND_IMAGE && d->snap->libpod_delete) {
		take_libpod(d, unit, reply);
		return;
	}
	if (row_at(d, unit)->kind == KIND_IMAGE && unit->step == STEP_DELETE) {
		struct error ignored = ERROR_INIT;
		scoped_json *json = NULL;

		/* It is gone whatever the answer's text looks like. */
		if (engine_reply_json(reply, "image delete", &json, &ignored) == 0)
			bytes_take_deleted(d, row_at(d, unit), json);
	}
	advance(d, unit);
}

static void take_verify(struct deeds *d, struct unit *unit, const struct engine_reply *reply)
{
	const struct plan_row *row = row_at(d, unit);
	scoped_json *json = NULL;
	struct error err = ERROR_INIT;
	char *why = NULL;

	if (reply->status == 404) {
		advance(d, unit);
		return;
	}
	if (engine_reply_json(reply, "inspect", &json, &err) < 0) {
		unit_end(d, unit, OUTCOME_FAILED,
			 xasprintf("%s; not known whether it is gone: %s", unit->lost, err.text));
		return;
	}
	if (row->action == ACTION_UNTAG && check_reference(row, json, &why, &err) == 0 && why) {
		free(why);
		advance(d, unit);
		return;
	}
	unit_end(d, unit, OUTCOME_FAILED, xasprintf("%s; it is still there", unit->lost));
}

/* --- No answer. */

static void take_no_answer(struct deeds *d, struct unit *unit, const struct error *err)
{
	if (err->kind == ERROR_CANCELLED) {
		/* Left as it is: not done, or looked at again once all has ended. */
		unit->unknown = deletes(unit) || unit->step == STEP_VERIFY;
		unit->step = STEP_DONE;
	} else if (deletes(unit)) {
		lose_delete(d, unit, err);
	} else if (!unit->retried && err->kind != ERROR_TIMEOUT) {
		/* An engine may close a kept-alive connection at any time. */
		unit->retried = true;
	} else if (unit->step == STEP_VERIFY) {
		if (engine_gone(err))
			halt(d, err);
		unit_end(d, unit, OUTCOME_FAILED,
			 xasprintf("%s; not known whether it is gone", unit->lost));
	} else if (engine_gone(err)) {
		halt(d, err);
		unit->step = STEP_DONE;
	} else {
		fail(d, unit, err);
	}
}

void unit_reply(struct deeds *d, struct unit *unit, const struct engine_reply *reply)
{
	if (error_is_set(&reply->err))
		take_no_answer(d, unit, &reply->err);
	else if (deletes(unit))
		take_delete(d, unit, reply);
	else if (unit->step == STEP_VERIFY)
		take_verify(d, unit, reply);
	else
		take_check(d, unit, reply);
}
