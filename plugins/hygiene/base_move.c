/* SPDX-License-Identifier: Apache-2.0 */
#include "plugins/hygiene/base_move.h"

#include <string.h>

#include "common/base/alloc.h"
#include "common/codec/json.h"

int tag_id(struct engine *engine, const char *reference, char **out, struct error *err)
{
	scoped_str path = engine_path("/images/%p/json", reference);
	scoped_json *json = NULL;
	const char *id;

	if (engine_get(engine, path, "image", &json, err) < 0) {
		if (err->kind != ERROR_NOT_FOUND)
			return -1;
		error_clear(err);
		*out = NULL;
		return 0;
	}
	struct json_place root = json_root(json, "image");

	if (json_need_string(&root, "Id", &id, err) < 0)
		return -1;
	*out = xstrdup(id);
	return 0;
}

int tag_remove(struct engine *engine, const char *reference, struct error *err)
{
	scoped_str path = engine_path("/images/%p?noprune=1", reference);
	const struct engine_request request = { .method = "DELETE", .path = path };

	if (engine_call(engine, &request, "image", NULL, err) == 0)
		return 0;
	if (err->kind != ERROR_NOT_FOUND)
		return -1;
	error_clear(err);
	return 0;
}

static char *name_of(const struct tag_move *move)
{
	return xasprintf("%s:%s", move->repository, move->tag);
}

int tags_look(struct engine *engine, struct tag_moves *moves, struct error *err)
{
	for (size_t i = 0; i < moves->count; i++) {
		scoped_str name = name_of(&moves->items[i]);
		char *id = NULL;

		if (tag_id(engine, name, &id, err) < 0)
			return error_wrap(err, "%s", name);
		str_replace(&moves->items[i].before, id);
	}
	return 0;
}

/* Points the tag to that image, and sees that it does. */
static int point(struct engine *engine, const struct tag_move *move, const char *to,
		 struct error *err)
{
	scoped_str path = engine_path("/images/%p/tag?repo=%p&tag=%p", to, move->repository,
				      move->tag);
	const struct engine_request request = { .method = "POST", .path = path };
	scoped_str name = name_of(move);
	scoped_str now = NULL;

	if (engine_call(engine, &request, name, NULL, err) < 0)
		return error_wrap(err, "tag");
	if (tag_id(engine, name, &now, err) < 0)
		return error_wrap(err, "tag %s", name);
	if (!now || strcmp(now, to) != 0)
		return error_set(err, ERROR_CONFLICT, 0,
				 "tag %s: the engine says that it was done, but it names %s", name,
				 now ? now : "nothing");
	return 0;
}

static int put_back(struct engine *engine, const struct tag_move *move, struct error *err)
{
	scoped_str name = name_of(move);

	return move->before ? point(engine, move, move->before, err)
			    : tag_remove(engine, name, err);
}

/* What fails may have been done, and what was never moved need not be put back. */
static bool is_as_before(struct engine *engine, const struct tag_move *move)
{
	scoped_str name = name_of(move);
	struct error ignored = ERROR_INIT;
	scoped_str now = NULL;

	if (tag_id(engine, name, &now, &ignored) < 0)
		return false;
	return now && move->before ? strcmp(now, move->before) == 0 : now == move->before;
}

/* The last first, as they came. */
static void put_all_back(struct engine *engine, struct tag_moves *moves, size_t count,
			 struct error *err)
{
	for (size_t i = count; i-- > 0;) {
		struct tag_move *move = &moves->items[i];
		struct error again = ERROR_INIT;
		scoped_str name = name_of(move);

		if (!move->moved)
			continue;
		move->moved = put_back(engine, move, &again) < 0 && !is_as_before(engine, move);
		if (move->moved)
			error_hint(err, "%s could not be put back (%s): it was %s", name,
				   again.text, move->before ? move->before : "not there");
	}
}

int tags_move(struct engine *engine, struct tag_moves *moves, struct error *err)
{
	for (size_t i = 0; i < moves->count; i++) {
		struct tag_move *move = &moves->items[i];

		if (move->before && strcmp(move->before, move->to) == 0)
			continue;
		move->moved = true;
		if (point(engine, move, move->to, err) < 0) {
			/* That one may or may not have moved. */
			put_all_back(engine, moves, i + 1, err);
			return -1;
		}
	}
	return 0;
}
