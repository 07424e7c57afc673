/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/suite.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "plugins/hygiene/disk.h"

#define HEAD "Filesystem     1024-blocks     Used Available Capacity Mounted on\n"

static const struct {
	const char *text;
	enum error_kind kind;
	int64_t total, available;
	const char *why;
} outputs[] = {
	{ HEAD "/dev/vda1 1000 300 600 34% /\n", ERROR_NONE, 900 * 1024, 600 * 1024,
	  "what only root may fill is no part of it" },
	{ HEAD "/dev/vda1 1000 300 0 100% /\n", ERROR_NONE, 300 * 1024, 0, "full" },
	{ HEAD "nas:/a b 12 1000 300 600 34% /mnt/my disk\n", ERROR_NONE, 900 * 1024, 600 * 1024,
	  "blanks in the device and the mount point" },
	{ HEAD "/dev/vda1 1000 300 600 34% /", ERROR_NONE, 900 * 1024, 600 * 1024,
	  "no newline at the end" },
	{ "Welcome to host 7!\n" HEAD "/dev/a 1000 300 600 34% /\n", ERROR_NONE, 900 * 1024,
	  600 * 1024, "a shell that greets" },
	{ HEAD "/dev/a 9 3 6 34% /\n/dev/a 9 3 6 34% /\n", ERROR_NONE, 9 * 1024, 6 * 1024,
	  "two paths on one disk" },
	{ HEAD "/dev/a 9 3 6 34% /\n/dev/b 9 3 5 34% /b\n", ERROR_UNSUPPORTED, 0, 0,
	  "two paths on two disks" },
	{ HEAD "/dev/a - - - - /\n", ERROR_INPUT, 0, 0, "a file system that does not tell" },
	{ HEAD "/dev/a 9 3 99999999999999999999 34% /\n", ERROR_INPUT, 0, 0, "too large" },
	{ HEAD "/dev/a 9 3 9223372036854775807 34% /\n", ERROR_INPUT, 0, 0,
	  "too large once in bytes" },
	{ HEAD "/dev/a 9 3 6 34 /\n", ERROR_INPUT, 0, 0, "no percentage" },
	{ HEAD, ERROR_INPUT, 0, 0, "the head alone" },
	{ "", ERROR_INPUT, 0, 0, "nothing" },
};

START_TEST(reads_df)
{
	struct error err = ERROR_INIT;
	int64_t total = 7, available = 8;
	int rc = disk_parse_df(outputs[_i].text, &total, &available, &err);

	ck_assert_msg(err.kind == outputs[_i].kind, "%s: %s", outputs[_i].why, err.text);
	ck_assert_msg(rc == (outputs[_i].kind ? -1 : 0), "%s", outputs[_i].why);
	ck_assert_msg(total == (rc ? 7 : outputs[_i].total), "%s", outputs[_i].why);
	ck_assert_msg(available == (rc ? 8 : outputs[_i].available), "%s", outputs[_i].why);
}
END_TEST

/* A /proc and a data directory of our own making. */
static char base[64];

static char *at(const char *path)
{
	return xasprintf("%s/%s", base, path);
}

static void make_dir(const char *path)
{
	scoped_str full = at(path);

	for (char *c = full + strlen(base) + 1; (c = strchr(c, '/')); *c++ = '/') {
		*c = '\0';
		mkdir(full, 0700);
	}
	mkdir(full, 0700);
	ck_assert_int_eq(access(full, F_OK), 0);
}

static void make_link(const char *path, const char *target)
{
	scoped_str full = at(path);
	scoped_str dir = xstrdup(path);

	*strrchr(dir, '/') = '\0';
	make_dir(dir);
	ck_assert_int_eq(symlink(target, full), 0);
}

static void make_process(const char *pid, const char *namespace, const char *exe)
{
	scoped_str mnt = xasprintf("proc/%s/ns/mnt", pid);
	scoped_str program = xasprintf("proc/%s/exe", pid);

	make_link(mnt, namespace);
	make_link(program, exe);
}

static void make_id(const char *id)
{
	scoped_str path = at("data/engine-id");
	FILE *file = fopen(path, "w");

	ck_assert_ptr_nonnull(file);
	fputs(id, file);
	ck_assert_int_eq(fclose(file), 0);
}

static void set_up(void)
{
	snprintf(base, sizeof(base), "/tmp/test_disk.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(base));
	make_dir("data");
	make_link("proc/self/ns/mnt", "mnt:[1]");
}

static int remove_one(const char *path, const struct stat *st unused_arg, int flag unused_arg,
		      struct FTW *ftw unused_arg)
{
	return remove(path);
}

static void tear_down(void)
{
	ck_assert_int_eq(nftw(base, remove_one, 8, FTW_DEPTH | FTW_PHYS), 0);
}

static const struct {
	const char *namespace, *exe, *id; /* of the listener, pid 7; of the data directory */
	const char *holder; /* exe of pid 8, which has a file of the data directory open */
	const char *holder_namespace;
	pid_t listener;
	enum error_kind kind;
	const char *why;
} proofs[] = {
	{ "mnt:[1]", "/usr/bin/dockerd", "E\n", NULL, NULL, 7, ERROR_NONE,
	  "the engine listens itself, and its ID is in the directory" },
	{ "mnt:[1]", "/usr/lib/systemd/systemd", "E", NULL, NULL, 7, ERROR_NONE,
	  "systemd listens; the ID tells whose directory it is" },
	{ "mnt:[1]", "/usr/bin/dockerd", "F\n", NULL, NULL, 7, ERROR_UNSUPPORTED,
	  "the directory of another engine" },
	{ "mnt:[2]", "/usr/bin/dockerd", "E\n", NULL, NULL, 7, ERROR_UNSUPPORTED,
	  "an engine in a container" },
	{ "mnt:[1]", "/usr/bin/dockerd", NULL, NULL, NULL, 7, ERROR_NONE,
	  "an engine before 23, which wrote no ID" },
	{ "mnt:[1]", "/usr/bin/dockerd (deleted)", NULL, NULL, NULL, 7, ERROR_NONE,
	  "upgraded under way" },
	{ "mnt:[1]", "/usr/bin/podman", NULL, NULL, NULL, 7, ERROR_NONE, "Podman" },
	{ "mnt:[1]", "/usr/bin/socat", NULL, NULL, NULL, 7, ERROR_UNSUPPORTED,
	  "a forwarder may lead anywhere" },
	{ "mnt:[1]", "/usr/lib/systemd/systemd", NULL, "/usr/sbin/dockerd", "mnt:[1]", 7,
	  ERROR_NONE, "systemd listens for an engine that has the directory open" },
	{ "mnt:[1]", "/usr/lib/systemd/systemd", NULL, "/usr/sbin/dockerd", "mnt:[2]", 7,
	  ERROR_UNSUPPORTED, "the engine that has it open is in a container" },
	{ "mnt:[1]", "/usr/lib/systemd/systemd", NULL, "/usr/bin/tar", "mnt:[1]", 7,
	  ERROR_UNSUPPORTED, "who has it open is no engine" },
	{ "mnt:[1]", "/usr/bin/dockerd", "E", NULL, NULL, 0, ERROR_UNSUPPORTED,
	  "a process that has no number here" },
	{ "mnt:[1]", "/usr/bin/dockerd", "E", NULL, NULL, 9, ERROR_UNSUPPORTED,
	  "a process that is gone" },
};

START_TEST(proves)
{
	scoped_str proc = at("proc");
	struct api_info info = { .root_dir = at("data") };
	scoped_str open_file = at("data/buildkit/cache.db");
	struct error err = ERROR_INIT;
	char id[] = "E";

	info.id = id;
	make_process("7", proofs[_i].namespace, proofs[_i].exe);
	if (proofs[_i].id)
		make_id(proofs[_i].id);
	if (proofs[_i].holder) {
		make_process("8", proofs[_i].holder_namespace, proofs[_i].holder);
		make_link("proc/8/fd/3", "/dev/null");
		make_link("proc/8/fd/4", open_file);
	}
	(void)!disk_prove(proc, proofs[_i].listener, &info, &err);
	ck_assert_msg(err.kind == proofs[_i].kind, "%s: %s", proofs[_i].why, err.text);
	free(info.root_dir);
}
END_TEST

START_TEST(needs_a_directory)
{
	static char relative[] = "data", absent[] = "/nonexistent/data";
	char *const roots[] = { NULL, relative, absent };
	struct api_info info = { .root_dir = roots[_i] };
	scoped_str proc = at("proc");
	struct error err = ERROR_INIT;

	make_process("7", "mnt:[1]", "/usr/bin/dockerd");
	ck_assert_int_eq(disk_prove(proc, 7, &info, &err), -1);
	ck_assert_msg(error_is_set(&err), "%d", _i);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("disk");
	TCase *df = tcase_create("df");
	TCase *proof = tcase_create("proof");

	tcase_add_loop_test(df, reads_df, 0, (int)array_len(outputs));
	suite_add_tcase(s, df);
	tcase_add_checked_fixture(proof, set_up, tear_down);
	tcase_add_loop_test(proof, proves, 0, (int)array_len(proofs));
	tcase_add_loop_test(proof, needs_a_directory, 0, 3);
	suite_add_tcase(s, proof);
	return s;
}
