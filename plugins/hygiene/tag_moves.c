/* SPDX-License-Identifier: Apache-2.0 */
#include "plugins/hygiene/tag_moves.h"

#include <stdlib.h>

#include "common/base/alloc.h"

void tag_moves_add(struct tag_moves *moves, const char *repository, const char *tag, const char *to)
{
	struct tag_move *move = array_add(moves);

	move->repository = xstrdup(repository);
	move->tag = xstrdup(tag);
	move->to = xstrdup(to);
}

void tag_moves_release(struct tag_moves *moves)
{
	for (size_t i = 0; i < moves->count; i++) {
		free(moves->items[i].repository);
		free(moves->items[i].tag);
		free(moves->items[i].to);
		free(moves->items[i].before);
	}
	free(moves->items);
	*moves = (struct tag_moves){ 0 };
}

bool tags_moved(const struct tag_moves *moves)
{
	for (size_t i = 0; i < moves->count; i++)
		if (moves->items[i].moved)
			return true;
	return false;
}
