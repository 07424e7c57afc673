/* SPDX-License-Identifier: Apache-2.0 */
/* Tags that are to name other images, and what has become of it (base_move.h). */
#ifndef PLUGINS_HYGIENE_TAG_MOVES_H
#define PLUGINS_HYGIENE_TAG_MOVES_H

#include <stdbool.h>
#include <stddef.h>

#include "common/base/attr.h"

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

/* Whether one of them is moved: after a failure, one that could not be put back. */
bool tags_moved(const struct tag_moves *moves);

#endif
