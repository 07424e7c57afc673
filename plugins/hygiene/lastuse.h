/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When images and volumes were last used, remembered across runs: one state file per engine,
 * $XDG_STATE_HOME/docker-hygiene/engine-<id>.json, completed from the engine's own events since it
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
int lastuse_parse(struct lastuse_state *out, const char *text, size_t len, struct error *err)
	must_check;
char *lastuse_format(const struct lastuse_state *state) must_check;
void lastuse_release(struct lastuse_state *state);
#define scoped_lastuse_state scoped(lastuse_release) struct lastuse_state

/* Pure: the state file's name for an engine ID, which comes from outside. Owned. */
char *lastuse_file_name(const char *engine_id) must_check;

/*
 * Pure: takes one event in. A use is: containers' create, start, die, destroy; images' push and
 * save; volumes' mount and unmount. An arrival is images' pull, tag, load and import: the engine
 * itself remembers it only for images with a tag. Names resolve against the snapshot (a container's
 * image through the container if it still exists, else by reference); what does not resolve is left
 * out.
 */
void lastuse_take_event(struct uses *uses, const struct api_event *event,
			const struct snapshot *snap);
/*
 * Pure: containers of the snapshot (running: now; stopped: creation, start and finish) as uses of
 * their images and volumes, and first_seen of all images and volumes.
 */
void lastuse_take_snapshot(struct uses *uses, const struct snapshot *snap);
/* Pure: latest known use of an image or volume; TIME_NONE if none was ever seen. */
int64_t lastuse_of(const struct uses *uses, enum kind kind, const char *key);
/* Pure: the entry, NULL if there is none. Borrowed until uses change. */
const struct use *lastuse_find(const struct uses *uses, enum kind kind, const char *key);
/* Pure: the entry, made (with no times) if there is none. */
struct use *lastuse_need(struct uses *uses, enum kind kind, const char *key);
/* Pure: puts appended items in order; of twins the latest use counts. */
void lastuse_sort(struct uses *uses);

/*
 * The state as it is on disk, empty if there is none. A file that does not parse, or is another
 * engine's, is set aside (renamed to *.bad, told in *note), never trusted in part. *note is owned,
 * NULL at the start. Errors: it cannot be read (ERROR_DENIED, ERROR_IO, ERROR_LIMIT).
 */
int lastuse_read(struct lastuse_state *out, const char *engine_id, char **note, struct error *err)
	must_check;
/* Puts one more sentence into a note. Owns text. */
void lastuse_note(char **note, char *text);

/* Engine's times between which it has forgotten its events; both TIME_NONE: none that we know of.
 */
struct lastuse_gap {
	int64_t from, to;
};

/*
 * Reads the state, replays events since, merges into snap->uses. Events that the engine does not
 * give are no error, and told in *note; *gap: what it has forgotten since the state was written.
 * Errors: as lastuse_read(), the engine is gone, ERROR_CANCELLED.
 */
int lastuse_load(struct snapshot *snap, struct engine *engine, struct lastuse_gap *gap, char **note,
		 struct error *err) must_check;
/*
 * Writes snap->uses for the objects that still exist, atomically. Called before anything is
 * deleted. Volumes that were not listed are remembered for LASTUSE_UNLISTED after their last use.
 */
#define LASTUSE_UNLISTED (400 * NSEC_PER_DAY)
int lastuse_save(const struct snapshot *snap, struct error *err) must_check;

#endif
