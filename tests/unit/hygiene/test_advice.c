/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/suite.h"

#include <string.h>

#include "common/base/attr.h"
#include "plugins/hygiene/advice.h"

#define UNKNOWN ADVICE_DISK_UNKNOWN
#define ROOM    ADVICE_DISK_ROOM
#define FULL    ADVICE_DISK_FULL

static const struct {
	const char *command, *error;
	enum advice_disk disk;
	bool asks; /* the disk */
	bool advice;
	const char *why;
} rows[] = {
	{ "pull", "write /var/lib/docker/tmp/x: no space left on device", UNKNOWN, false, true,
	  "the engine's own text" },
	{ "pull", "No space left on device", ROOM, false, true,
	  "said plainly: a failed pull has freed its part again" },
	{ "build", "ENOSPC: write", UNKNOWN, false, true, "node's" },
	{ "build", "mkdir /x: disk quota exceeded", UNKNOWN, false, true, "a quota" },
	{ "build", "E: You don't have enough free space in /var/cache/apt/archives/.", UNKNOWN,
	  false, true, "apt's" },
	{ "cp", "database or disk is full", UNKNOWN, false, true, "sqlite's" },
	{ NULL, "no space left on device", UNKNOWN, false, true, "the command is not known" },
	{ "pull", "manifest unknown", FULL, false, false, "another failure" },
	{ "pull", "", FULL, false, false, "a success" },
	{ "pull", NULL, FULL, false, false, "a success" },
	{ "buildx", "exited with code 1", FULL, true, true, "buildx printed the cause itself" },
	{ "buildx build", "exit status 1", FULL, true, true, "with its subcommand" },
	{ "compose", "exited with code 17", FULL, true, true, "so does compose" },
	{ "buildx", "exited with code 1", ROOM, true, false, "but there is room" },
	{ "buildx", "exited with code 1", UNKNOWN, true, false, "or nobody knows" },
	{ "build", "The command '/bin/sh -c apt-get update' returned a non-zero code: 100", FULL,
	  true, true, "a RUN step of the classic builder" },
	{ "buildxy", "exited with code 1", FULL, false, false, "another command" },
	{ "exec", "exited with code 1", FULL, false, false, "one that writes nothing of docker's" },
	{ NULL, "exited with code 1", FULL, false, false, "not known which" },
	{ "hygiene prune", "exited with code 1: no space left on device", FULL, false, false,
	  "our own commands tell their own" },
};

START_TEST(advice)
{
	struct plugin_hook hook = { .command = rows[_i].command, .error = rows[_i].error };

	ck_assert_msg(advice_needs_disk(&hook) == rows[_i].asks, "%s", rows[_i].why);
	ck_assert_msg(advice_full_disk(&hook, rows[_i].disk) == rows[_i].advice, "%s",
		      rows[_i].why);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("advice");
	TCase *t = tcase_create("advice");

	tcase_add_loop_test(t, advice, 0, array_len(rows));
	suite_add_tcase(s, t);
	return s;
}
