/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/suite.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/client/files.h"
#include "tests/unit/client/scratch.h"

static int read_to(struct buf *out, const char *name, size_t limit, struct error *err)
{
	scoped_str path = scratch_path(name);

	return file_read(path, limit, out, err);
}

START_TEST(reads_whole_or_nothing)
{
	static const struct {
		const char *why, *name;
		size_t limit;
		enum error_kind kind;
	} rows[] = {
		{ "just fits", "five", 5, ERROR_NONE },
		{ "one byte too large", "five", 4, ERROR_LIMIT },
		{ "empty", "empty", 0, ERROR_NONE },
		{ "not there", "nosuch", 5, ERROR_NOT_FOUND },
		{ "a file as a directory", "five/x", 5, ERROR_NOT_FOUND },
		{ "a directory", "dir", 5, ERROR_INPUT },
		{ "a named pipe that nobody writes to is empty, and holds nobody up", "fifo", 5,
		  ERROR_NONE },
	};
	scoped_str fifo = scratch_path("fifo");

	scratch_write("five", "12345", 0600);
	scratch_write("empty", "", 0600);
	scratch_write("dir/x", "", 0600);
	ck_assert_int_eq(mkfifo(fifo, 0600), 0);
	for (size_t i = 0; i < array_len(rows); i++) {
		struct error err = ERROR_INIT;
		scoped_buf out;

		buf_init(&out, 100);
		buf_str(&out, "before");
		int rc = read_to(&out, rows[i].name, rows[i].limit, &err);
		ck_assert_msg(err.kind == rows[i].kind, "%s: %s", rows[i].why, err.text);
		ck_assert_msg((rc < 0) == (err.kind != ERROR_NONE), "%s", rows[i].why);
		if (rc < 0)
			ck_assert_msg(strcmp(out.data, "before") == 0, "%s", rows[i].why);
	}
}
END_TEST

START_TEST(reads_a_pipe_of_a_shell)
{
	struct error err = ERROR_INIT;
	scoped_buf out;
	int fds[2];

	ck_assert_int_eq(pipe(fds), 0);
	ck_assert_int_eq(write(fds[1], "abc", 3), 3);
	close(fds[1]);
	scoped_str path = xasprintf("/dev/fd/%d", fds[0]);
	buf_init(&out, 100);
	ck_assert_msg(file_read(path, 100, &out, &err) == 0, "%s", err.text);
	ck_assert_str_eq(out.data, "abc");
	close(fds[0]);
}
END_TEST

static const struct {
	const char *why;
	mode_t above, dir, file;
	uid_t owner; /* of the file; 0: leave it */
	enum error_kind kind;
} trust[] = {
	{ "private", 0700, 0700, 0600, 0, ERROR_NONE },
	{ "others may read", 0755, 0755, 0644, 0, ERROR_NONE },
	{ "others may write", 0755, 0755, 0666, 0, ERROR_DENIED },
	{ "the group may write", 0755, 0755, 0664, 0, ERROR_DENIED },
	{ "others may write the directory", 0755, 0777, 0600, 0, ERROR_DENIED },
	{ "others may write the one above", 0777, 0755, 0600, 0, ERROR_DENIED },
	{ "sticky directories are fine", 01777, 01777, 0600, 0, ERROR_NONE },
	{ "another user's file", 0755, 0755, 0644, 4242, ERROR_DENIED },
};

START_TEST(trusts)
{
	scoped_str above = scratch_path("a");
	scoped_str dir = scratch_path("a/b");
	scoped_str file = scratch_path("a/b/f");
	scoped_str link = scratch_path("link");
	struct error err = ERROR_INIT;
	scoped_buf out;

	if (trust[_i].owner && geteuid() != 0)
		return; /* only root gives files away */
	scratch_write("a/b/f", "x", trust[_i].file);
	ck_assert_int_eq(chmod(above, trust[_i].above), 0);
	ck_assert_int_eq(chmod(dir, trust[_i].dir), 0);
	ck_assert(!trust[_i].owner || chown(file, trust[_i].owner, 0) == 0);
	ck_assert_int_eq(symlink(file, link), 0);
	const char *paths[] = { file, link };
	for (size_t i = 0; i < array_len(paths); i++) {
		error_clear(&err);
		buf_init(&out, 10);
		int rc = file_read_trusted(paths[i], 10, &out, &err);
		ck_assert_msg(err.kind == trust[_i].kind, "%s: %s", trust[_i].why, err.text);
		ck_assert_str_eq(out.data, rc < 0 ? "" : "x");
		buf_release(&out);
	}
	if (trust[_i].kind && !trust[_i].owner)
		ck_assert_ptr_nonnull(strstr(err.text, "chmod"));
}
END_TEST

static size_t entries(void)
{
	DIR *dir = opendir(scratch_dir());
	const struct dirent *entry;
	size_t count = 0;

	while ((entry = readdir(dir)) != NULL)
		count += entry->d_name[0] != '.' || strlen(entry->d_name) > 2;
	closedir(dir);
	return count;
}

START_TEST(replaces)
{
	scoped_str path = scratch_path("f");
	struct error err = ERROR_INIT;
	struct stat st;

	umask(022);
	ck_assert_int_eq(file_replace(path, "one", 3, 0666, &err), 0);
	ck_assert_int_eq(file_replace(path, "two!", 4, 0600, &err), 0);
	scoped_str text = scratch_read("f");
	ck_assert_str_eq(text, "two!");
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0600);
	ck_assert_uint_eq(entries(), 1);
}
END_TEST

static const char *const in_the_way[] = { "a file", "a link", "a link to nowhere", "a directory" };

static void put_in_the_way(int row, const char *path)
{
	scoped_str target = scratch_path(row == 1 ? "d/f" : "d/nowhere");

	scratch_write("d/f", "old", 0600);
	if (row == 0)
		scratch_write("f", "old", 0600);
	else if (row == 3)
		ck_assert_int_eq(mkdir(path, 0700), 0);
	else
		ck_assert_int_eq(symlink(target, path), 0);
}

START_TEST(creates_only_what_is_not_there)
{
	scoped_str path = scratch_path("f");
	scoped_str nowhere = scratch_path("d/nowhere");
	struct error err = ERROR_INIT;
	struct stat before, after;

	put_in_the_way(_i, path);
	ck_assert_int_eq(lstat(path, &before), 0);
	ck_assert_msg(file_create(path, "new", 3, 0600, &err) == -1, "%s", in_the_way[_i]);
	ck_assert_int_eq(err.kind, ERROR_CONFLICT);
	ck_assert_int_eq(lstat(path, &after), 0);
	ck_assert_uint_eq(before.st_ino, after.st_ino);
	ck_assert_int_eq(lstat(nowhere, &after), -1);
	scoped_str text = scratch_read("d/f");
	ck_assert_str_eq(text, "old");
	ck_assert_uint_eq(entries(), 2);
}
END_TEST

START_TEST(creates)
{
	scoped_str path = scratch_path("f");
	struct error err = ERROR_INIT;
	struct stat st;

	umask(022);
	ck_assert_msg(file_create(path, "new", 3, 0644, &err) == 0, "%s", err.text);
	scoped_str text = scratch_read("f");
	ck_assert_str_eq(text, "new");
	ck_assert_int_eq(lstat(path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0644);
	ck_assert_uint_eq(st.st_nlink, 1);
	ck_assert_uint_eq(entries(), 1);
}
END_TEST

static const struct {
	int (*replace)(const char *path, const void *data, size_t len, mode_t mode,
		       struct error *err);
	bool stays;
	const char *target;
} links[] = {
	{ file_replace, true, "new" },
	{ file_replace_itself, false, "old" },
};

START_TEST(a_link_is_followed_or_replaced)
{
	scoped_str path = scratch_path("link");
	scoped_str target = scratch_path("d/f");
	struct error err = ERROR_INIT;
	struct stat st;

	scratch_write("d/f", "old", 0600);
	ck_assert_int_eq(symlink(target, path), 0);
	ck_assert_int_eq(links[_i].replace(path, "new", 3, 0600, &err), 0);
	ck_assert_int_eq(lstat(path, &st), 0);
	ck_assert(links[_i].stays ? S_ISLNK(st.st_mode) : S_ISREG(st.st_mode));
	scoped_str text = scratch_read("d/f");
	ck_assert_str_eq(text, links[_i].target);
}
END_TEST

/* A rename over /dev/stdout would break the machine: what is no file is written to. */
START_TEST(a_pipe_is_written_to)
{
	struct error err = ERROR_INIT;
	struct stat st;
	char got[8] = "";
	int fds[2];

	ck_assert_int_eq(pipe(fds), 0);
	scoped_str path = xasprintf("/dev/fd/%d", fds[1]);
	ck_assert_msg(file_replace(path, "abc", 3, 0600, &err) == 0, "%s", err.text);
	ck_assert_int_eq(read(fds[0], got, sizeof(got) - 1), 3);
	ck_assert_str_eq(got, "abc");
	ck_assert_int_eq(file_replace("/dev/null", "abc", 3, 0600, &err), 0);
	ck_assert_int_eq(lstat("/dev/null", &st), 0);
	ck_assert(S_ISCHR(st.st_mode));
}
END_TEST

START_TEST(a_failed_replacement_leaves_nothing)
{
	scoped_str nowhere = scratch_path("nosuch/f");
	scoped_str dir = scratch_path("d");
	struct error err = ERROR_INIT;

	ck_assert_int_eq(file_replace(nowhere, "x", 1, 0600, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_NOT_FOUND);
	error_clear(&err);
	ck_assert_int_eq(mkdir(dir, 0700), 0);
	ck_assert_int_eq(file_replace(dir, "x", 1, 0600, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_INPUT);
	error_clear(&err);
	/* A full disk: the device that always is. */
	ck_assert_int_eq(file_replace("/dev/full", "x", 1, 0600, &err), -1);
	ck_assert_int_eq(err.code, ENOSPC);
	ck_assert_uint_eq(entries(), 1);
}
END_TEST

/* Before the work whose result is to be written. */
START_TEST(what_could_be_replaced)
{
	scoped_str nowhere = scratch_path("nosuch/f");
	scoped_str there = scratch_path("f");
	scoped_str fresh = scratch_path("g");
	scoped_str pipe_path = scratch_path("pipe");
	struct error err = ERROR_INIT;

	scratch_write("f", "old", 0600);
	ck_assert_int_eq(mkfifo(pipe_path, 0600), 0);
	ck_assert_msg(file_replaceable(there, &err) == 0, "%s", err.text);
	ck_assert_msg(file_replaceable(fresh, &err) == 0, "%s", err.text);
	ck_assert_msg(file_replaceable(pipe_path, &err) == 0, "without a wait: %s", err.text);
	ck_assert_int_eq(file_replaceable(nowhere, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_NOT_FOUND);
	error_clear(&err);
	ck_assert_int_eq(file_replaceable(scratch_dir(), &err), -1);
	ck_assert_int_eq(err.kind, ERROR_INPUT);
	scoped_str text = scratch_read("f");
	ck_assert_str_eq(text, "old");
	ck_assert_msg(entries() == 2, "it leaves nothing");
}
END_TEST

START_TEST(makes_directories)
{
	scoped_str path = scratch_path("a/b//c/");
	scoped_str below_file = scratch_path("f/x");
	struct error err = ERROR_INIT;
	struct stat st;

	umask(022);
	ck_assert_msg(dir_make(path, 0700, &err) == 0, "%s", err.text);
	ck_assert_msg(dir_make(path, 0755, &err) == 0, "%s", err.text);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 0777, 0700);
	scratch_write("f", "", 0600);
	ck_assert_int_eq(dir_make(below_file, 0700, &err), -1);
	error_clear(&err);
	ck_assert_int_eq(dir_make("/proc/nosuch/x", 0700, &err), -1);
}
END_TEST

static const struct {
	const char *why, *xdg, *home, *want;
} dirs[] = {
	{ "XDG_STATE_HOME", "/x", "/h", "/x/n" },
	{ "a relative one is ignored", "x", "/h", "/h/.local/state/n" },
	{ "an empty one too", "", "/h", "/h/.local/state/n" },
	{ "not set", NULL, "/h", "/h/.local/state/n" },
};

START_TEST(state_directory)
{
	struct error err = ERROR_INIT;
	scoped_str got = NULL;
	scoped_str config = NULL;

	setenv("HOME", dirs[_i].home, 1);
	if (dirs[_i].xdg)
		setenv("XDG_STATE_HOME", dirs[_i].xdg, 1);
	else
		unsetenv("XDG_STATE_HOME");
	ck_assert_int_eq(dir_state(&got, "n", &err), 0);
	ck_assert_msg(strcmp(got, dirs[_i].want) == 0, "%s: %s", dirs[_i].why, got);
	unsetenv("XDG_CONFIG_HOME");
	ck_assert_int_eq(dir_config(&config, "n", &err), 0);
	ck_assert_str_eq(config, "/h/.config/n");
}
END_TEST

START_TEST(home_from_the_password_database)
{
	struct error err = ERROR_INIT;
	scoped_str home = NULL;

	unsetenv("HOME");
	ck_assert_msg(dir_home(&home, &err) == 0, "%s", err.text);
	ck_assert_int_eq(home[0], '/');
}
END_TEST

START_TEST(locks)
{
	scoped_str path = scratch_path("lock");
	struct error err = ERROR_INIT;
	int up[2];
	char byte;

	ck_assert_int_eq(pipe(up), 0);
	pid_t pid = fork();
	if (pid == 0) {
		if (lock_take(path, &err) < 0 || write(up[1], "x", 1) != 1)
			_exit(1);
		pause();
		_exit(0);
	}
	ck_assert_int_eq(read(up[0], &byte, 1), 1);
	ck_assert_int_eq(lock_take(path, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_BUSY);
	scoped_str who = xasprintf("process %ld", (long)pid);
	ck_assert_msg(strstr(err.text, who) != NULL, "%s", err.text);
	/* It dies with its process, however that ends. */
	kill(pid, SIGKILL);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	error_clear(&err);
	int fd = lock_take(path, &err);
	ck_assert_msg(fd >= 0, "%s", err.text);
	ck_assert_int_eq(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	close(fd);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("files");
	TCase *t = tcase_create("files");

	tcase_add_checked_fixture(t, scratch_make, scratch_remove);
	tcase_add_test(t, reads_whole_or_nothing);
	tcase_add_test(t, reads_a_pipe_of_a_shell);
	tcase_add_loop_test(t, trusts, 0, (int)array_len(trust));
	tcase_add_test(t, replaces);
	tcase_add_test(t, creates);
	tcase_add_loop_test(t, creates_only_what_is_not_there, 0, array_len(in_the_way));
	tcase_add_loop_test(t, a_link_is_followed_or_replaced, 0, (int)array_len(links));
	tcase_add_test(t, a_pipe_is_written_to);
	tcase_add_test(t, a_failed_replacement_leaves_nothing);
	tcase_add_test(t, what_could_be_replaced);
	tcase_add_test(t, makes_directories);
	tcase_add_loop_test(t, state_directory, 0, (int)array_len(dirs));
	tcase_add_test(t, home_from_the_password_database);
	tcase_add_test(t, locks);
	suite_add_tcase(s, t);
	return s;
}
