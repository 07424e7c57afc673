/* SPDX-License-Identifier: Apache-2.0 */
/* config.json as a file: links, modes, what is no file, and others who write it. */
#include "tests/unit/suite.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "credhelper/config_file.h"
#include "tests/unit/client/scratch.h"

#define TEXT "{\"credsStore\":\"pass\",\"auths\":{}}"

static json_t *changed(const struct config_file *file)
{
	json_t *root = json_deep_copy(file->doc.root);

	config_set(root, "credsStore", json_string("pushgate"));
	return root;
}

static int replace(const struct config_file *file, struct error *err)
{
	json_t *root = changed(file);
	int failed = config_file_replace(file, root, err);

	json_decref(root);
	return failed;
}

static size_t entries(void)
{
	scoped_str command = xasprintf("ls -A '%s' | wc -l", scratch_dir());
	FILE *pipe = popen(command, "r");
	size_t count = 0;

	ck_assert_int_eq(fscanf(pipe, "%zu", &count), 1);
	pclose(pipe);
	return count;
}

static mode_t mode_of(const char *name)
{
	scoped_str path = scratch_path(name);
	struct stat st;

	ck_assert_int_eq(stat(path, &st), 0);
	return st.st_mode & 07777;
}

#define NEW "{\n\t\"credsStore\": \"pushgate\",\n\t\"auths\": {}\n}"

START_TEST(replaces)
{
	struct error err = ERROR_INIT;
	scoped_config_file file;

	scratch_write("config.json", TEXT, 0640);
	ck_assert_msg(config_file_read(&file, scratch_dir(), &err) == 0, "%s", err.text);
	ck_assert(file.there && file.mode == 0640);
	umask(0777);
	ck_assert_msg(replace(&file, &err) == 0, "%s", err.text);
	umask(022);
	scoped_str now = scratch_read("config.json");

	ck_assert_str_eq(now, NEW);
	ck_assert_uint_eq(mode_of("config.json"), 0640);
	ck_assert_uint_eq(entries(), 1);
	/* It is not what was read any more. */
	ck_assert_int_eq(replace(&file, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_CONFLICT);
}
END_TEST

START_TEST(keeps_a_link)
{
	struct error err = ERROR_INIT;
	scoped_str link = scratch_path("config.json");
	scoped_config_file file;
	struct stat st;

	scratch_write("dots/docker.json", TEXT, 0600);
	ck_assert_int_eq(symlink("dots/docker.json", link), 0);
	ck_assert_int_eq(config_file_read(&file, scratch_dir(), &err), 0);
	ck_assert_msg(replace(&file, &err) == 0, "%s", err.text);
	scoped_str now = scratch_read("dots/docker.json");

	ck_assert_str_eq(now, NEW);
	ck_assert(lstat(link, &st) == 0 && S_ISLNK(st.st_mode));
	ck_assert_uint_eq(mode_of("dots/docker.json"), 0600);
}
END_TEST

START_TEST(makes_it)
{
	struct error err = ERROR_INIT;
	scoped_config_file file;

	ck_assert_int_eq(config_file_read(&file, scratch_dir(), &err), 0);
	ck_assert(!file.there);
	ck_assert_msg(replace(&file, &err) == 0, "%s", err.text);
	ck_assert_uint_eq(mode_of("config.json"), 0600);
	/* Somebody has made it meanwhile. */
	ck_assert_int_eq(replace(&file, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_CONFLICT);
}
END_TEST

/* Each is what somebody else does between reading and replacing. */
static void other_bytes(void)
{
	scratch_write("config.json", TEXT " ", 0600);
}
static void other_mode(void)
{
	scoped_str path = scratch_path("config.json");

	ck_assert_int_eq(chmod(path, 0644), 0);
}
static void other_file(void)
{
	scoped_str path = scratch_path("config.json");

	ck_assert_int_eq(unlink(path), 0);
	scratch_write("elsewhere", TEXT, 0600);
	ck_assert_int_eq(symlink("elsewhere", path), 0);
}
static void no_file(void)
{
	scoped_str path = scratch_path("config.json");

	ck_assert_int_eq(unlink(path), 0);
}
static void (*const meanwhile[])(void) = { other_bytes, other_mode, other_file, no_file };

START_TEST(sees_others)
{
	struct error err = ERROR_INIT;
	scoped_config_file file;

	scratch_write("config.json", TEXT, 0600);
	ck_assert_int_eq(config_file_read(&file, scratch_dir(), &err), 0);
	meanwhile[_i]();
	size_t before = entries();

	ck_assert_int_eq(replace(&file, &err), -1);
	ck_assert_msg(err.kind == ERROR_CONFLICT, "%s", err.text);
	ck_assert_uint_eq(entries(), before);
}
END_TEST

/* --- What is no configuration. */

static void make_list(const char *path unused_arg)
{
	scratch_write("config.json", "[1]", 0600);
}
static void make_secret(const char *path unused_arg)
{
	scratch_write("config.json", "{\"auths\":{\"r\":{\"auth\":\"geheim\" x", 0600);
}
static void make_directory(const char *path)
{
	ck_assert_int_eq(mkdir(path, 0700), 0);
}
static void make_pipe(const char *path)
{
	ck_assert_int_eq(mkfifo(path, 0600), 0);
}
static void make_loop(const char *path)
{
	ck_assert_int_eq(symlink(path, path), 0);
}
static void make_nowhere(const char *path)
{
	ck_assert_int_eq(symlink("nowhere", path), 0);
}
static void make_huge(const char *path)
{
	scratch_write("config.json", "{", 0600);
	ck_assert_int_eq(truncate(path, CONFIG_MAX + 1), 0);
}
static const struct {
	void (*make)(const char *path);
	const char *text;
} hostile[] = {
	{ make_list, "config.json: it is no JSON object, but a list" },
	{ make_secret, "config.json: it is no JSON object (line 1, column" },
	{ make_directory, "is no regular file" },
	{ make_pipe, "is no regular file" },
	{ make_loop, "config.json: " },
	{ make_nowhere, "config.json: No such file" },
	{ make_huge, "more than 4194304 bytes" },
};

START_TEST(hostile_files)
{
	struct error err = ERROR_INIT;
	scoped_str path = scratch_path("config.json");
	scoped_config_file file;

	hostile[_i].make(path);
	ck_assert_int_eq(config_file_read(&file, scratch_dir(), &err), -1);
	ck_assert_msg(strstr(err.text, hostile[_i].text) && !strstr(err.text, "geheim"), "%s",
		      err.text);
	ck_assert_str_eq(file.path, path);
}
END_TEST

/* --- PATH, as Go looks for programs. */

START_TEST(finds_helpers)
{
	scoped_str one = scratch_path("one");
	scoped_str two = scratch_path("two");
	scoped_str path = xasprintf("/nowhere:%s:%s", one, two);
	scoped_str relative = xasprintf("sub:%s", two);
	scoped_str empty = xasprintf(":%s", two);
	char *found;

	scratch_write("one/docker-credential-x", "", 0644);
	scratch_write("two/docker-credential-x", "", 0755);
	scratch_write("sub/docker-credential-x", "", 0755);
	scratch_write("docker-credential-y", "", 0755);
	ck_assert_int_eq(chdir(scratch_dir()), 0);
	found = config_find_helper(path, "x");
	ck_assert_msg(found && strstr(found, "/two/docker-credential-x"),
		      "what cannot be run is passed over");
	free(found);
	ck_assert_ptr_null(config_find_helper(relative, "x"));
	ck_assert_ptr_null(config_find_helper(empty, "y"));
	ck_assert_ptr_null(config_find_helper(path, "z"));
	ck_assert_ptr_null(config_find_helper("", "x"));
	ck_assert_ptr_null(config_find_helper(NULL, "x"));
	ck_assert_int_eq(chdir("/"), 0);
}
END_TEST

static const char *no_env(const char *name unused_arg)
{
	return NULL;
}

START_TEST(collects_buildx)
{
	struct error err = ERROR_INIT;
	scoped_config_file file;
	struct config_facts facts;

	scratch_write("buildx/config/reg@push/config.json", TEXT, 0600);
	scratch_write("buildx/config/reg/org@push/config.json", "[]", 0600);
	scratch_write("buildx/config/empty/other", "", 0600);
	ck_assert_int_eq(config_file_read(&file, scratch_dir(), &err), 0);
	config_facts_collect(&facts, &file, no_env);
	ck_assert_uint_eq(facts.buildx.count, 2);
	for (size_t i = 0; i < 2; i++) {
		const struct config_buildx *b = &facts.buildx.items[i];
		bool whole = strcmp(b->name, "reg@push") == 0;

		ck_assert(whole || strcmp(b->name, "reg/org@push") == 0);
		ck_assert(whole == (b->root != NULL) && whole == (b->why == NULL));
	}
	config_facts_release(&facts);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("config_file");
	TCase *tc = tcase_create("config_file");

	tcase_add_checked_fixture(tc, scratch_make, scratch_remove);
	tcase_add_test(tc, replaces);
	tcase_add_test(tc, keeps_a_link);
	tcase_add_test(tc, makes_it);
	tcase_add_loop_test(tc, sees_others, 0, array_len(meanwhile));
	tcase_add_loop_test(tc, hostile_files, 0, array_len(hostile));
	tcase_add_test(tc, finds_helpers);
	tcase_add_test(tc, collects_buildx);
	suite_add_tcase(s, tc);
	return s;
}
