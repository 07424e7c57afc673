/* SPDX-License-Identifier: Apache-2.0 */
/* The state of last uses, completed from the engine's events since it was written. */
#include "plugins/hygiene/lastuse.h"

#include <stdlib.h>
#include <string.h>

#define EVENTS_DEADLINE  (10 * NSEC_PER_SEC)
/*
 * Podman reads its events from a journal without end; Docker keeps 256 in memory, of all types
 * together (moby, daemon/events/events.go: eventsLimit).
 */
#define DOCKER_EVENTS    256
#define PODMAN_LOOK_BACK NSEC_PER_DAY
#define EVENTS_MAX       20000
#define EVENT_TYPES      "{\"type\":[\"container\",\"image\",\"volume\"]}"

struct replay {
	struct uses *uses;
	const struct snapshot *snap;
	size_t count;
	int64_t oldest; /* TIME_NONE: none was read */
};

/* An event that we cannot read tells us nothing; those after it may. */
static int take_event(void *ctx, const json_t *document)
{
	struct replay *replay = ctx;
	struct error quiet = ERROR_INIT;
	struct api_event event;

	memset(&event, 0, sizeof(event));
	if (api_event_parse(document, &event, &quiet) == 0) {
		lastuse_take_event(replay->uses, &event, replay->snap);
		if (event.time != TIME_NONE &&
		    (replay->oldest == TIME_NONE || event.time < replay->oldest))
			replay->oldest = event.time;
		api_event_release(&event);
	}
	return ++replay->count >= EVENTS_MAX;
}

static char *events_path(const struct snapshot *snap, int64_t since)
{
	int64_t second = NSEC_PER_SEC;
	scoped_str from = xasprintf("%lld.%09lld", (long long)(since / second),
				    (long long)(since % second));
	scoped_str to = xasprintf("%lld.%09lld", (long long)(snap->now / second),
				  (long long)(snap->now % second));

	/*
	 * Podman (libpod/events/logfile.go) stops reading its file at a random place when until is
	 * over, and has stream=false for what Docker has until.
	 */
	if (snap->podman)
		return engine_path("/events?since=%p&stream=false&filters=%p", from, EVENT_TYPES);
	/* All types: whether the memory was full shows only in all that it holds. */
	return engine_path("/events?since=%p&until=%p", from, to);
}

/*
 * From where to replay. An engine whose clock was ahead once has left a time in its future: all
 * that it remembers is replayed then.
 */
static int64_t since_when(const struct snapshot *snap, int64_t until)
{
	if (until != TIME_NONE && until >= 0 && until <= snap->now)
		return until;
	if (snap->podman)
		return time_max(snap->now - PODMAN_LOOK_BACK, 0);
	return NSEC_PER_SEC; /* 0 would mean: no replay */
}

/*
 * A memory that is full of what is younger than the last run has lost what came before. More than
 * it is known to hold: another engine, of which this is not known.
 */
static struct lastuse_gap gap_before(const struct replay *replay, int64_t until)
{
	bool lost = !replay->snap->podman && until != TIME_NONE && until >= 0 &&
		    replay->count == DOCKER_EVENTS && replay->oldest != TIME_NONE &&
		    replay->oldest > until;

	return lost ? (struct lastuse_gap){ until, replay->oldest }
		    : (struct lastuse_gap){ TIME_NONE, TIME_NONE };
}

static int replay_events(struct snapshot *snap, struct uses *uses, struct engine *engine,
			 struct lastuse_gap *gap, char **note, struct error *err)
{
	struct replay replay = { .uses = uses, .snap = snap, .oldest = TIME_NONE };
	scoped_str path = events_path(snap, since_when(snap, snap->events_until));
	struct error failed = ERROR_INIT;

	if (engine_stream(engine, path, EVENTS_DEADLINE, take_event, &replay, &failed) == 0) {
		*gap = gap_before(&replay, snap->events_until);
		snap->events_until = snap->now;
		return 0;
	}
	if (failed.kind == ERROR_CANCELLED || failed.kind == ERROR_UNREACHABLE) {
		*err = failed;
		return -1;
	}
	lastuse_note(
		note,
		xasprintf("uses between runs may be missing, since the engine did not tell its "
			  "events: %s",
			  failed.text));
	return 0;
}

/*
 * A use in the future was noted while the engine's clock was ahead. What is certain is that it was
 * not after now; left as it is, it would protect its object for as long as the clock was wrong.
 */
static void clamp(struct uses *uses, int64_t now)
{
	for (size_t i = 0; i < uses->count; i++) {
		struct use *use = &uses->items[i];

		if (use->last_used > now)
			use->last_used = now;
		if (use->arrived > now)
			use->arrived = now;
	}
}

int lastuse_load(struct snapshot *snap, struct engine *engine, struct lastuse_gap *gap, char **note,
		 struct error *err)
{
	scoped_lastuse_state state = { .events_until = TIME_NONE };
	struct lastuse_gap lost = { TIME_NONE, TIME_NONE };
	scoped_str told = NULL;

	if (lastuse_read(&state, snap->info.id, &told, err) < 0)
		return -1;
	clamp(&state.uses, snap->now);
	snap->events_until = state.events_until;
	if (replay_events(snap, &state.uses, engine, &lost, &told, err) < 0)
		return -1;
	lastuse_take_snapshot(&state.uses, snap);
	uses_release(&snap->uses);
	snap->uses = state.uses;
	memset(&state.uses, 0, sizeof(state.uses));
	*gap = lost;
	*note = take_ptr(told);
	return 0;
}
