/* SPDX-License-Identifier: Apache-2.0 */
#include "credhelper/facts.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/client/files.h"
#include "credhelper/cgroup_unit.h"

#define SMALL_FILE 65536

/* --- Users and groups. */

static void add_number(struct strings *list, unsigned long number)
{
	strings_take(list, xasprintf("%lu", number));
}

static void add_user(struct facts *facts, bool needs_names)
{
	const struct passwd *user;

	add_number(&facts->users, facts->uid);
	if (needs_names && (user = getpwuid(facts->uid)) != NULL)
		strings_add(&facts->users, user->pw_name);
}

static void add_group(struct facts *facts, gid_t gid, bool needs_names)
{
	const struct group *group;

	add_number(&facts->groups, gid);
	if (needs_names && (group = getgrgid(gid)) != NULL)
		strings_add(&facts->groups, group->gr_name);
}

static void add_groups(struct facts *facts, bool needs_names)
{
	int count = getgroups(0, NULL);

	add_group(facts, getegid(), needs_names);
	if (count <= 0)
		return;
	gid_t *groups = xcalloc((size_t)count, sizeof(*groups));

	count = getgroups(count, groups);
	for (int i = 0; i < count; i++)
		if (groups[i] != getegid())
			add_group(facts, groups[i], needs_names);
	free(groups);
}

/* --- What /proc says of us. */

static bool read_own(const struct world *world, const char *name, struct buf *out)
{
	scoped_str path = xasprintf("%s/%ld/%s", world->paths->proc, (long)world->pid, name);
	struct error err = ERROR_INIT;

	return file_read(path, SMALL_FILE, out, &err) == 0;
}

static char *find_unit(const struct world *world)
{
	scoped_str path = xasprintf("%s/%ld/ns/cgroup", world->paths->proc, (long)world->pid);
	char space[64];
	ssize_t n = readlink(path, space, sizeof(space) - 1);
	scoped_buf text;

	buf_init(&text, SMALL_FILE);
	if (n <= 0 || !read_own(world, "cgroup", &text))
		return NULL;
	space[n] = '\0';
	return cgroup_unit(space, text.data);
}

static int64_t find_login(const struct world *world)
{
	scoped_buf text;
	unsigned long uid;

	buf_init(&text, SMALL_FILE);
	if (!read_own(world, "loginuid", &text) || sscanf(text.data, "%lu", &uid) != 1)
		return -1;
	return uid == UINT32_MAX ? -1 : (int64_t)uid;
}

/* It opens only for who has one. */
static bool has_terminal(void)
{
	int fd = open("/dev/tty", O_RDONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

/* --- Who pushes. */

static enum argv_verdict judge(const struct ancestor *a, const struct registry_key *asked,
			       struct argv_push *push)
{
	return a->argv_cut ? ARGV_DOUBT : argv_push(push, a->exe, &a->argv, asked);
}

/* Above a doubt another one may say that it pushes (compose has bake build what its file says),
 * though no longer where to. */
static void find_pusher(struct facts *facts, const struct registry_key *asked)
{
	bool doubt = false;

	for (size_t i = 0; i < facts->ancestry.count; i++) {
		const struct ancestor *a = &facts->ancestry.items[i];
		scoped_argv_push push = { 0 };
		enum argv_verdict verdict = judge(a, asked, &push);

		doubt |= verdict == ARGV_DOUBT;
		if (verdict == ARGV_OTHER || verdict == ARGV_DOUBT)
			continue;
		facts->pusher.push.what = push.what;
		if (verdict == ARGV_PUSHES && !doubt) {
			facts->pusher.push.repository = take_ptr(push.repository);
			facts->pusher.who = a;
		}
		return;
	}
}

void facts_collect(struct facts *out, const struct world *world, const struct registry_key *asked,
		   bool needs_names)
{
	const char *ssh = world->env("SSH_TTY");
	struct error err = ERROR_INIT;

	*out = (struct facts){ .env = world->env, .uid = getuid(), .euid = geteuid() };
	out->vendor = vendor_detect(world->env);
	out->trap = out->vendor ? vendor_trapped(out->vendor, world->env) : NULL;
	out->terminal = has_terminal();
	out->ssh_terminal = ssh && *ssh;
	out->unit = find_unit(world);
	out->login_uid = find_login(world);
	add_user(out, needs_names);
	add_groups(out, needs_names);
	if (ancestry_read(&out->ancestry, world->paths->proc, world->pid, &err) == 0 && asked &&
	    !asked->opaque)
		find_pusher(out, asked);
}

void facts_release(struct facts *facts)
{
	strings_release(&facts->users);
	strings_release(&facts->groups);
	free(facts->unit);
	ancestry_release(&facts->ancestry);
	argv_push_release(&facts->pusher.push);
	*facts = (struct facts){ 0 };
}
