/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/suite.h"

#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/alloc.h"
#include "credhelper/audit.h"
#include "tests/unit/client/scratch.h"

#define WRITERS 20
#define LINES   50

static struct policy_file file;
static struct policy policy = { .system = &file };
static struct world world;

static const struct ancestor docker = {
	.pid = 7, .uid = 1000, .started = 123, .exe = (char *)"/usr/bin/docker"
};
static const struct audit_record record = { .time = 1795874400 * NSEC_PER_SEC,
					    .action = "get",
					    .registry = "reg:5000",
					    .caller = &docker,
					    .verb = "docker push",
					    .class = "none",
					    .verdict = "stop",
					    .reason = "stopped",
					    .gate = "no-ci" };

START_TEST(format)
{
	static const struct audit_record bare = { .action = "list", .registry = "a\n\x1b\xff\"b" };
	scoped_buf out, odd;

	buf_init(&out, 4096);
	audit_format(&record, &out);
	ck_assert_str_eq(out.data,
			 "{\"time\":\"2026-11-28T14:00:00Z\",\"action\":\"get\","
			 "\"registry\":\"reg:5000\",\"exe\":\"/usr/bin/docker\",\"pid\":7,\"uid\":"
			 "1000,\"started\":123,\"verb\":\"docker push\",\"class\":\"none\","
			 "\"verdict\":\"stop\",\"reason\":\"stopped\",\"gate\":\"no-ci\"}\n");
	buf_init(&odd, 4096);
	audit_format(&bare, &odd);
	ck_assert_str_eq(odd.data, "{\"time\":\"1970-01-01T00:00:00Z\",\"action\":\"list\","
				   "\"registry\":\"?\"}\n");
}
END_TEST

static void setup(void)
{
	scratch_make();
	file = (struct policy_file){ .audit = AUDIT_FILE,
				     .audit_file = scratch_path("log"),
				     .audit_max = 1 << 20 };
	world = (struct world){ .err = open("/dev/null", O_WRONLY), .clock = &clock_system };
}

static void teardown(void)
{
	free(file.audit_file);
	close(world.err);
	scratch_remove();
}

static size_t lines_of(const char *name)
{
	scoped_str text = scratch_read(name);
	size_t n = 0;

	for (const char *c = text; *c; c++)
		n += *c == '\n';
	return n;
}

START_TEST(appends)
{
	struct stat st;

	audit_write(&world, &policy, &record);
	audit_write(&world, &policy, &record);
	ck_assert_uint_eq(lines_of("log"), 2);
	ck_assert_int_eq(stat(file.audit_file, &st), 0);
	ck_assert_uint_eq(st.st_mode & 0777, 0600);
}
END_TEST

START_TEST(whose)
{
	struct policy_file user = file;
	const struct policy none = { 0 }, both = { .system = &file, .user = &user },
			    users = { .user = &user };

	user.audit_file = scratch_path("users");
	audit_write(&world, &none, &record);
	audit_write(&world, &both, &record);
	audit_write(&world, &users, &record);
	ck_assert_uint_eq(lines_of("log"), 1);
	ck_assert_uint_eq(lines_of("users"), 1);
	file.audit = AUDIT_OFF;
	ck_assert(!audit_is_on(&none) && !audit_is_on(&policy) && audit_is_on(&both));
	audit_write(&world, &both, &record);
	ck_assert_msg(lines_of("users") == 2, "the user's, where the system says nothing");
	free(user.audit_file);
}
END_TEST

/* Looked at, and not made. */
START_TEST(usable)
{
	const struct policy none = { 0 };
	struct error err = ERROR_INIT;

	ck_assert_int_eq(audit_check(&none, &err), 0);
	ck_assert_int_eq(audit_check(&policy, &err), 0);
	ck_assert_int_ne(access(file.audit_file, F_OK), 0);
	audit_write(&world, &policy, &record);
	ck_assert_int_eq(audit_check(&policy, &err), 0);
	unlink(file.audit_file);
	ck_assert_int_eq(mkdir(file.audit_file, 0700), 0);
	ck_assert_int_eq(audit_check(&policy, &err), -1);
	ck_assert_ptr_nonnull(strstr(err.text, "log is no regular file"));
	error_clear(&err);
	str_replace(&file.audit_file, scratch_path("no/log"));
	ck_assert_int_eq(audit_check(&policy, &err), -1);
	ck_assert_ptr_nonnull(strstr(err.text, "No such file or directory"));
	error_clear(&err);
	file.audit = AUDIT_SYSLOG;
	ck_assert_int_eq(audit_check(&policy, &err), 0);
}
END_TEST

START_TEST(bounded)
{
	struct stat st;

	file.audit_max = 1000;
	for (int i = 0; i < 40; i++) {
		audit_write(&world, &policy, &record);
		ck_assert_int_eq(stat(file.audit_file, &st), 0);
		ck_assert_int_le(st.st_size, 1000);
	}
	ck_assert_msg(lines_of("log.1") >= 2, "the one before is kept");
	file.audit_max = 1;
	audit_write(&world, &policy, &record);
	ck_assert_msg(lines_of("log") == 1, "a line is never cut");
}
END_TEST

/* Whoever writes while another moves the file away loses nothing but what is pushed out. */
START_TEST(together)
{
	int start[2];
	size_t line;
	char c;
	scoped_buf text;

	buf_init(&text, 4096);
	audit_format(&record, &text);
	line = text.len;
	file.audit_max = (int64_t)line * WRITERS * LINES / 2 + 1;
	ck_assert_int_eq(pipe(start), 0);
	for (int i = 0; i < WRITERS; i++)
		if (fork() == 0) {
			close(start[1]);
			(void)!read(start[0], &c, 1); /* until all are there */
			for (int n = 0; n < LINES; n++)
				audit_write(&world, &policy, &record);
			_exit(0);
		}
	close(start[1]);
	for (int i = 0, status; i < WRITERS; i++) {
		ck_assert_int_gt(wait(&status), 0);
		ck_assert_int_eq(status, 0);
	}
	ck_assert_uint_eq(lines_of("log") + lines_of("log.1"), WRITERS * LINES);
	ck_assert_msg(lines_of("log.1") == WRITERS * LINES / 2, "nobody goes on in the old one");
}
END_TEST

static void spoil_link(const char *path)
{
	scoped_str target = scratch_path("target");

	scratch_write("target", "", 0644);
	ck_assert_int_eq(symlink(target, path), 0);
}
static void spoil_pipe(const char *path)
{
	ck_assert_int_eq(mkfifo(path, 0600), 0);
}
static void spoil_dir(const char *path)
{
	ck_assert_int_eq(mkdir(path, 0700), 0);
}
static void spoil_lock(const char *path)
{
	int fd = open(path, O_CREAT | O_WRONLY, 0600);

	ck_assert_int_eq(flock(fd, LOCK_EX), 0); /* until the test ends */
}

static const struct {
	void (*spoil)(const char *path);
	const char *why;
} spoilt[] = {
	{ spoil_link, "a link is not followed" },
	{ spoil_pipe, "a pipe holds nobody up" },
	{ spoil_dir, "a directory" },
	{ spoil_lock, "somebody holds the lock" },
};

START_TEST(not_written)
{
	char told[1024];
	int ends[2];

	spoilt[_i].spoil(file.audit_file);
	ck_assert_int_eq(pipe(ends), 0);
	close(world.err);
	world.err = ends[1];
	audit_write(&world, &policy, &record);
	ssize_t n = read(ends[0], told, sizeof(told) - 1);

	ck_assert_int_gt(n, 0);
	told[n] = '\0';
	ck_assert_msg(strncmp(told, "pushgate: the audit log was not written: ", 41) == 0, "%s: %s",
		      spoilt[_i].why, told);
	ck_assert_msg(strchr(told, '\n') == told + n - 1, "one line");
	if (spoilt[_i].spoil == spoil_link)
		ck_assert_uint_eq(lines_of("target"), 0);
	close(ends[0]);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("audit");
	TCase *tc = tcase_create("audit");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, format);
	tcase_add_test(tc, appends);
	tcase_add_test(tc, whose);
	tcase_add_test(tc, usable);
	tcase_add_test(tc, bounded);
	tcase_add_test(tc, together);
	tcase_add_loop_test(tc, not_written, 0, array_len(spoilt));
	suite_add_tcase(s, tc);
	return s;
}
