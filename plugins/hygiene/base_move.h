/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Moving many tags to new images as one deed: all of them, or none. What an engine was asked is
 * read back; where one fails, those before it are put back to what they named, and those that named
 * nothing are taken away again.
 */
#ifndef PLUGINS_HYGIENE_BASE_MOVE_H
#define PLUGINS_HYGIENE_BASE_MOVE_H

#include "common/client/engine.h"

struct tag_move {
	char *repository; /* "registry.example/base/python" */
	char *tag;
	char *to;     /* ID of the image that it is to name */
	char *before; /* ID that it names now; NULL: nothing. Filled by tags_look() */
	bool moved;   /* by tags_move(), and not put back */
};
struct tag_moves {
	struct tag_move *items;
	size_t count, room;
};
void tag_moves_add(struct tag_moves *moves, const char *repository, const char *tag,
		   const char *to);
void tag_moves_release(struct tag_moves *moves);
#define scoped_tag_moves scoped(tag_moves_release) struct tag_moves

/* What each tag names now. */
int tags_look(struct engine *engine, struct tag_moves *moves, struct error *err) must_check;

/*
 * After tags_look(). On failure all are as they were, or the error says which are not. Not ended by
 * a signal between two of them: that is seconds at most.
 */
int tags_move(struct engine *engine, struct tag_moves *moves, struct error *err) must_check;

/* Whether one of them is moved: after a failure, one that could not be put back. */
bool tags_moved(const struct tag_moves *moves);

/* Takes a name from an image; the image stays as long as it has others. One that is not there is no
 * error. */
int tag_remove(struct engine *engine, const char *reference, struct error *err) must_check;
/* The ID that a reference names; *out NULL: there is none. Owned. */
int tag_id(struct engine *engine, const char *reference, char **out, struct error *err) must_check;

#endif
