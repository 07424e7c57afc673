/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/suite.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "common/client/secret_file.h"
#include "tests/unit/client/scratch.h"

static const struct {
	const char *why, *name;
	enum error_kind kind;
	const char *text; /* part of the error */
} reads[] = {
	{ "ours alone", "own", ERROR_NONE, NULL },
	{ "for reading only", "readonly", ERROR_NONE, NULL },
	{ "in a directory that all may write, but sticky as /tmp", "sticky/own", ERROR_NONE, NULL },
	{ "through a link in front of it", "link/own", ERROR_NONE, NULL },
	{ "not there", "nosuch", ERROR_NOT_FOUND, "nosuch" },
	{ "no directory", "nosuch/own", ERROR_NOT_FOUND, "nosuch" },
	{ "the group may read", "group", ERROR_DENIED, "chmod 600" },
	{ "the group may write", "groupw", ERROR_DENIED, "chmod 600" },
	{ "others may read", "other", ERROR_DENIED, "chmod 600" },
	{ "a link to a good one", "alias", ERROR_DENIED, "a link" },
	{ "a directory", "sticky", ERROR_DENIED, "not a regular file" },
	{ "a named pipe holds nobody up", "fifo", ERROR_DENIED, "not a regular file" },
	{ "in a directory that others may write", "open/own", ERROR_DENIED, "chmod go-w" },
	{ "below one", "open/in/own", ERROR_DENIED, "chmod go-w" },
	{ "through a link into one", "opened/own", ERROR_DENIED, "chmod go-w" },
	{ "too large", "large", ERROR_LIMIT, "more than 5 bytes" },
};

static void link_to(const char *target, const char *name)
{
	scoped_str path = scratch_path(name);

	ck_assert_int_eq(symlink(target, path), 0);
}

/* Through links; those named so belong to somebody else, where we are root. */
static const struct {
	const char *why, *name;
	enum error_kind kind;
	const char *text;
} linked[] = {
	{ "no link at all", "own", ERROR_NONE, NULL },
	{ "as Kubernetes mounts secrets", "mount/key", ERROR_NONE, NULL },
	{ "to an absolute path", "absolute", ERROR_NONE, NULL },
	{ "in a sticky directory", "sticky/alias", ERROR_NONE, NULL },
	{ "eight in a row", "chain8", ERROR_NONE, NULL },
	{ "nine", "chain9", ERROR_DENIED, "more than 8 links" },
	{ "round and round", "round", ERROR_DENIED, "more than 8 links" },
	{ "to nothing", "dangling", ERROR_NOT_FOUND, "dangling" },
	{ "to what the group may read", "to-group", ERROR_DENIED, "chmod 600" },
	{ "to a directory", "to-dir", ERROR_DENIED, "not a regular file" },
	{ "to a named pipe", "to-fifo", ERROR_DENIED, "not a regular file" },
	{ "in a directory that others may write", "open/alias", ERROR_DENIED, "chmod go-w" },
	{ "into one", "into-open", ERROR_DENIED, "chmod go-w" },
	{ "of somebody else", "strangers", ERROR_DENIED, "belongs to user 1" },
	{ "of somebody else, further on", "to-strangers", ERROR_DENIED, "belongs to user 1" },
	{ "to a file of somebody else", "to-foreign", ERROR_DENIED, "belongs to user 1" },
	{ "too large", "to-large", ERROR_LIMIT, "more than 5 bytes" },
};

static void set_mode(const char *name, mode_t mode)
{
	scoped_str path = scratch_path(name);

	ck_assert_int_eq(chmod(path, mode), 0);
}

START_TEST(read_file)
{
	scoped_str fifo = scratch_path("fifo");

	scratch_write("own", "12345", 0600);
	scratch_write("readonly", "12345", 0400);
	scratch_write("sticky/own", "12345", 0600);
	scratch_write("open/own", "12345", 0600);
	scratch_write("open/in/own", "12345", 0600);
	scratch_write("group", "12345", 0640);
	scratch_write("groupw", "12345", 0620);
	scratch_write("other", "12345", 0604);
	scratch_write("large", "123456", 0600);
	ck_assert_int_eq(mkfifo(fifo, 0600), 0);
	link_to("own", "alias");
	link_to("sticky", "link");
	link_to("open", "opened");
	set_mode("sticky", 01777);
	set_mode("open", 0777);
	for (size_t i = 0; i < array_len(reads); i++) {
		scoped_str path = scratch_path(reads[i].name);
		scoped_secret out = { 0 };
		struct error err = ERROR_INIT;
		int rc;

		secret_set(&out, "before", 6);
		rc = secret_read_file(path, 5, &out, &err);
		ck_assert_msg(err.kind == reads[i].kind, "%s: %s", reads[i].why, err.text);
		ck_assert_msg((rc < 0) == (err.kind != ERROR_NONE), "%s", reads[i].why);
		ck_assert_msg(!reads[i].text || strstr(err.text, reads[i].text), "%s: %s",
			      reads[i].why, err.text);
		ck_assert_msg(memcmp(out.data, rc < 0 ? "before" : "12345", out.len) == 0 &&
				      out.len == (rc < 0 ? 6 : 5),
			      "%s", reads[i].why);
	}
}
END_TEST

static void make_links(void)
{
	scoped_str own = scratch_path("own");
	scoped_str fifo = scratch_path("fifo");

	scratch_write("mount/..2026/key", "12345", 0400);
	link_to("..2026", "mount/..data");
	link_to("..data/key", "mount/key");
	set_mode("mount", 01777);
	scratch_write("own", "12345", 0600);
	link_to(own, "absolute");
	scratch_write("sticky/x", "", 0600);
	link_to("../own", "sticky/alias");
	set_mode("sticky", 01777);
	link_to("own", "chain1");
	for (int i = 2; i <= 9; i++) {
		scoped_str name = xasprintf("chain%d", i);
		scoped_str to = xasprintf("chain%d", i - 1);

		link_to(to, name);
	}
	link_to("round", "round");
	link_to("nosuch", "dangling");
	scratch_write("group", "12345", 0640);
	link_to("group", "to-group");
	link_to("sticky", "to-dir");
	ck_assert_int_eq(mkfifo(fifo, 0600), 0);
	link_to("fifo", "to-fifo");
	scratch_write("open/own", "12345", 0600);
	link_to("own", "open/alias");
	link_to("open/own", "into-open");
	set_mode("open", 0777);
	scratch_write("large", "123456", 0600);
	link_to("large", "to-large");
}

static void give_away(const char *name)
{
	scoped_str path = scratch_path(name);

	ck_assert_int_eq(lchown(path, 1, (gid_t)-1), 0);
}

START_TEST(read_linked)
{
	make_links();
	link_to("own", "strangers");
	link_to("strangers", "to-strangers");
	scratch_write("foreign", "12345", 0600);
	link_to("foreign", "to-foreign");
	if (geteuid() == 0) {
		give_away("strangers");
		give_away("foreign");
	}
	for (size_t i = 0; i < array_len(linked); i++) {
		scoped_str path = scratch_path(linked[i].name);
		struct error err = ERROR_INIT;
		scoped_secret out = { 0 };
		int rc;

		if (geteuid() != 0 && linked[i].text && strstr(linked[i].text, "user 1"))
			continue;
		rc = secret_read_linked(path, 5, &out, &err);
		ck_assert_msg(err.kind == linked[i].kind, "%s: %s", linked[i].why, err.text);
		ck_assert_int_eq(rc, linked[i].kind == ERROR_NONE ? 0 : -1);
		ck_assert_msg(!linked[i].text || strstr(err.text, linked[i].text), "%s: %s",
			      linked[i].why, err.text);
		ck_assert_msg(out.len == (rc == 0 ? 5U : 0U), "%s", linked[i].why);
	}
}
END_TEST

START_TEST(of_others)
{
	scoped_str path = scratch_path("given");
	scoped_secret out = { 0 };
	struct error err = ERROR_INIT;

	if (geteuid() != 0)
		return; /* only root gives files away */
	scratch_write("given", "12345", 0600);
	ck_assert_int_eq(chown(path, 1234, 0), 0);
	ck_assert_int_eq(secret_read_file(path, 5, &out, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_DENIED);
	ck_assert_ptr_nonnull(strstr(err.text, "belongs to user 1234"));
}
END_TEST

static int replace(const char *name, const char *text, struct error *err)
{
	scoped_str path = scratch_path(name);
	scoped_secret data = { 0 };

	secret_set(&data, text, strlen(text));
	return secret_replace_file(path, &data, err);
}

static size_t entries_of(const char *name)
{
	scoped_str path = scratch_path(name);
	DIR *dir = opendir(path);
	size_t count = 0;

	ck_assert_ptr_nonnull(dir);
	while (readdir(dir))
		count++;
	closedir(dir);
	return count - 2;
}

static mode_t mode_of(const char *name)
{
	scoped_str path = scratch_path(name);
	struct stat st;

	ck_assert_int_eq(lstat(path, &st), 0);
	return st.st_mode & 07777;
}

static void ck_holds(const char *name, const char *text)
{
	scoped_str now = scratch_read(name);

	ck_assert_str_eq(now, text);
}

START_TEST(replaces)
{
	static const mode_t umasks[] = { 0, 022, 0777 };
	struct error err = ERROR_INIT;

	for (size_t i = 0; i < array_len(umasks); i++) {
		mode_t before = umask(umasks[i]);
		int rc = replace("a/own", "new", &err);

		umask(before);
		/* Directories obey the umask, which may leave us nothing. */
		if (rc < 0 && i == 2)
			continue;
		ck_assert_msg(rc == 0, "%s", err.text);
		ck_holds("a/own", "new");
		ck_assert_uint_eq(mode_of("a/own"), 0600);
		ck_assert_uint_eq(entries_of("a"), 1);
		ck_assert_uint_eq(mode_of("a"), 0700);
	}
	scratch_write("loose", "old", 0644);
	ck_assert_msg(replace("loose", "new", &err) == 0, "%s", err.text);
	ck_assert_uint_eq(mode_of("loose"), 0600);
	ck_assert_msg(replace("loose", "", &err) == 0, "%s", err.text);
	ck_holds("loose", "");
}
END_TEST

static const struct {
	const char *why, *name;
	const char *text;
} odd[] = {
	{ "a link", "alias", "a link" },
	{ "a link to nothing", "dangling", "a link" },
	{ "a directory", "dir", "not a regular file" },
	{ "a named pipe", "fifo", "not a regular file" },
	{ "where others may write", "open/own", "chmod go-w" },
};

START_TEST(replaces_nothing_odd)
{
	scoped_str fifo = scratch_path("fifo");

	scratch_write("own", "old", 0600);
	scratch_write("dir/own", "old", 0600);
	scratch_write("open/own", "old", 0600);
	ck_assert_int_eq(mkfifo(fifo, 0600), 0);
	link_to("own", "alias");
	link_to("nosuch", "dangling");
	set_mode("open", 0777);
	for (size_t i = 0; i < array_len(odd); i++) {
		struct error err = ERROR_INIT;
		size_t count = entries_of(".");

		ck_assert_msg(replace(odd[i].name, "new", &err) == -1, "%s", odd[i].why);
		ck_assert_msg(err.kind == ERROR_DENIED && strstr(err.text, odd[i].text), "%s: %s",
			      odd[i].why, err.text);
		ck_assert_msg(entries_of(".") == count, "%s", odd[i].why);
	}
	ck_holds("own", "old");
	ck_holds("open/own", "old");
}
END_TEST

/* The file size limit stands for a full disk: a write that fails in the middle. */
START_TEST(full_disk)
{
	static char much[100000];
	const struct rlimit small = { 40000, 40000 };
	struct error err = ERROR_INIT;

	memset(much, 'x', sizeof(much) - 1);
	ck_assert_int_eq(replace("full/own", "old", &err), 0);
	signal(SIGXFSZ, SIG_IGN);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &small), 0);
	ck_assert_int_eq(replace("full/own", much, &err), -1);
	ck_assert_int_eq(err.code, EFBIG);
	ck_holds("full/own", "old");
	ck_assert_uint_eq(entries_of("full"), 1);
}
END_TEST

static int lock(const char *name, int64_t deadline, struct error *err)
{
	scoped_str path = scratch_path(name);

	return secret_lock_file(path, deadline, err);
}

START_TEST(locks)
{
	struct error err = ERROR_INIT;
	int first = lock("a/own", 0, &err);
	int64_t began = clock_system.monotonic(&clock_system);

	ck_assert_msg(first >= 0, "%s", err.text);
	ck_assert_uint_eq(mode_of("a/own.lock"), 0600);
	ck_assert_int_eq(lock("a/own", 50 * NSEC_PER_MSEC, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_BUSY);
	ck_assert_int_ge(clock_system.monotonic(&clock_system) - began, 50 * NSEC_PER_MSEC);
	error_clear(&err);

	int other = lock("a/other", 0, &err);

	ck_assert_msg(other >= 0, "another file's is another: %s", err.text);
	close(other);
	close(first);
	first = lock("a/own", 0, &err);
	ck_assert_msg(first >= 0, "%s", err.text);
	close(first);
}
END_TEST

START_TEST(locks_nothing_odd)
{
	scoped_str fifo = scratch_path("fifo.lock");
	struct error err = ERROR_INIT;

	scratch_write("victim", "old", 0600);
	link_to("victim", "own.lock");
	ck_assert_int_eq(lock("own", 0, &err), -1);
	ck_assert_msg(err.kind == ERROR_DENIED && strstr(err.text, "a link"), "%s", err.text);
	ck_holds("victim", "old");
	error_clear(&err);
	ck_assert_int_eq(mkfifo(fifo, 0600), 0);
	ck_assert_int_eq(lock("fifo", 0, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_DENIED);
}
END_TEST

/* Killed between the first byte and the rename, one leaves a file with secrets in it. */
START_TEST(lock_sweeps)
{
	static const struct {
		const char *name;
		bool stays;
		const char *why;
	} rows[] = {
		{ ".own.1.2.tmp", false, "of one that was killed" },
		{ ".own.tmp", true, "too short to be one" },
		{ ".own2.1.2.tmp", true, "another file's" },
		{ ".x.own.1.2.tmp", true, "another file's" },
		{ "own.1.2.tmp", true, "not hidden" },
		{ ".own.1.2.old", true, "another end" },
		{ "own", true, "the file itself" },
	};
	struct error err = ERROR_INIT;

	for (size_t i = 0; i < array_len(rows); i++)
		scratch_write(rows[i].name, "x", 0600);
	int held = lock("own", 0, &err);

	ck_assert_msg(held >= 0, "%s", err.text);
	for (size_t i = 0; i < array_len(rows); i++) {
		scoped_str path = scratch_path(rows[i].name);

		ck_assert_msg((access(path, F_OK) == 0) == rows[i].stays, "%s", rows[i].why);
	}
	close(held);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("secret_file");
	TCase *tc = tcase_create("secret_file");

	tcase_add_checked_fixture(tc, scratch_make, scratch_remove);
	tcase_add_test(tc, read_file);
	tcase_add_test(tc, read_linked);
	tcase_add_test(tc, of_others);
	tcase_add_test(tc, replaces);
	tcase_add_test(tc, replaces_nothing_odd);
	tcase_add_test(tc, full_disk);
	tcase_add_test(tc, locks);
	tcase_add_test(tc, locks_nothing_odd);
	tcase_add_test(tc, lock_sweeps);
	suite_add_tcase(s, tc);
	return s;
}
