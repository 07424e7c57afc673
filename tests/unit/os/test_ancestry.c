/* SPDX-License-Identifier: Apache-2.0 */
/* Made-up /proc trees, and our own. */
#include "tests/unit/suite.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/os/ancestry.h"
#include "tests/unit/client/scratch.h"

/* A process of the tree: what is NULL has no file. */
struct fake {
	long pid, ppid;
	unsigned long long started;
	const char *exe;
	const char *argv; /* with "|" for NULs */
	const char *uid;
};

static void write_bytes(const char *name, const char *bytes, size_t len)
{
	scoped_str path = scratch_path(name);
	FILE *file = fopen(path, "w");

	ck_assert_ptr_nonnull(file);
	ck_assert_uint_eq(fwrite(bytes, 1, len, file), len);
	ck_assert_int_eq(fclose(file), 0);
}

static void add(const struct fake *fake)
{
	scoped_str stat = xasprintf(
		"%ld (a) b) S %ld 1 1 0 -1 4194560 1 0 0 0 1 2 0 0 20 0 1 0 %llu 1 1 1\n",
		fake->pid, fake->ppid, fake->started);
	scoped_str name = xasprintf("%ld/stat", fake->pid);

	scratch_write(name, stat, 0644);
	if (fake->exe) {
		scoped_str link = xasprintf("%ld/exe", fake->pid);
		scoped_str path = scratch_path(link);

		ck_assert_int_eq(symlink(fake->exe, path), 0);
	}
	if (fake->argv) {
		scoped_str words = xstrdup(fake->argv);
		scoped_str file = xasprintf("%ld/cmdline", fake->pid);
		size_t len = strlen(words);

		for (size_t i = 0; i < len; i++)
			if (words[i] == '|')
				words[i] = '\0';
		write_bytes(file, words, len);
	}
	if (fake->uid) {
		scoped_str status = xasprintf("Name:\tx\nUid:\t%s\t0\t0\t0\nGid:\t1\n", fake->uid);
		scoped_str file = xasprintf("%ld/status", fake->pid);

		scratch_write(file, status, 0644);
	}
}

static const struct fake us = { 40, 30, 400, NULL, NULL, NULL };

static void read_tree(struct ancestry *out)
{
	struct error err = ERROR_INIT;

	ck_assert_msg(ancestry_read(out, scratch_dir(), 40, &err) == 0, "%s", err.text);
}

START_TEST(whole)
{
	scoped_ancestry a = { 0 };

	add(&us);
	add(&(struct fake){ 30, 20, 300, "/usr/bin/docker", "docker|push|reg/a b||", "1000" });
	add(&(struct fake){ 20, 1, 200, "/opt/x (deleted)", "x", "0" });
	add(&(struct fake){ 1, 0, 1, NULL, "", NULL });
	read_tree(&a);
	ck_assert_uint_eq(a.count, 3);
	ck_assert(a.whole);

	const struct ancestor *docker = &a.items[0], *x = &a.items[1], *init = &a.items[2];

	ck_assert(docker->pid == 30 && docker->started == 300 && docker->uid == 1000);
	ck_assert_str_eq(docker->exe, "/usr/bin/docker");
	ck_assert_uint_eq(docker->argv.count, 4);
	ck_assert_str_eq(docker->argv.items[2], "reg/a b");
	ck_assert_msg(*docker->argv.items[3] == '\0', "an empty word is one");
	ck_assert_str_eq(x->exe, "/opt/x");
	ck_assert_msg(x->deleted && !docker->deleted, "the mark is taken off");
	ck_assert_uint_eq(x->argv.count, 1);
	ck_assert_msg(!init->exe && init->argv.count == 0 && init->uid == (uid_t)-1, "not known");
}
END_TEST

START_TEST(younger_parent)
{
	scoped_ancestry a = { 0 };

	add(&us);
	add(&(struct fake){ 30, 20, 400, NULL, "a", NULL });
	add(&(struct fake){ 20, 1, 401, NULL, "another one, with that number", NULL });
	add(&(struct fake){ 1, 0, 1, NULL, "init", NULL });
	read_tree(&a);
	ck_assert_msg(a.count == 1 && !a.whole, "of the same tick is fine, of a later one is not");
}
END_TEST

START_TEST(ends)
{
	scoped_ancestry a = { 0 }, top = { 0 };

	add(&us);
	add(&(struct fake){ 30, 20, 300, NULL, NULL, NULL });
	read_tree(&a);
	ck_assert_msg(a.count == 1 && !a.whole, "what cannot be seen");
	add(&(struct fake){ 30, 0, 300, NULL, NULL, NULL });
	read_tree(&top);
	ck_assert_msg(top.count == 1 && top.whole, "the top of a pid namespace");
}
END_TEST

START_TEST(circle)
{
	scoped_ancestry a = { 0 };

	add(&us);
	add(&(struct fake){ 30, 20, 300, NULL, NULL, NULL });
	add(&(struct fake){ 20, 30, 300, NULL, NULL, NULL });
	read_tree(&a);
	ck_assert_msg(a.count == ANCESTRY_MAX && !a.whole, "it ends somewhere");
}
END_TEST

START_TEST(long_argv)
{
	size_t len = ANCESTRY_ARGV_MAX + 5;
	scoped_ancestry a = { 0 };
	char *bytes = xmalloc(len);

	memset(bytes, 'x', len);
	bytes[3] = '\0';
	add(&us);
	add(&(struct fake){ 30, 1, 300, NULL, "", NULL });
	write_bytes("30/cmdline", bytes, len);
	free(bytes);
	read_tree(&a);
	ck_assert(a.items[0].argv_cut);
	ck_assert_uint_eq(a.items[0].argv.count, 2);
	ck_assert_uint_eq(strlen(a.items[0].argv.items[1]), ANCESTRY_ARGV_MAX - 4);
}
END_TEST

START_TEST(broken)
{
	static const char *const texts[] = { "", "40",
					     "41 (a) S 30 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 9",
					     "40 (a) S x" };
	struct error err = ERROR_INIT;
	struct ancestry a = { 0 };

	ck_assert_int_eq(ancestry_read(&a, scratch_dir(), 40, &err), -1);
	error_clear(&err);
	for (size_t i = 0; i < array_len(texts); i++) {
		scratch_write("40/stat", texts[i], 0644);
		ck_assert_msg(ancestry_read(&a, scratch_dir(), 40, &err) == -1, "%s", texts[i]);
		ck_assert_int_eq(err.kind, ERROR_IO);
		error_clear(&err);
	}
	add(&us);
	ck_assert_msg(ancestry_read(&a, scratch_dir(), 40, &err) == -1, "no parent to see");
	ck_assert_ptr_null(a.items);
}
END_TEST

#ifdef __linux__
START_TEST(ours)
{
	struct error err = ERROR_INIT;
	scoped_ancestry a = { 0 };

	ck_assert_msg(ancestry_read(&a, "/proc", getpid(), &err) == 0, "%s", err.text);
	ck_assert_int_eq(a.items[0].pid, getppid());
	ck_assert_int_eq(a.items[0].uid, getuid());
	ck_assert_msg(a.items[0].argv.count > 0 && a.items[0].exe[0] == '/', "it says what it is");
}
END_TEST
#endif

Suite *suite(void)
{
	Suite *s = suite_create("ancestry");
	TCase *tc = tcase_create("ancestry");

	tcase_add_checked_fixture(tc, scratch_make, scratch_remove);
#ifdef __linux__
	tcase_add_test(tc, whole);
	tcase_add_test(tc, younger_parent);
	tcase_add_test(tc, ends);
	tcase_add_test(tc, circle);
	tcase_add_test(tc, long_argv);
	tcase_add_test(tc, broken);
	tcase_add_test(tc, ours);
#endif
	suite_add_tcase(s, tc);
	return s;
}
