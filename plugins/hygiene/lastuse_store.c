/* SPDX-License-Identifier: Apache-2.0 */
/* The state file on disk. */
#include "plugins/hygiene/lastuse.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/map.h"
#include "common/client/files.h"

#define STATE_LIMIT ((size_t)64 << 20)
#define STATE_MODE  0644 /* not secret; and a run as root must not lock out later ones */

static int state_path(const char *engine_id, char **dir, char **path, struct error *err)
{
	scoped_str name = lastuse_file_name(engine_id);

	if (dir_state(dir, "docker-hygiene", err) < 0)
		return -1;
	*path = xasprintf("%s/%s", *dir, name);
	return 0;
}

void lastuse_note(char **note, char *text)
{
	if (*note) {
		char *both = xasprintf("%s; %s", *note, text);

		free(text);
		text = both;
	}
	str_replace(note, text);
}

static void set_aside(const char *path, const struct error *cause, char **note)
{
	scoped_str aside = xasprintf("%s.bad", path);

	if (rename(path, aside) < 0)
		lastuse_note(note,
			     xasprintf("earlier last uses are not known: %s is no use (%s), and "
				       "cannot be set aside: %s",
				       path, cause->text, strerror(errno)));
	else
		lastuse_note(note,
			     xasprintf("earlier last uses are not known: %s is no use (%s), and "
				       "was set aside as %s",
				       path, cause->text, aside));
}

int lastuse_read(struct lastuse_state *out, const char *engine_id, char **note, struct error *err)
{
	struct lastuse_state state = { .events_until = TIME_NONE };
	scoped_str dir = NULL;
	scoped_str path = NULL;
	struct error bad = ERROR_INIT;
	scoped_buf text;

	buf_init(&text, STATE_LIMIT);
	if (state_path(engine_id, &dir, &path, err) < 0)
		return -1;
	if (file_read(path, STATE_LIMIT, &text, &bad) < 0) {
		if (bad.kind != ERROR_NOT_FOUND) {
			*err = bad;
			return -1;
		}
	} else if (lastuse_parse(&state, text.data, text.len, &bad) < 0) {
		set_aside(path, &bad, note);
	} else if (strcmp(state.engine_id, engine_id) != 0) {
		error_set(&bad, ERROR_INPUT, 0, "it is of engine %.100s", state.engine_id);
		lastuse_release(&state);
		state.events_until = TIME_NONE;
		set_aside(path, &bad, note);
	}
	*out = state;
	return 0;
}

static bool still_there(const struct use *use, const struct snapshot *snap,
			const struct map *images, const struct map *volumes)
{
	if (use->kind == KIND_IMAGE)
		return map_has(images, use->key);
	if (snap->has[KIND_VOLUME])
		return map_has(volumes, use->key);
	return time_diff(snap->now, time_max(use->last_used, use->first_seen)) < LASTUSE_UNLISTED;
}

/* Copies entries as they are: the keys stay the snapshot's. */
static void pick(struct uses *out, const struct snapshot *snap)
{
	scoped_map images;
	scoped_map volumes;

	map_init(&images);
	map_init(&volumes);
	for (size_t i = 0; i < snap->images.count; i++)
		map_put(&images, snap->images.items[i].id, i);
	for (size_t i = 0; i < snap->volumes.count; i++)
		map_put(&volumes, snap->volumes.items[i].name, i);
	for (size_t i = 0; i < snap->uses.count; i++)
		if (still_there(&snap->uses.items[i], snap, &images, &volumes)) {
			struct use *use = array_add(out);

			*use = snap->uses.items[i];
		}
}

int lastuse_save(const struct snapshot *snap, struct error *err)
{
	struct lastuse_state state = { .engine_id = snap->info.id,
				       .events_until = snap->events_until };
	scoped_str dir = NULL;
	scoped_str path = NULL;
	scoped_str text = NULL;

	if (state_path(snap->info.id, &dir, &path, err) < 0 || dir_make(dir, 0755, err) < 0)
		return -1;
	pick(&state.uses, snap);
	text = lastuse_format(&state);
	free(state.uses.items);
	return file_replace(path, text, strlen(text), STATE_MODE, err);
}
