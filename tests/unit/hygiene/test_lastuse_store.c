/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/suite.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/client/files.h"
#include "plugins/hygiene/lastuse.h"

#define NOW (1000 * NSEC_PER_DAY)

static char home[64];

static void set_up(void)
{
	snprintf(home, sizeof(home), "/tmp/test_lastuse.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(home));
	setenv("XDG_STATE_HOME", home, 1);
}

static void tear_down(void)
{
	static const char *const names[] = { "docker-hygiene/engine-E-1.json",
					     "docker-hygiene/engine-E-1.json.bad", "docker-hygiene",
					     "" };

	for (size_t i = 0; i < array_len(names); i++) {
		scoped_str path = xasprintf("%s/%s", home, names[i]);

		chmod(path, 0700);
		remove(path);
	}
	ck_assert_int_ne(access(home, F_OK), 0);
}

static char *state_file(void)
{
	return xasprintf("%s/docker-hygiene/engine-E-1.json", home);
}

static void put_file(const char *text)
{
	scoped_str dir = xasprintf("%s/docker-hygiene", home);
	scoped_str path = state_file();
	struct error err = ERROR_INIT;

	ck_assert_int_eq(dir_make(dir, 0700, &err), 0);
	ck_assert_msg(file_replace(path, text, strlen(text), 0600, &err) == 0, "%s", err.text);
}

static void fill(struct snapshot *snap)
{
	snapshot_init(snap);
	snap->info.id = xstrdup("E:1");
	snap->now = NOW;
	snap->events_until = NOW;
	((struct api_image *)array_add(&snap->images))->id = xstrdup("here");
	((struct api_volume *)array_add(&snap->volumes))->name = xstrdup("listed");
	lastuse_need(&snap->uses, KIND_IMAGE, "here")->last_used = 5;
	lastuse_need(&snap->uses, KIND_IMAGE, "gone")->last_used = NOW;
	lastuse_need(&snap->uses, KIND_VOLUME, "listed")->last_used = 7;
	lastuse_need(&snap->uses, KIND_VOLUME, "fresh")->last_used = NOW - NSEC_PER_DAY;
	lastuse_need(&snap->uses, KIND_VOLUME, "old")->first_seen = NOW - LASTUSE_UNLISTED;
}

/* Uses of what is gone are forgotten; volumes that nobody listed may well be there. */
START_TEST(saves)
{
	struct snapshot snap;
	scoped_lastuse_state state = { 0 };
	struct error err = ERROR_INIT;
	scoped_str note = NULL;

	fill(&snap);
	snap.has[KIND_VOLUME] = _i == 1;
	ck_assert_msg(lastuse_save(&snap, &err) == 0, "%s", err.text);
	ck_assert_msg(lastuse_read(&state, "E:1", &note, &err) == 0, "%s", err.text);
	ck_assert_ptr_null(note);
	ck_assert_int_eq(state.events_until, NOW);
	ck_assert_int_eq(lastuse_of(&state.uses, KIND_IMAGE, "here"), 5);
	ck_assert_ptr_null(lastuse_find(&state.uses, KIND_IMAGE, "gone"));
	ck_assert_ptr_null(lastuse_find(&state.uses, KIND_VOLUME, "old"));
	ck_assert((lastuse_find(&state.uses, KIND_VOLUME, "fresh") != NULL) == (_i == 0));
	ck_assert_int_eq(lastuse_of(&state.uses, KIND_VOLUME, "listed"), _i == 1 ? 7 : TIME_NONE);
	snapshot_release(&snap);
}
END_TEST

START_TEST(first_time)
{
	scoped_lastuse_state state = { 0 };
	struct error err = ERROR_INIT;
	scoped_str note = NULL;

	ck_assert_int_eq(lastuse_read(&state, "E:1", &note, &err), 0);
	ck_assert_ptr_null(note);
	ck_assert_int_eq(state.events_until, TIME_NONE);
	ck_assert_uint_eq(state.uses.count, 0);
}
END_TEST

static const struct {
	const char *text, *why;
} bad[] = {
	{ "{\"version\":1,\"engine_id\":\"E:1\",\"images\":{\"a\":{}", "a file that was cut" },
	{ "{\"version\":1,\"engine_id\":\"F\",\"images\":{\"a\":{}}}", "another engine's" },
};

START_TEST(sets_aside)
{
	scoped_lastuse_state state = { 0 };
	struct error err = ERROR_INIT;
	scoped_str note = NULL;
	scoped_str path = state_file();
	scoped_str aside = xasprintf("%s.bad", path);

	put_file(bad[_i].text);
	ck_assert_msg(lastuse_read(&state, "E:1", &note, &err) == 0, "%s", err.text);
	ck_assert_msg(note && strstr(note, aside), "%s: %s", bad[_i].why, note);
	ck_assert_msg(state.uses.count == 0 && !state.engine_id, "%s", bad[_i].why);
	ck_assert_int_eq(state.events_until, TIME_NONE);
	ck_assert_msg(access(path, F_OK) != 0 && access(aside, F_OK) == 0, "%s", bad[_i].why);
}
END_TEST

START_TEST(unreadable)
{
	struct lastuse_state state = { .events_until = 5 };
	struct error err = ERROR_INIT;
	scoped_str note = NULL;
	scoped_str path = state_file();

	put_file("");
	ck_assert_int_eq(remove(path), 0);
	ck_assert_int_eq(mkdir(path, 0700), 0);
	ck_assert_int_eq(lastuse_read(&state, "E:1", &note, &err), -1);
	ck_assert(error_is_set(&err) && err.kind != ERROR_NOT_FOUND);
	ck_assert_int_eq(state.events_until, 5);
}
END_TEST

/* What cannot be written is told, and what was there stays. */
START_TEST(unwritable)
{
	struct snapshot snap;
	struct error err = ERROR_INIT;
	scoped_str in_the_way = xasprintf("%s/docker-hygiene", home);
	struct stat st;

	ck_assert_int_eq(close(creat(in_the_way, 0600)), 0);
	fill(&snap);
	ck_assert_int_eq(lastuse_save(&snap, &err), -1);
	ck_assert(error_is_set(&err));
	ck_assert(stat(in_the_way, &st) == 0 && S_ISREG(st.st_mode));
	snapshot_release(&snap);
}
END_TEST

START_TEST(notes)
{
	scoped_str note = NULL;

	lastuse_note(&note, xstrdup("one"));
	ck_assert_str_eq(note, "one");
	lastuse_note(&note, xstrdup("two"));
	ck_assert_str_eq(note, "one; two");
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("lastuse_store");
	TCase *tc = tcase_create("files");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_loop_test(tc, saves, 0, 2);
	tcase_add_test(tc, first_time);
	tcase_add_loop_test(tc, sets_aside, 0, (int)array_len(bad));
	tcase_add_test(tc, unreadable);
	tcase_add_test(tc, unwritable);
	tcase_add_test(tc, notes);
	suite_add_tcase(s, tc);
	return s;
}
