/* SPDX-License-Identifier: Apache-2.0 */
/* What counts as another input, and what does not. */
#include "tests/unit/suite.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "plugins/hygiene/base_inputs.h"
#include "tests/unit/client/scratch.h"

/* The files of each test: a.txt, b.txt, sub/c, and link -> a.txt. */
static void begin(void)
{
	scratch_make();
	scratch_write("a.txt", "a", 0644);
	scratch_write("b.txt", "b", 0644);
	scratch_write("sub/c", "c", 0644);
	scoped_str link = scratch_path("link");

	ck_assert_int_eq(symlink("a.txt", link), 0);
}

/* inputs: with blanks between. */
static int hash_of(char **out, const char *inputs, const char *dockerfile, struct error *err)
{
	char target[] = "t";
	struct recipe recipe = { .target = target };
	struct recipe_place place = { .context = xstrdup(scratch_dir()) };
	scoped_str words = xstrdup(inputs);
	scoped_buf text = { 0 };
	char *rest = words, *word;

	buf_init(&text, 1 << 16);
	buf_str(&text, dockerfile);
	while ((word = strsep(&rest, " ")))
		if (*word)
			strings_add(&recipe.inputs, word);
	int rc = base_inputs_hash(out, &recipe, &place, &text, err);

	strings_release(&recipe.inputs);
	recipe_place_release(&place);
	return rc;
}

static char *hash(const char *inputs)
{
	struct error err = ERROR_INIT;
	char *out = NULL;

	ck_assert_msg(hash_of(&out, inputs, "FROM x\n", &err) == 0, "%s", err.text);
	ck_assert_uint_eq(strlen(out), 64);
	return out;
}

/* --- what is done to the files between two looks */

static void nothing(void)
{
}

static void touch(void)
{
	const struct timespec times[2] = { { 1, 0 }, { 1, 0 } };
	const char *names[] = { "a.txt", "b.txt", "sub", "sub/c" };

	for (size_t i = 0; i < array_len(names); i++) {
		scoped_str path = scratch_path(names[i]);

		ck_assert_int_eq(utimensat(AT_FDCWD, path, times, 0), 0);
	}
}

static void write_a(void)
{
	scratch_write("a.txt", "A", 0644);
}

static void write_c(void)
{
	scratch_write("sub/c", "C", 0644);
}

static void add_below(void)
{
	scratch_write("sub/deep/d", "", 0644);
}

static void add_text(void)
{
	scratch_write("new.txt", "", 0644);
}

static void set_mode(const char *name, mode_t mode)
{
	scoped_str path = scratch_path(name);

	ck_assert_int_eq(chmod(path, mode), 0);
}

static void executable(void)
{
	set_mode("a.txt", 0744);
}

static void read_only(void)
{
	set_mode("a.txt", 0400);
}

static void relink(void)
{
	scoped_str link = scratch_path("link");

	ck_assert_int_eq(unlink(link), 0);
	ck_assert_int_eq(symlink("b.txt", link), 0);
}

static void link_to_file(void)
{
	scoped_str link = scratch_path("link");

	ck_assert_int_eq(unlink(link), 0);
	scratch_write("link", "a", 0644);
}

static void swap(void)
{
	scratch_write("a.txt", "b", 0644);
	scratch_write("b.txt", "a", 0644);
}

static void rename_a(void)
{
	scoped_str a = scratch_path("a.txt");
	scoped_str z = scratch_path("z.txt");

	ck_assert_int_eq(rename(a, z), 0);
}

static void loop(void)
{
	scoped_str link = scratch_path("sub/again");

	ck_assert_int_eq(symlink("..", link), 0);
}

static const struct {
	const char *inputs;
	void (*deed)(void);
	const char *then; /* inputs of the second look; NULL: the same */
	bool same;
	const char *why;
} rows[] = {
	{ "a.txt", nothing, NULL, true, "twice the same" },
	{ "*.txt sub link", touch, NULL, true, "times do not count" },
	{ "*.txt", read_only, NULL, true, "whether it can be written does not count" },
	{ "a.txt", executable, NULL, false, "the executable bit does" },
	{ "a.txt", write_a, NULL, false, "content" },
	{ "b.txt", write_a, NULL, true, "of what is no input" },
	{ "sub", write_c, NULL, false, "content below a directory" },
	{ "sub", add_below, NULL, false, "a file deeper down, that is empty" },
	{ "sub", loop, NULL, false, "a link that leads out is a link" },
	{ "*.txt", add_text, NULL, false, "a file that a pattern finds now" },
	{ "*.txt", rename_a, NULL, false, "another name" },
	{ "a.txt b.txt", swap, NULL, false, "what is in which file" },
	{ "link", relink, NULL, false, "where a link leads" },
	{ "link", write_a, NULL, true, "not what it leads to" },
	{ "link", link_to_file, NULL, false, "a file in place of a link" },
	{ "a.txt b.txt", nothing, "b.txt a.txt", true, "the order of patterns" },
	{ "a.txt b.txt", nothing, "*.txt", true, "a pattern or its files" },
	{ "a.txt", nothing, "a.txt *.txt b.txt", false, "one file more" },
	{ "*.txt", nothing, "*.txt a.txt [ab].txt", true, "a file that two patterns name" },
	{ "", nothing, "*.none", true, "a pattern that finds nothing" },
	{ "sub/c", nothing, "sub", true, "a directory is all that is below it" },
};

START_TEST(changes)
{
	scoped_str before = hash(rows[_i].inputs);

	rows[_i].deed();
	scoped_str after = hash(rows[_i].then ? rows[_i].then : rows[_i].inputs);

	ck_assert_msg((strcmp(before, after) == 0) == rows[_i].same, "%s", rows[_i].why);
}
END_TEST

static const struct {
	const char *inputs;
	enum error_kind kind;
	const char *text;
} refused[] = {
	{ "nowhere", ERROR_NOT_FOUND, "nowhere is not there" },
	{ "a.txt sub/no", ERROR_NOT_FOUND, "sub/no is not there" },
	{ "pipe", ERROR_INPUT, "no file and no directory" },
};

START_TEST(refuses)
{
	struct error err = ERROR_INIT;
	scoped_str pipe = scratch_path("pipe");
	char *out = NULL;

	ck_assert_int_eq(mkfifo(pipe, 0600), 0);
	ck_assert_int_eq(hash_of(&out, refused[_i].inputs, "", &err), -1);
	ck_assert_ptr_null(out);
	ck_assert_int_eq(err.kind, refused[_i].kind);
	ck_assert_ptr_nonnull(strstr(err.text, refused[_i].text));
}
END_TEST

/* The folder's own name is no pattern, and counts for nothing. */
START_TEST(folder_with_odd_name)
{
	static const char *const folders[] = { "plain", "odd [x]*\\" };
	char *hashes[array_len(folders)] = { NULL };

	scratch_write("plain/in/a", "1", 0644);
	scratch_write("odd [x]*\\/in/a", "1", 0644);
	scratch_write("odd x/in/b", "2", 0644);
	for (size_t i = 0; i < array_len(folders); i++) {
		struct recipe recipe = { 0 };
		struct recipe_place place = { .context = scratch_path(folders[i]) };
		struct error err = ERROR_INIT;
		scoped_buf text = { 0 };

		buf_init(&text, 16);
		strings_add(&recipe.inputs, "in/*");
		ck_assert_int_eq(base_inputs_hash(&hashes[i], &recipe, &place, &text, &err), 0);
		strings_release(&recipe.inputs);
		recipe_place_release(&place);
	}
	ck_assert_str_eq(hashes[0], hashes[1]);
	free(hashes[0]);
	free(hashes[1]);
}
END_TEST

/* Nothing that is put together can be read in two ways. */
START_TEST(recipe_counts)
{
	static const struct {
		const char *target, *key, *value, *dockerfile;
	} recipes[] = {
		{ NULL, NULL, NULL, "FROM x" }, { "t", NULL, NULL, "FROM x" },
		{ NULL, "t", "", "FROM x" },    { NULL, "a", "b", "FROM x" },
		{ NULL, "ab", "", "FROM x" },   { NULL, "a", "b", "FROM y" },
		{ NULL, "", "ab", "FROM x" },   { NULL, NULL, NULL, "FROM x\n" },
		{ "a", "b", "", "FROM x" },     { NULL, NULL, NULL, "" },
	};
	char *hashes[array_len(recipes)];

	for (size_t i = 0; i < array_len(recipes); i++) {
		struct recipe recipe = { .target = xstrdup_null(recipes[i].target) };
		struct recipe_place place = { .context = xstrdup(scratch_dir()) };
		struct error err = ERROR_INIT;
		scoped_buf text = { 0 };

		buf_init(&text, 1 << 10);
		buf_str(&text, recipes[i].dockerfile);
		if (recipes[i].key) {
			struct recipe_arg *arg = array_add(&recipe.args);

			*arg = (struct recipe_arg){ xstrdup(recipes[i].key),
						    xstrdup(recipes[i].value) };
		}
		ck_assert_int_eq(base_inputs_hash(&hashes[i], &recipe, &place, &text, &err), 0);
		for (size_t j = 0; j < i; j++)
			ck_assert_msg(strcmp(hashes[i], hashes[j]) != 0, "%zu and %zu", i, j);
		for (size_t k = 0; k < recipe.args.count; k++) {
			free(recipe.args.items[k].key);
			free(recipe.args.items[k].value);
		}
		free(recipe.args.items);
		free(recipe.target);
		recipe_place_release(&place);
	}
	for (size_t i = 0; i < array_len(recipes); i++)
		free(hashes[i]);
}
END_TEST

START_TEST(places)
{
	static const struct {
		const char *context, *dockerfile, *full_context, *full_dockerfile;
	} cases[] = {
		{ ".", "Dockerfile", "/f/.", "/f/./Dockerfile" },
		{ "python", "../D", "/f/python", "/f/python/../D" },
		{ "/srv/x", "D", "/srv/x", "/srv/x/D" },
		{ "x", "/srv/D", "/f/x", "/srv/D" },
	};

	for (size_t i = 0; i < array_len(cases); i++) {
		scoped_str context = xstrdup(cases[i].context);
		scoped_str dockerfile = xstrdup(cases[i].dockerfile);
		const struct recipe recipe = { .context = context, .dockerfile = dockerfile };
		scoped_recipe_place place = { 0 };

		recipe_place(&place, &recipe, "/f");
		ck_assert_str_eq(place.context, cases[i].full_context);
		ck_assert_str_eq(place.dockerfile, cases[i].full_dockerfile);
	}
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("base_inputs");
	TCase *tc = tcase_create("base_inputs");

	tcase_add_checked_fixture(tc, begin, scratch_remove);
	tcase_add_loop_test(tc, changes, 0, array_len(rows));
	tcase_add_loop_test(tc, refuses, 0, array_len(refused));
	tcase_add_test(tc, folder_with_odd_name);
	tcase_add_test(tc, recipe_counts);
	tcase_add_test(tc, places);
	suite_add_tcase(s, tc);
	return s;
}
