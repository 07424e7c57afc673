/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/suite.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/alloc.h"
#include "common/base/buf.h"
#include "common/os/which.h"
#include "tests/unit/client/scratch.h"

/* The folders of PATH, ":" between, "%" for the scratch directory; where it is found. */
static const struct {
	const char *path, *found, *why;
} rows[] = {
	{ "%/a:%/b", "a/tool", "the first" },
	{ "%/b:%/a", "b/tool", "whichever that is" },
	{ "%/none:%/b", "b/tool", "a folder that is not there" },
	{ "%/plain:%/b", "b/tool", "a file that is no program" },
	{ "%/dir:%/b", "b/tool", "a directory of that name" },
	{ "a:%/b", "b/tool", "relative to the working directory" },
	{ ":%/b:", "b/tool", "the working directory itself" },
	{ "a", NULL, "nothing but that" },
	{ "", NULL, "nothing" },
};

static char *in_scratch(const char *path)
{
	scoped_buf out;

	buf_init(&out, 4096);
	for (; *path; path++)
		if (*path == '%')
			buf_str(&out, scratch_dir());
		else
			buf_char(&out, *path);
	return xstrdup(out.data);
}

START_TEST(finds)
{
	scoped_str path = in_scratch(rows[_i].path);
	scoped_str want = rows[_i].found ? scratch_path(rows[_i].found) : NULL;
	scoped_str dir = scratch_path("dir/tool");

	scratch_write("a/tool", "#!/bin/sh\n", 0755);
	scratch_write("b/tool", "#!/bin/sh\n", 0755);
	scratch_write("plain/tool", "", 0644);
	scratch_write("dir/x", "", 0644);
	ck_assert(mkdir(dir, 0755) == 0 || access(dir, F_OK) == 0);
	ck_assert_int_eq(chdir(scratch_dir()), 0);
	setenv("PATH", path, 1);
	scoped_str found = which("tool");

	ck_assert_msg(want ? found && strcmp(found, want) == 0 : !found, "%s: %s", rows[_i].why,
		      found ? found : "none");
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("which");
	TCase *t = tcase_create("which");

	tcase_add_checked_fixture(t, scratch_make, scratch_remove);
	tcase_add_loop_test(t, finds, 0, array_len(rows));
	suite_add_tcase(s, t);
	return s;
}
