/* SPDX-License-Identifier: Apache-2.0 */
/* What is root's in these tests is only where root runs them: else all of it is refused. */
#include "tests/unit/suite.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "credhelper/policy_load.h"
#include "tests/unit/client/scratch.h"

#define EMPTY "{\"version\":1}"

static struct policy load(const char *user)
{
	scoped_str system = scratch_path("none.json");
	scoped_str path = user ? scratch_path(user) : NULL;
	struct policy policy;

	policy_load(&policy, system, path);
	return policy;
}

START_TEST(users)
{
	scoped_policy none = load("absent.json"), no_dir = load("no/such/dir.json"),
		      nobody = load(NULL);

	ck_assert(!none.broken && !none.user && !none.system);
	ck_assert(!no_dir.broken && !nobody.broken);
	scratch_write("good.json", EMPTY, 0600);
	scoped_policy good = load("good.json");

	ck_assert(!good.broken && good.user && !good.user->system);
}
END_TEST

START_TEST(broken)
{
	static const struct {
		const char *text;
		mode_t mode;
		const char *word, *why;
	} rows[] = {
		{ "", 0600, "bad.json", "nothing is no policy" },
		{ "{\"version\":1,\"x\":1}", 0600, "x", "an unknown key" },
		{ EMPTY "}", 0600, "bad.json", "something after it" },
		{ EMPTY, 0666, "chmod", "others may write it" },
	};

	for (size_t i = 0; i < array_len(rows); i++) {
		scoped_str path = scratch_path("bad.json");

		unlink(path);
		scratch_write("bad.json", rows[i].text, 0600);
		ck_assert_int_eq(chmod(path, rows[i].mode), 0);
		scoped_policy policy = load("bad.json");

		ck_assert_msg(policy.broken && !policy.user, "%s", rows[i].why);
		ck_assert_msg(strstr(policy.why.text, rows[i].word), "%s: %s", rows[i].why,
			      policy.why.text);
	}
	scoped_str link = scratch_path("link.json");
	scoped_str dir = scratch_path("dir.json");

	ck_assert_int_eq(symlink("/nowhere/at/all", link), 0);
	ck_assert_int_eq(mkdir(dir, 0700), 0);
	scoped_policy dangling = load("link.json"), folder = load("dir.json");

	ck_assert_msg(dangling.broken, "a link to nowhere hides one");
	ck_assert_msg(folder.broken, "a directory");
}
END_TEST

/* The scratch directory lies below one that everybody may write, as /tmp is: never root's alone. */
START_TEST(systems)
{
	scoped_str path = scratch_path("system.json");
	scoped_str user = scratch_path("user.json");

	scratch_write("system.json", EMPTY, 0644);
	scratch_write("user.json", EMPTY, 0600);
	scoped_policy policy = { 0 };

	policy_load(&policy, path, user);
	ck_assert_msg(policy.broken && !policy.system, "not where others may write");
	ck_assert_ptr_nonnull(policy.user);
	ck_assert_msg(strstr(policy.why.text, "chmod go-w") ||
			      strstr(policy.why.text, "chown root"),
		      "%s", policy.why.text);
}
END_TEST

START_TEST(own_path)
{
	ck_assert_int_eq(setenv("XDG_CONFIG_HOME", "/some/config", 1), 0);
	scoped_str path = policy_user_path();

	ck_assert_str_eq(path, "/some/config/docker-hygiene/pushgate.json");
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("policy_load");
	TCase *tc = tcase_create("policy_load");

	tcase_add_checked_fixture(tc, scratch_make, scratch_remove);
	tcase_add_test(tc, users);
	tcase_add_test(tc, broken);
	tcase_add_test(tc, systems);
	tcase_add_test(tc, own_path);
	suite_add_tcase(s, tc);
	return s;
}
