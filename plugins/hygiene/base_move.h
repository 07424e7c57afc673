/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Moving many tags to new images as one deed: all of them, or none. What an engine was asked is
 * read back; where one fails, those before it are put back to what they named, and those that named
 * nothing are taken away again.
 */
#ifndef PLUGINS_HYGIENE_BASE_MOVE_H
#define PLUGINS_HYGIENE_BASE_MOVE_H

#include "common/client/engine.h"
#include "plugins/hygiene/tag_moves.h"

/* What each tag names now. */
int tags_look(struct engine *engine, struct tag_moves *moves, struct error *err) must_check;

/*
 * After tags_look(). On failure all are as they were, or the error says which are not. Not ended by
 * a signal between two of them: that is seconds at most.
 */
int tags_move(struct engine *engine, struct tag_moves *moves, struct error *err) must_check;

/* Takes a name from an image; the image stays as long as it has others. One that is not there is no
 * error. */
int tag_remove(struct engine *engine, const char *reference, struct error *err) must_check;
/* The ID that a reference names; *out NULL: there is none. Owned. */
int tag_id(struct engine *engine, const char *reference, char **out, struct error *err) must_check;

#endif
