/* SPDX-License-Identifier: Apache-2.0 */
/* Which images stand on what lost its tags; worlds as text (base_world.h). */
#include "tests/unit/suite.h"

#include <stdio.h>
#include <string.h>

#include "common/base/buf.h"
#include "common/codec/reference.h"
#include "plugins/hygiene/base_standers.h"
#include "tests/unit/hygiene/base_world.h"

#define IMAGES 5
/* Moves are "N>REPO:TAG": the tag moves away from the Nth image (from 1); "x>": from nothing; with
 * "=N": to that one.
 * Recipes: co/base, co/lang (on it), and the dependent co/app. */
static const struct {
	const char *images[IMAGES];
	const char *moves;
	const char *want; /* "IMAGE on BASE" with ", " between; "!" behind a dependent */
	const char *why;
} rows[] = {
	{ { "co/base:latest;ab;N=co/base:latest B=1", "mine:1;abc;N=co/base:latest B=1" },
	  "1>co/base:latest",
	  "mine:1 on co/base:latest",
	  "it has its layers, and its stamp" },
	{ { "co/base:latest;ab", "mine:1;abc" },
	  "1>co/base:latest",
	  "mine:1 on co/base:latest",
	  "the old one was somebody else's" },
	{ { "co/base:latest;ab;N=co/base:latest B=1", "os:1;ab", "mine:1;abc" },
	  "1>co/base:latest",
	  "",
	  "it would have inherited the stamp: both stand on the same" },
	{ { "co/base:latest;ab", "mine:1;ac" }, "1>co/base:latest", "", "other layers" },
	{ { "co/base:latest;ab", "mine:1;a" }, "1>co/base:latest", "", "what it stood on itself" },
	{ { "co/base:latest;ab", "mine:1;ab" },
	  "1>co/base:latest",
	  "",
	  "the same layers, without a stamp: who knows" },
	{ { "co/base:latest;ab;N=co/base:latest B=1", "mine:1;ab;N=co/base:latest B=1" },
	  "1>co/base:latest",
	  "mine:1 on co/base:latest",
	  "only another command" },
	{ { "co/base:latest;ab;N=co/base:latest B=2", "co/base:2026.01;abc;N=co/base:latest B=1" },
	  "1>co/base:latest",
	  "",
	  "an earlier build" },
	{ { "co/base:latest;ab;N=co/base:latest B=2", "co/base:debug;abc;N=co/base:latest B=2" },
	  "1>co/base:latest",
	  "co/base:debug on co/base:latest",
	  "its neighbour is no build of it" },
	{ { "co/base:latest;ab", "mine:1;abc" }, "x>co/base:latest", "", "nothing lost the tag" },
	{ { "co/base:latest;ab", ";abc" }, "1>co/base:latest", "", "what has no name" },
	{ { "co/base:latest;a;N=co/base:latest B=1", "co/lang:latest;ab;N=co/lang:latest B=1",
	    "mine:1;abc;N=co/lang:latest B=1" },
	  "1>co/base:latest 2>co/lang:latest",
	  "mine:1 on co/lang:latest",
	  "the nearest; lang itself moved" },
	{ { "co/base:latest;a;N=co/base:latest B=1", "co/lang:latest;ab;N=co/lang:latest B=1",
	    "mine:1;abc;N=co/lang:latest B=1" },
	  "2>co/lang:latest 1>co/base:latest",
	  "mine:1 on co/lang:latest",
	  "in any order" },
	{ { "co/base:latest;a;N=co/base:latest B=1",
	    "co/lang:latest co/lang:2026.01;ab;N=co/lang:latest B=1" },
	  "1>co/base:latest 2>co/lang:latest",
	  "",
	  "a build of this file that keeps a tag" },
	{ { "co/base:latest;a;N=co/base:latest B=1", "co/app:latest;ab;N=co/app:latest B=1" },
	  "1>co/base:latest",
	  "co/app:latest! on co/base:latest",
	  "a dependent of the file" },
	{ { "co/base:latest;a;N=co/base:latest B=1", "co/app:latest;ab" },
	  "1>co/base:latest 2>co/app:latest",
	  "",
	  "a name that was moved in the same run" },
	{ { "co/base:latest;a", "co/app:latest co/app:1;ab" },
	  "1>co/base:latest 2>co/app:latest",
	  "co/app:1 on co/base:latest",
	  "another name is left" },
	{ { "co/base:latest;a", "b:2 b:latest b:1;ab" },
	  "1>co/base:latest",
	  "b:latest on co/base:latest",
	  "one of many names" },
	{ { "co/base:latest;ab", "docker-hygiene-base:t1-2-0;abc", "mine:1;abc" },
	  "1>co/base:latest=2",
	  "mine:1 on co/base:latest",
	  "what was built in the same run, of the same layers and more" },
	{ { "docker.io/co/base:latest;a", "docker.io/co/app:latest;ab" },
	  "1>co/base:latest 2>co/app:latest",
	  "",
	  "names as Podman lists them" },
};

static void add_recipe(struct recipes *recipes, const char *name, bool dependent)
{
	struct error err = ERROR_INIT;
	scoped_reference ref = { 0 };
	struct recipe *recipe = array_add(recipes);

	ck_assert_int_eq(reference_parse(name, &ref, &err), 0);
	recipe->name = xstrdup(name);
	recipe->full = reference_full_name(&ref);
	recipe->dependent = dependent;
	strings_add(&recipe->tags, "latest");
	strings_add(&recipe->tags, "%G.%V");
}

static void add_moves(struct tag_moves *moves, const struct api_images *images, const char *text)
{
	scoped_str copy = xstrdup(text);
	char *rest = copy, *word;

	while ((word = strsep(&rest, " "))) {
		char *tag = strrchr(word, ':');

		*tag++ = '\0';
		char *to = strchr(tag, '=');

		if (to)
			*to++ = '\0';
		tag_moves_add(moves, word + 2, tag,
			      to ? images->items[*to - '1'].id : "sha256:new");
		struct tag_move *move = &moves->items[moves->count - 1];

		move->moved = true;
		if (*word != 'x')
			move->before = xstrdup(images->items[*word - '1'].id);
	}
}

static char *as_text(const struct base_standers *list)
{
	struct buf out;

	buf_init(&out, 1 << 12);
	for (size_t i = 0; i < list->count; i++)
		buf_fmt(&out, "%s%s%s on %s", i ? ", " : "", list->items[i].image,
			list->items[i].dependent ? "!" : "", list->items[i].base);
	return buf_take(&out);
}

START_TEST(finds)
{
	scoped(base_standers_release) struct base_standers found = { 0 };
	scoped(api_images_release) struct api_images images = { 0 };
	scoped_tag_moves moves = { 0 };
	scoped_recipes recipes = { 0 };

	for (size_t i = 0; i < IMAGES && rows[_i].images[i]; i++)
		world_image(&images, rows[_i].images[i]);
	add_recipe(&recipes, "co/base", false);
	add_recipe(&recipes, "co/lang", false);
	add_recipe(&recipes, "co/app", true);
	add_moves(&moves, &images, rows[_i].moves);
	base_standers_find(&found, &images, &moves, &recipes);
	scoped_str text = as_text(&found);

	ck_assert_msg(strcmp(text, rows[_i].want) == 0, "%s: '%s'", rows[_i].why, text);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("base_standers");
	TCase *tc = tcase_create("base_standers");

	tcase_add_loop_test(tc, finds, 0, array_len(rows));
	suite_add_tcase(s, tc);
	return s;
}
