/* SPDX-License-Identifier: Apache-2.0 */
#include "plugins/hygiene/base_inputs.h"

#include <dirent.h>
#include <errno.h>
#include <glob.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/client/files.h"
#include "common/codec/sha256.h"

#define LIST_MAX ((size_t)64 << 20)

void recipe_place(struct recipe_place *out, const struct recipe *recipe, const char *folder)
{
	out->context = *recipe->context == '/' ? xstrdup(recipe->context)
					       : xasprintf("%s/%s", folder, recipe->context);
	out->dockerfile = *recipe->dockerfile == '/'
				  ? xstrdup(recipe->dockerfile)
				  : xasprintf("%s/%s", out->context, recipe->dockerfile);
}

void recipe_place_release(struct recipe_place *place)
{
	free(place->context);
	free(place->dockerfile);
	*place = (struct recipe_place){ 0 };
}

/* --- which files */

struct walk {
	struct strings paths; /* relative to the context */
	const char *context;
};

static void walk_release(struct walk *walk)
{
	strings_release(&walk->paths);
}

static int add_path(struct walk *walk, const char *path, struct error *err);

static int add_below(struct walk *walk, const char *path, struct error *err)
{
	scoped_str full = xasprintf("%s/%s", walk->context, path);
	DIR *dir = opendir(full);
	int rc = 0;

	if (!dir)
		return error_errno(err, errno, "read %s", full);
	for (const struct dirent *entry; rc == 0 && (entry = readdir(dir));) {
		scoped_str below = NULL;

		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		below = xasprintf("%s/%s", path, entry->d_name);
		rc = add_path(walk, below, err);
	}
	closedir(dir);
	return rc;
}

/* Links are not followed: nothing can be walked in a circle, and no deeper than paths can be. */
static int add_path(struct walk *walk, const char *path, struct error *err)
{
	scoped_str full = xasprintf("%s/%s", walk->context, path);
	struct stat st;

	if (strlen(full) >= PATH_MAX)
		return error_set(err, ERROR_LIMIT, 0, "inputs: a path is longer than %d bytes",
				 PATH_MAX);
	if (lstat(full, &st) < 0)
		return error_errno(err, errno, "read %s", full);
	if (S_ISDIR(st.st_mode))
		return add_below(walk, path, err);
	if (!S_ISREG(st.st_mode) && !S_ISLNK(st.st_mode))
		return error_set(err, ERROR_INPUT, 0, "%s is no file and no directory", full);
	if (walk->paths.count >= INPUTS_FILES_MAX)
		return error_set(err, ERROR_LIMIT, 0, "inputs: more than %d files",
				 INPUTS_FILES_MAX);
	strings_add(&walk->paths, path);
	return 0;
}

/* The context's own name is no pattern. */
static char *escaped(const char *text)
{
	struct buf out;

	buf_init(&out, (size_t)2 * PATH_MAX);
	for (; *text; text++) {
		if (strchr("\\*?[]", *text))
			buf_char(&out, '\\');
		buf_char(&out, *text);
	}
	return buf_take(&out);
}

static bool has_wildcard(const char *pattern)
{
	return strpbrk(pattern, "*?[") != NULL;
}

static int add_pattern(struct walk *walk, const char *pattern, struct error *err)
{
	scoped_str prefix = escaped(walk->context);
	scoped_str full = xasprintf("%s/%s", prefix, pattern);
	size_t skip = strlen(walk->context) + 1;
	glob_t found;
	int rc = glob(full, GLOB_NOSORT | GLOB_ERR, NULL, &found);

	if (rc == GLOB_NOMATCH && has_wildcard(pattern))
		return 0;
	if (rc == GLOB_NOMATCH)
		return error_set(err, ERROR_NOT_FOUND, 0, "inputs: %s/%s is not there",
				 walk->context, pattern);
	if (rc != 0)
		return error_set(err, ERROR_IO, errno, "inputs: cannot look for %s/%s",
				 walk->context, pattern);
	rc = 0;
	for (size_t i = 0; rc == 0 && i < found.gl_pathc; i++)
		rc = add_path(walk, found.gl_pathv[i] + skip, err);
	globfree(&found);
	return rc;
}

/* --- what is in them */

static int add_link(struct buf *list, const char *full, struct error *err)
{
	char target[PATH_MAX];
	ssize_t len = readlink(full, target, sizeof(target) - 1);

	if (len < 0)
		return error_errno(err, errno, "read %s", full);
	target[len] = '\0';
	buf_fmt(list, "link %s", target);
	return 0;
}

static int add_content(struct buf *list, const char *full, struct error *err)
{
	char hash[SHA256_HEX];
	scoped_buf data = { 0 };
	struct stat st;

	if (lstat(full, &st) < 0)
		return error_errno(err, errno, "read %s", full);
	if (S_ISLNK(st.st_mode))
		return add_link(list, full, err);
	buf_init(&data, INPUTS_FILE_MAX);
	if (file_read(full, INPUTS_FILE_MAX, &data, err) < 0 ||
	    sha256_hex(hash, data.data, data.len, err) < 0)
		return -1;
	buf_fmt(list, "%s %s", st.st_mode & S_IXUSR ? "program" : "file", hash);
	return 0;
}

/* Each with a byte that no path has behind it. */
static void add_word(struct buf *list, const char *word)
{
	buf_add(list, word, strlen(word) + 1);
}

static void add_recipe(struct buf *list, const struct recipe *recipe, const struct buf *dockerfile)
{
	add_word(list, recipe->target ? recipe->target : "");
	for (size_t i = 0; i < recipe->args.count; i++) {
		add_word(list, recipe->args.items[i].key);
		add_word(list, recipe->args.items[i].value);
	}
	add_word(list, "");
	buf_fmt(list, "%zu ", dockerfile->len);
	buf_add(list, dockerfile->data, dockerfile->len);
}

int base_inputs_hash(char **out, const struct recipe *recipe, const struct recipe_place *place,
		     const struct buf *dockerfile, struct error *err)
{
	struct walk scoped(walk_release) walk = { .context = place->context };
	char hash[SHA256_HEX];
	scoped_buf list = { 0 };

	for (size_t i = 0; i < recipe->inputs.count; i++)
		if (add_pattern(&walk, recipe->inputs.items[i], err) < 0)
			return -1;
	strings_sort(&walk.paths);
	buf_init(&list, LIST_MAX);
	add_recipe(&list, recipe, dockerfile);
	for (size_t i = 0; i < walk.paths.count; i++) {
		scoped_str full = xasprintf("%s/%s", walk.context, walk.paths.items[i]);

		/* Two patterns may name one file. */
		if (i > 0 && strcmp(walk.paths.items[i], walk.paths.items[i - 1]) == 0)
			continue;
		add_word(&list, walk.paths.items[i]);
		if (add_content(&list, full, err) < 0)
			return -1;
		add_word(&list, "");
	}
	if (buf_failed(&list))
		return error_set(err, ERROR_LIMIT, 0, "inputs: their names are too long");
	if (sha256_hex(hash, list.data, list.len, err) < 0)
		return -1;
	*out = xstrdup(hash);
	return 0;
}
