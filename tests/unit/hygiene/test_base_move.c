/* SPDX-License-Identifier: Apache-2.0 */
/* Many tags as one deed, on an engine that fails where a row says. */
#include "tests/unit/suite.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "plugins/hygiene/base_move.h"
#include "tests/unit/client/scratch.h"
#include "tests/unit/client/server.h"

/* --- an engine that knows the tags r:a, r:b, r:c, in memory that its processes share */

#define TAGS 3
struct world {
	char ids[TAGS][16]; /* "": no such tag */
	int posts, deletes;
	int fails;     /* number of the POST that fails, from 1; 0: none */
	bool lies;     /* it says that it was done, and does nothing */
	bool then_too; /* every POST and DELETE after that one fails, too */
};
static struct world *world;
static struct server server;
static struct engine *engine;

static char *answer(const char *status, const char *body)
{
	return xasprintf("HTTP/1.1 %s\r\nContent-Length: %zu\r\n\r\n%s", status, strlen(body),
			 body);
}

static bool is_broken(void)
{
	return world->fails &&
	       (world->posts == world->fails || (world->then_too && world->posts > world->fails));
}

/* "POST /v1.41/images/ID/tag?repo=r&tag=X HTTP/1.1" */
static char *make_post(const struct server_seen *seen)
{
	const char *tag = strstr(seen->last, "&tag=");
	char id[16] = "";

	ck_assert_ptr_nonnull(tag);
	ck_assert_int_eq(sscanf(strstr(seen->last, "/images/"), "/images/%15[^/]/tag", id), 1);
	world->posts++;
	if (is_broken() && !world->lies)
		return answer("500 Internal Server Error", "{\"message\":\"no more\"}");
	if (!is_broken())
		memcpy(world->ids[tag[5] - 'a'], id, sizeof(id));
	return answer("201 Created", "");
}

/* "... r%3Aa/json HTTP/1.1": the letter before `end`. */
static size_t tag_before(const struct server_seen *seen, const char *end)
{
	const char *at = strstr(seen->last, end);

	ck_assert_ptr_nonnull(at);
	return (size_t)(at[-1] - 'a');
}

static char *make_get(const struct server_seen *seen)
{
	const char *id = world->ids[tag_before(seen, "/json")];
	scoped_str body = xasprintf("{\"Id\":\"%s\"}", id);

	return *id ? answer("200 OK", body)
		   : answer("404 Not Found", "{\"message\":\"no such image\"}");
}

static char *make_delete(const struct server_seen *seen)
{
	char *id = world->ids[tag_before(seen, "?noprune=1")];

	world->deletes++;
	if (world->then_too)
		return answer("409 Conflict", "{\"message\":\"in use\"}");
	if (!*id)
		return answer("404 Not Found", "{\"message\":\"no such image\"}");
	*id = '\0';
	return answer("200 OK", "[]");
}

static const struct route routes[] = {
	{ .request = "POST /v1.41/images/", .make = make_post },
	{ .request = "GET /v1.41/images/", .make = make_get },
	{ .request = "DELETE /v1.41/images/", .make = make_delete },
	ROUTES_END,
};

static void begin(void)
{
	struct error err = ERROR_INIT;

	scratch_make();
	world = mmap(NULL, sizeof(*world), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		     0);
	ck_assert_ptr_ne(world, MAP_FAILED);
	server_start(&server, routes, false);
	ck_assert_int_eq(open_engine(&engine, server.address, NULL, &err), 0);
}

static void end(void)
{
	engine_close(&engine);
	server_stop(&server);
	munmap(world, sizeof(*world));
	scratch_remove();
}

/* --- moving */

static const struct {
	const char *before[TAGS];
	const char *to[TAGS];
	int fails;
	bool lies, then_too;
	bool fine;
	const char *after[TAGS];
	const char *told[2]; /* what the error says */
	const char *why;
} rows[] = {
	{ { "1", "2", "" },
	  { "x", "y", "z" },
	  0,
	  false,
	  false,
	  true,
	  { "x", "y", "z" },
	  { NULL },
	  "all of them" },
	{ { "x", "2", "z" },
	  { "x", "y", "z" },
	  1,
	  true,
	  false,
	  false,
	  { "x", "2", "z" },
	  { "r:b" },
	  "only one has to move, and is said to have" },
	{ { "1", "2", "3" },
	  { "x", "y", "z" },
	  2,
	  false,
	  false,
	  false,
	  { "1", "2", "3" },
	  { "no more" },
	  "the one before it is put back" },
	{ { "", "", "" },
	  { "x", "y", "z" },
	  3,
	  false,
	  false,
	  false,
	  { "", "", "" },
	  { "no more" },
	  "what was not there is taken away again" },
	{ { "1", "", "3" },
	  { "x", "y", "z" },
	  3,
	  true,
	  false,
	  false,
	  { "1", "", "3" },
	  { "it names 3" },
	  "read back: it names what it did" },
	{ { "1", "2", "3" },
	  { "x", "y", "z" },
	  3,
	  false,
	  true,
	  false,
	  { "x", "y", "3" },
	  { "r:a could not be put back", "it was 1" },
	  "what cannot be put back is named" },
	{ { "", "2", "3" },
	  { "x", "y", "z" },
	  2,
	  false,
	  true,
	  false,
	  { "x", "2", "3" },
	  { "r:a could not be put back", "it was not there" },
	  "nor taken away" },
};

START_TEST(all_or_nothing)
{
	scoped_tag_moves moves = { 0 };
	struct error err = ERROR_INIT;

	world->fails = rows[_i].fails;
	world->lies = rows[_i].lies;
	world->then_too = rows[_i].then_too;
	for (size_t i = 0; i < TAGS; i++) {
		char tag[2] = { (char)('a' + i), '\0' };

		snprintf(world->ids[i], sizeof(world->ids[i]), "%s", rows[_i].before[i]);
		tag_moves_add(&moves, "r", tag, rows[_i].to[i]);
	}
	ck_assert_int_eq(tags_look(engine, &moves, &err), 0);
	for (size_t i = 0; i < TAGS; i++)
		ck_assert_str_eq(moves.items[i].before ? moves.items[i].before : "",
				 rows[_i].before[i]);
	int rc = tags_move(engine, &moves, &err);

	ck_assert_msg((rc == 0) == rows[_i].fine, "%s: %s", rows[_i].why, err.text);
	for (size_t i = 0; i < TAGS; i++)
		ck_assert_msg(strcmp(world->ids[i], rows[_i].after[i]) == 0, "%s: %zu names '%s'",
			      rows[_i].why, i, world->ids[i]);
	for (size_t i = 0; i < TAGS; i++)
		ck_assert_msg(moves.items[i].moved ==
				      (strcmp(rows[_i].before[i], world->ids[i]) != 0),
			      "%s: %zu", rows[_i].why, i);
	ck_assert_int_eq(tags_moved(&moves), rows[_i].fine || rows[_i].then_too);
	for (size_t i = 0; i < 2 && rows[_i].told[i]; i++)
		ck_assert_msg(strstr(err.text, rows[_i].told[i]) != NULL, "%s: %s", rows[_i].why,
			      err.text);
}
END_TEST

/* What names the image already is not asked for. */
START_TEST(leaves_what_is_right)
{
	scoped_tag_moves moves = { 0 };
	struct error err = ERROR_INIT;

	strcpy(world->ids[0], "x");
	tag_moves_add(&moves, "r", "a", "x");
	ck_assert_int_eq(tags_look(engine, &moves, &err), 0);
	ck_assert_int_eq(tags_move(engine, &moves, &err), 0);
	ck_assert_int_eq(world->posts, 0);
	ck_assert(!moves.items[0].moved);
}
END_TEST

START_TEST(removes_names)
{
	struct error err = ERROR_INIT;

	strcpy(world->ids[0], "x");
	ck_assert_int_eq(tag_remove(engine, "r:a", &err), 0);
	ck_assert_str_eq(world->ids[0], "");
	ck_assert_int_eq(tag_remove(engine, "r:a", &err), 0);
	ck_assert(!error_is_set(&err));
	world->then_too = true;
	ck_assert_int_eq(tag_remove(engine, "r:a", &err), -1);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("base_move");
	TCase *tc = tcase_create("base_move");

	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_loop_test(tc, all_or_nothing, 0, array_len(rows));
	tcase_add_test(tc, leaves_what_is_right);
	tcase_add_test(tc, removes_names);
	suite_add_tcase(s, tc);
	return s;
}
