/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/suite.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "credhelper/facts.h"
#include "tests/unit/client/scratch.h"

static const char *ssh_tty, *jenkins, *change;
static const char *get_env(const char *name)
{
	if (strcmp(name, "SSH_TTY") == 0)
		return ssh_tty;
	if (strcmp(name, "JENKINS_URL") == 0 || strcmp(name, "BUILD_ID") == 0)
		return jenkins;
	return strcmp(name, "CHANGE_ID") == 0 ? change : NULL;
}

static struct paths paths;
static const struct world world = { .env = get_env, .paths = &paths, .pid = 40 };

static void setup(void)
{
	scratch_make();
	paths.proc = scratch_dir();
	ssh_tty = jenkins = change = NULL;
}

/* Ancestors from the parent on, each "word word"; the last one's parent is init. */
static void tree(const char *const *argvs, size_t count)
{
	for (size_t i = 0; i <= count; i++) {
		size_t pid = 40 - i, parent = i < count ? pid - 1 : 0;
		scoped_str stat = xasprintf("%zu (x) S %zu 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 "
					    "%zu 1 1 1\n",
					    pid, parent, 900 - i);
		scoped_str name = xasprintf("%zu/stat", pid);

		scratch_write(name, stat, 0644);
		if (i == 0)
			continue;
		scoped_str words = xstrdup(argvs[i - 1]);
		scoped_str file = xasprintf("%zu/cmdline", pid);
		scoped_str path = scratch_path(file);
		size_t len = strlen(words);

		scratch_write(file, "", 0644);
		for (size_t c = 0; c < len; c++)
			if (words[c] == ' ')
				words[c] = '\0';
		FILE *out = fopen(path, "w");

		ck_assert_ptr_nonnull(out);
		ck_assert_uint_eq(fwrite(words, 1, len, out), len);
		fclose(out);
	}
}

static const struct {
	const char *argvs[4], *asked, *what, *repository, *why;
} pushers[] = {
	{ { "docker push reg.io/org/app:1" }, "reg.io", "docker push", "org/app", "the parent" },
	{ { "docker push reg.io/app", "sh -c x" },
	  "reg.io",
	  "docker push",
	  "app",
	  "below a shell" },
	{ { "sh -c x", "make push", "docker push reg.io/app" },
	  "reg.io",
	  "docker push",
	  "app",
	  "above shells" },
	{ { "docker push reg.io/app" }, "other", NULL, NULL, "to another one" },
	{ { "docker pull reg.io/app", "docker push reg.io/app" },
	  "reg.io",
	  NULL,
	  NULL,
	  "the nearest of the table counts" },
	{ { "docker push --surprise x reg.io/app", "docker push reg.io/app" },
	  "reg.io",
	  "docker push",
	  NULL,
	  "above a doubt it is not certain where to" },
	{ { "docker-buildx bake --file - --progress rawjson", "docker-compose compose build --push",
	    "docker compose build --push" },
	  "reg.io",
	  "docker compose build",
	  NULL,
	  "what compose has bake do" },
	{ { "docker-buildx bake --file -", "docker-compose compose up", "docker push reg.io/app" },
	  "reg.io",
	  NULL,
	  NULL,
	  "above what pushes nothing nobody does" },
	{ { "docker-buildx bake --file -", "docker-compose compose build" },
	  "reg.io",
	  NULL,
	  NULL,
	  "doubts alone are none" },
	{ { "docker buildx bake --push", "docker push reg.io/app" },
	  "reg.io",
	  "docker buildx bake",
	  NULL,
	  "where to is not certain" },
	{ { "sh -c docker\tpush" }, "reg.io", NULL, NULL, "a shell alone" },
	{ { "docker push reg.io/app" }, "ftp://reg.io", NULL, NULL, "an opaque key" },
};

START_TEST(pusher)
{
	scoped_registry_key asked;
	scoped_facts facts = { 0 };
	size_t count = 0;

	while (count < 4 && pushers[_i].argvs[count])
		count++;
	tree(pushers[_i].argvs, count);
	registry_key_read(&asked, pushers[_i].asked);
	facts_collect(&facts, &world, &asked, false);
	ck_assert_msg((facts.pusher.who != NULL) == (pushers[_i].repository != NULL), "%s",
		      pushers[_i].why);
	ck_assert_uint_eq(facts.ancestry.count, count);
	ck_assert_pstr_eq(facts.pusher.push.what, pushers[_i].what);
	if (!pushers[_i].what)
		return;
	ck_assert_pstr_eq(facts.pusher.push.repository, pushers[_i].repository);
	scoped_facts other = { 0 };

	facts_collect(&other, &world, NULL, false);
	ck_assert_msg(!other.pusher.who, "nobody asks");
}
END_TEST

START_TEST(long_argv)
{
	static const char *const argvs[] = { "docker push reg.io/app" };
	scoped_registry_key asked;
	scoped_facts facts = { 0 };
	char *bytes = xmalloc(ANCESTRY_ARGV_MAX + 100);

	tree(argvs, 1);
	memset(bytes, 'x', ANCESTRY_ARGV_MAX + 99);
	bytes[ANCESTRY_ARGV_MAX + 99] = '\0';
	scoped_str path = scratch_path("39/cmdline");
	FILE *out = fopen(path, "a");

	ck_assert_ptr_nonnull(out);
	fwrite("", 1, 1, out);
	fwrite(bytes, 1, ANCESTRY_ARGV_MAX + 99, out);
	fclose(out);
	free(bytes);
	registry_key_read(&asked, "reg.io");
	facts_collect(&facts, &world, &asked, false);
	ck_assert_msg(facts.ancestry.items[0].argv_cut && !facts.pusher.who,
		      "a cut one is a doubt");
}
END_TEST

START_TEST(unit_and_login)
{
	scoped_facts none = { 0 }, all = { 0 }, nobody = { 0 }, space = { 0 };
	scoped_str link = scratch_path("40/ns/cgroup");

	facts_collect(&none, &world, NULL, false);
	ck_assert(!none.unit && none.login_uid == -1 && none.ancestry.count == 0);
	scratch_write("40/cgroup", "0::/system.slice/jenkins.service\n", 0444);
	scratch_write("40/loginuid", "1000", 0644);
	scratch_write("40/ns/x", "", 0644);
	ck_assert_int_eq(symlink("cgroup:[4026531835]", link), 0);
	facts_collect(&all, &world, NULL, false);
	ck_assert_pstr_eq(all.unit, "jenkins.service");
	ck_assert_int_eq(all.login_uid, 1000);
	scratch_write("40/loginuid", "4294967295", 0644);
	facts_collect(&nobody, &world, NULL, false);
	ck_assert_int_eq(nobody.login_uid, -1);
	ck_assert_int_eq(unlink(link), 0);
	ck_assert_int_eq(symlink("cgroup:[4026532000]", link), 0);
	facts_collect(&space, &world, NULL, false);
	ck_assert_msg(!space.unit, "another namespace's names");
}
END_TEST

START_TEST(ci)
{
	scoped_facts facts = { 0 }, person = { 0 };

	ssh_tty = "";
	facts_collect(&person, &world, NULL, false);
	ck_assert(!person.vendor && !person.trap && !person.ssh_terminal);
	ssh_tty = "/dev/pts/1";
	jenkins = "https://j";
	change = "7";
	facts_collect(&facts, &world, NULL, false);
	ck_assert(facts.ssh_terminal && facts.vendor == vendor_find("jenkins"));
	ck_assert_str_eq(facts.trap->name, "CHANGE_ID");
}
END_TEST

static bool has(const struct strings *list, const char *word)
{
	for (size_t i = 0; i < list->count; i++)
		if (strcmp(list->items[i], word) == 0)
			return true;
	return false;
}

START_TEST(users)
{
	scoped_facts numbers = { 0 }, names = { 0 };
	scoped_str uid = xasprintf("%lu", (unsigned long)getuid());
	scoped_str gid = xasprintf("%lu", (unsigned long)getegid());

	facts_collect(&numbers, &world, NULL, false);
	ck_assert(has(&numbers.users, uid) && numbers.users.count == 1);
	ck_assert(has(&numbers.groups, gid));
	facts_collect(&names, &world, NULL, true);
	ck_assert(has(&names.users, uid) && has(&names.groups, gid));
	if (getuid() == 0)
		ck_assert(has(&names.users, "root") && !has(&numbers.users, "root"));
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("facts");
	TCase *tc = tcase_create("facts");

	tcase_add_checked_fixture(tc, setup, scratch_remove);
	tcase_add_loop_test(tc, pusher, 0, array_len(pushers));
	tcase_add_test(tc, long_argv);
	tcase_add_test(tc, unit_and_login);
	tcase_add_test(tc, ci);
	tcase_add_test(tc, users);
	suite_add_tcase(s, tc);
	return s;
}
