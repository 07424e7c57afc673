/* SPDX-License-Identifier: Apache-2.0 */
#include "credhelper/policy_load.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "common/client/files.h"
#include "credhelper/local_file.h"

static int check_root(const char *path, struct error *err)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return error_errno(err, errno, "look at %s", path);
	if (st.st_uid != 0)
		return error_set(err, ERROR_DENIED, 0,
				 "%s belongs to user %lu, and the system policy must be root's: "
				 "chown root it",
				 path, (unsigned long)st.st_uid);
	if (st.st_mode & (S_IWGRP | S_IWOTH))
		return error_set(err, ERROR_DENIED, 0,
				 "%s may be written by others than root; chmod go-w it", path);
	return 0;
}

static void free_libc(char **p)
{
	free(*p);
}

/* The file and every directory above it: whoever may write one of them makes the policy. */
static int check_root_path(const char *path, struct error *err)
{
	scoped(free_libc) char *real = realpath(path, NULL);
	char *slash;

	if (!real)
		return error_errno(err, errno, "read %s", path);
	if (check_root(real, err) < 0)
		return -1;
	while ((slash = strrchr(real, '/')) != NULL && slash != real) {
		*slash = '\0';
		if (check_root(real, err) < 0)
			return -1;
	}
	return check_root("/", err);
}

static int read_policy(struct policy_file *out, const char *path, bool system, struct error *err)
{
	scoped_buf text;

	buf_init(&text, POLICY_MAX);
	if (system && check_root_path(path, err) < 0)
		return -1;
	if (file_read_trusted(path, POLICY_MAX, &text, err) < 0)
		return -1;
	return policy_parse(out, text.data, text.len, path, system, err);
}

/* NULL: there is none, or it cannot be used, which the policy then says. The first word counts. */
static struct policy_file *load(struct policy *policy, const char *path, bool system)
{
	struct policy_file *file;
	struct error err = ERROR_INIT;

	if (path_is_absent(path))
		return NULL;
	file = xcalloc(1, sizeof(*file));
	if (read_policy(file, path, system, &err) == 0)
		return file;
	free(file);
	if (!policy->broken)
		policy->why = err;
	policy->broken = true;
	return NULL;
}

void policy_load(struct policy *out, const char *system_path, const char *user_path)
{
	struct policy policy = { 0 };

	policy.system = load(&policy, system_path, true);
	if (user_path)
		policy.user = load(&policy, user_path, false);
	*out = policy;
}

char *policy_user_path(void)
{
	struct error err = ERROR_INIT;
	scoped_str dir = NULL;

	return dir_config(&dir, "docker-hygiene", &err) < 0 ? NULL
							    : xasprintf("%s/pushgate.json", dir);
}
