/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When images and volumes were last used, remembered across runs: one state file per engine,
 * $XDG_STATE_HOME/docker-hygiene/<engine id>.json, completed from the engine's own events since it
 * was written. What nobody saw (more than the engine's 256 buffered events ago, before the first
 * run) is not known, and is said so.
 */
#ifndef PLUGINS_HYGIENE_LASTUSE_H
#define PLUGINS_HYGIENE_LASTUSE_H

#include "common/client/engine.h"
#include "plugins/hygiene/snapshot.h"

struct lastuse_state {
	char *engine_id;
	int64_t events_until; /* engine's time up to which events were taken in; TIME_NONE: never */
	struct uses uses;
};

/* Pure: text of a state file and back. Errors: ERROR_INPUT. */
int lastuse_parse(struct lastuse_state *out, const char *text, size_t len,
		  struct error *err) must_check;
char *lastuse_format(const struct lastuse_state *state) must_check;
void lastuse_release(struct lastuse_state *state);

/*
 * Pure: takes one event in: containers' create, start, die, destroy; images' pull, tag, load,
 * import, push, save; volumes' mount, unmount. Names resolve against the snapshot (a container's
 * image through the container if it still exists, else by reference).
 */
void lastuse_take_event(struct uses *uses, const struct api_event *event,
			const struct snapshot *snap);
/* Pure: containers of the snapshot (running: now; stopped: start and finish), first_seen of all. */
void lastuse_take_snapshot(struct uses *uses, const struct snapshot *snap);
/* Pure: latest known use of an image or volume; TIME_NONE if none was ever seen. */
int64_t lastuse_of(const struct uses *uses, enum kind kind, const char *key);

/*
 * Reads the state, replays events since, merges into snap->uses. A state file that does not parse
 * is set aside (renamed, told in *note, owned or NULL), never trusted in part.
 */
int lastuse_load(struct snapshot *snap, struct engine *engine, char **note,
		 struct error *err) must_check;
/* Writes snap->uses for the objects that still exist, atomically. Called before anything is deleted. */
int lastuse_save(const struct snapshot *snap, struct error *err) must_check;

#endif
