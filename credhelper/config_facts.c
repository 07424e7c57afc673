/* SPDX-License-Identifier: Apache-2.0 */
/* What doctor and install have to know of the environment. */
#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/os/self.h"
#include "credhelper/config_file.h"

#define BUILDX_DEPTH 8
#define BUILDX_MOST  200

/* --- PATH. */

static bool is_program(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && !S_ISDIR(st.st_mode) && access(path, X_OK) == 0;
}

char *config_find_helper(const char *path, const char *suffix)
{
	while (path && *path) {
		size_t len = strcspn(path, ":");
		scoped_str found = xasprintf("%.*s%sdocker-credential-%s", (int)len, path,
					     len ? "/" : "./", suffix);

		/* Go refuses what it finds by a relative path, and looks no further. */
		if (is_program(found))
			return *found == '/' ? take_ptr(found) : NULL;
		path += len + (path[len] == ':');
	}
	return NULL;
}

bool config_same_file(const char *a, const char *b)
{
	struct stat first, second;

	return stat(a, &first) == 0 && stat(b, &second) == 0 && first.st_dev == second.st_dev &&
	       first.st_ino == second.st_ino;
}

/* Whoever calls a helper by a path of its own is told what PATH has. */
static void find_ours(struct config_facts *out, const char *path)
{
	struct error err = ERROR_INIT;
	scoped_str self = NULL;
	scoped_str found = config_find_helper(path, CONFIG_OURS);

	if (self_path(&self, &err) < 0)
		return;
	out->own_dir = xstrndup(self, (size_t)(strrchr(self, '/') - self));
	if (found && !config_same_file(found, self))
		out->other_program = take_ptr(found);
}

static void find_helpers(struct config_facts *out, const struct config_file *file, const char *path)
{
	scoped_strings named = { 0 };

	if (file->doc.root)
		config_helpers(file->doc.root, &named);
	for (size_t i = 0; i < named.count; i++) {
		scoped_str found = config_find_helper(path, named.items[i]);

		if (found)
			strings_add(&out->on_path, named.items[i]);
	}
}

/* --- buildx: a directory for each registry or repository, each with a config.json. */

static void close_dir(DIR **dir)
{
	if (*dir)
		closedir(*dir);
}

static void add_buildx(struct config_facts *out, const char *path, const char *name)
{
	scoped_config_file file;
	struct error err = ERROR_INIT;
	struct config_buildx *b;
	int failed = config_file_read(&file, path, &err);

	if (!failed && !file.there)
		return;
	b = array_add(&out->buildx);
	b->name = xstrdup(name);
	b->path = xstrdup(path);
	if (failed)
		b->why = xstrdup(err.text);
	else
		b->root = json_incref(file.doc.root);
}

static void walk_buildx(struct config_facts *out, const char *path, const char *name, int depth)
{
	scoped(close_dir) DIR *dir = opendir(path);
	const struct dirent *entry;

	if (*name)
		add_buildx(out, path, name);
	while (dir && depth > 0 && out->buildx.count < BUILDX_MOST &&
	       (entry = readdir(dir)) != NULL) {
		scoped_str below = xasprintf("%s/%s", path, entry->d_name);
		scoped_str full = xasprintf("%s%s%s", name, *name ? "/" : "", entry->d_name);
		struct stat st;

		if (entry->d_name[0] != '.' && stat(below, &st) == 0 && S_ISDIR(st.st_mode))
			walk_buildx(out, below, full, depth - 1);
	}
}

void config_facts_collect(struct config_facts *out, const struct config_file *file,
			  const char *(*env)(const char *name))
{
	const char *path = env("PATH"), *buildx = env("BUILDX_CONFIG");

	*out = (struct config_facts){ .doc = file->doc.root ? &file->doc : NULL,
				      .path = file->path ? file->path : "config.json",
				      .auth_config = env("DOCKER_AUTH_CONFIG") };
	find_ours(out, path);
	find_helpers(out, file, path);
	if (!file->dir)
		return;
	scoped_str top = buildx && *buildx ? xasprintf("%s/config", buildx)
					   : xasprintf("%s/buildx/config", file->dir);

	walk_buildx(out, top, "", BUILDX_DEPTH);
}
