/* SPDX-License-Identifier: Apache-2.0 */
/* The end of the helper's container, and what others left behind. */
#include <stdlib.h>
#include <string.h>

#include "common/codec/api.h"
#include "common/codec/json.h"
#include "common/codec/printable.h"
#include "plugins/timesync/session_internal.h"

#define STATUS_DEADLINE (2 * NSEC_PER_SEC)
#define NEVER_STARTED   (10 * NSEC_PER_MIN)
#define SWEEP_DEADLINE  (3 * NSEC_PER_SEC) /* nobody waits for it */

static int call(struct engine *engine, const char *method, const char *path, int64_t deadline,
		json_t **answer, struct error *err)
{
	const struct engine_request request = {
		.method = method,
		.path = path,
		.deadline = deadline,
	};

	return engine_call(engine, &request, "the engine's answer", answer, err);
}

static bool is_gone(const struct error *err)
{
	return err->kind == ERROR_NOT_FOUND;
}

/* Removed by the engine itself, once the helper has ended. */
static int await_removal(struct session *s, struct engine *engine, struct error *err)
{
	scoped_str path = engine_path("/containers/%p/wait?condition=removed",
				      session_container(s));
	scoped_json *answer = NULL;

	if (call(engine, "POST", path, SESSION_GONE_DEADLINE, &answer, err) == 0 || is_gone(err))
		return 0;
	return -1;
}

static int force_removal(struct session *s, struct engine *engine, struct error *err)
{
	scoped_str path = engine_path("/containers/%p?force=1", session_container(s));
	scoped_json *answer = NULL;

	/* 409: the engine is at it. */
	if (call(engine, "DELETE", path, SESSION_GONE_DEADLINE, &answer, err) == 0 ||
	    is_gone(err) || err->kind == ERROR_CONFLICT)
		return 0;
	return -1;
}

static bool remove_by(struct session *s, struct engine *engine, bool *cancelled)
{
	struct error err = ERROR_INIT;

	if (s->started && await_removal(s, engine, &err) == 0)
		return true;
	*cancelled = err.kind == ERROR_CANCELLED;
	if (*cancelled)
		return false;
	error_clear(&err);
	if (force_removal(s, engine, &err) == 0)
		return true;
	*cancelled = err.kind == ERROR_CANCELLED;
	return false;
}

/* A client that was told to stop sends nothing more, but what we made has to go: one that nobody
 * can stop does that. */
static void remove_after_cancel(struct session *s)
{
	const struct engine_options options = {
		.user_agent = "docker-timesync",
		/* Who stands still now may still be connected to, and is asked three times. */
		.connect_deadline = 1 * NSEC_PER_SEC,
		.answer_deadline = SESSION_GONE_DEADLINE,
	};
	struct error ignored = ERROR_INIT;
	scoped_engine *engine = NULL;
	bool cancelled;

	if (engine_open(&engine, engine_endpoint(s->engine), &options, &ignored) == 0)
		(void)!remove_by(s, engine, &cancelled);
}

void session_remove(struct session *s)
{
	bool cancelled = false;

	if (s->asked && !remove_by(s, s->engine, &cancelled) && cancelled)
		remove_after_cancel(s);
	s->asked = s->started = false;
}

/* *status: -1 if nobody knows it any more; the engine removes the container with it. */
static void exit_status(struct session *s, int64_t *status)
{
	scoped_str path = engine_path("/containers/%p/wait", session_container(s));
	struct error ignored = ERROR_INIT;
	scoped_json *answer = NULL;

	*status = -1;
	if (call(s->engine, "POST", path, STATUS_DEADLINE, &answer, &ignored) < 0)
		return;
	const json_t *code = json_object_get(answer, "StatusCode");

	if (json_is_integer(code))
		*status = json_integer_value(code);
}

static const char *exit_text(int64_t status)
{
	switch (status) {
	case WIRE_EXIT_PROTO:
		return " (it did not understand what reached it)";
	case WIRE_EXIT_IO:
		return " (it could not read or write)";
	case WIRE_EXIT_PATIENT:
		return " (it heard nothing for too long)";
	default:
		return "";
	}
}

void session_ended(struct session *s, struct error *err)
{
	scoped_str said = NULL;
	int64_t status;

	if (s->attach) {
		const char *text = attach_stderr(s->attach);

		said = xstrndup(text, strcspn(text, "\r\n"));
	}
	exit_status(s, &status);
	error_clear(err);
	error_set(err, ERROR_UNREACHABLE, 0, "the helper ended");
	if (status >= 0)
		error_hint(err, "its exit status is %lld%s", (long long)status, exit_text(status));
	if (said && *said) {
		char room[PRINTABLE_SHORT];

		error_hint(err, "it said: %s", printable_short(room, said));
	}
}

/*
 * Created long ago, by the engine's clock and by that of the machine which created it: clocks here
 * are set all the time, and one that was just set makes old what was created a second ago.
 */
static bool is_old(const struct api_container *c, int64_t engine_now, int64_t host_now)
{
	const char *label = api_label_get(&c->labels, SESSION_LABEL);
	int64_t asked_for = strtoll(label, NULL, 10);

	return c->created != TIME_NONE && engine_now != TIME_NONE &&
	       time_diff(engine_now, c->created) > NEVER_STARTED &&
	       host_now / NSEC_PER_SEC - asked_for > NEVER_STARTED / NSEC_PER_SEC;
}

static bool is_stray(const struct api_container *c, int64_t engine_now, int64_t host_now)
{
	switch (c->state) {
	case API_CONTAINER_EXITED:
	case API_CONTAINER_DEAD:
		return true;
	case API_CONTAINER_CREATED:
		return is_old(c, engine_now, host_now);
	default:
		return false;
	}
}

static int sweep_one(struct engine *engine, const char *id, size_t *removed, struct error *err)
{
	scoped_str path = engine_path("/containers/%p", id);
	scoped_json *answer = NULL;

	if (call(engine, "DELETE", path, SWEEP_DEADLINE, &answer, err) == 0) {
		++*removed;
		return 0;
	}
	/* Gone meanwhile, or started: both are well. */
	if (!is_gone(err) && err->kind != ERROR_CONFLICT)
		return -1;
	error_clear(err);
	return 0;
}

int session_sweep(struct engine *engine, int64_t engine_now, int64_t host_now, size_t *removed,
		  struct error *err)
{
	scoped_str path = engine_path("/containers/json?all=1&filters=%p",
				      "{\"label\":[\"" SESSION_LABEL "\"]}");
	struct api_containers list scoped(api_containers_release) = { 0 };
	scoped_json *json = NULL;
	size_t count = 0;

	if (call(engine, "GET", path, SWEEP_DEADLINE, &json, err) < 0 ||
	    api_containers_parse(json, &list, err) < 0)
		return error_wrap(err, "looking for helpers that were left");
	for (size_t i = 0; i < list.count; i++) {
		const struct api_container *c = &list.items[i];

		/* Whatever the engine makes of the filter: only what is ours. */
		if (api_label_get(&c->labels, SESSION_LABEL) && is_stray(c, engine_now, host_now) &&
		    sweep_one(engine, c->id, &count, err) < 0)
			return error_wrap(err, "removing a helper that was left");
	}
	*removed = count;
	return 0;
}
