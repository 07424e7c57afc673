/* SPDX-License-Identifier: Apache-2.0 */
#include "credhelper/sealed.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/client/files.h"
#include "common/client/secret_file.h"
#include "credhelper/cms.h"

#define DIR_VARIABLE  "PUSHGATE_SEALED_DIR"
#define FILE_VARIABLE "PUSHGATE_KEY_FILE"
#define FD_VARIABLE   "PUSHGATE_KEY_FD"

#define PEM_FILE_MAX  (256 << 10)
#define NAMES_MAX     10000
/* A pipe that CI left open and empty is no key. */
#define PIPE_DEADLINE (2 * NSEC_PER_SEC)

static const char *variable(const struct world *world, const char *name)
{
	const char *value = world->env(name);

	return value && *value ? value : NULL;
}

/* --- The key. */

/* From its beginning without moving the offset: every helper that docker starts shares it. */
static int read_at_start(int fd, struct secret *out, struct error *err)
{
	scoped_secret bytes = { 0 };
	char chunk[4096];
	ssize_t n = 1;

	while (n != 0 && bytes.len <= PEM_FILE_MAX) {
		n = pread(fd, chunk, sizeof(chunk), (off_t)bytes.len);
		if (n < 0 && errno != EINTR)
			return error_errno(err, errno, "read " FD_VARIABLE);
		if (n > 0)
			secret_add(&bytes, chunk, (size_t)n);
	}
	wipe(chunk, sizeof(chunk));
	if (bytes.len > PEM_FILE_MAX)
		return error_set(err, ERROR_DENIED, 0, FD_VARIABLE ": more than %d bytes",
				 PEM_FILE_MAX);
	secret_release(out);
	*out = take_value(bytes);
	return 0;
}

static int key_from_fd(const char *text, struct secret *out, struct error *err)
{
	scoped_secret bytes = { 0 };
	char *end = NULL;
	struct stat st;
	long fd = strtol(text, &end, 10);

	/* 0 to 2 are the protocol's. */
	if (strspn(text, "0123456789") != strlen(text) || fd < 3 || fd > 1 << 20)
		return error_set(err, ERROR_DENIED, 0,
				 FD_VARIABLE " is no number of a descriptor from 3 on");
	if (fstat((int)fd, &st) < 0)
		return error_set(err, ERROR_DENIED, errno,
				 FD_VARIABLE ": descriptor %ld is not open", fd);
	int rc = S_ISREG(st.st_mode)
			 ? read_at_start((int)fd, &bytes, err)
			 : secret_read_fd((int)fd, PEM_FILE_MAX, PIPE_DEADLINE, &bytes, err);

	if (rc < 0)
		return error_wrap(err, FD_VARIABLE);
	secret_release(out);
	*out = take_value(bytes);
	return 0;
}

static int key_from_file(const char *path, const char *what, struct secret *out, struct error *err)
{
	if (path[0] != '/')
		return error_set(err, ERROR_DENIED, 0, "%s is no absolute path", what);
	return secret_read_linked(path, PEM_FILE_MAX, out, err) < 0 ? error_wrap(err, "%s", what)
								    : 0;
}

int sealed_key(const struct world *world, const struct policy *policy, struct secret *out,
	       struct error *err)
{
	const char *named = policy->system ? policy->system->sealed_key_file : NULL;
	const char *file = variable(world, FILE_VARIABLE), *fd = variable(world, FD_VARIABLE);

	if (named)
		return key_from_file(named, "sealed.key_file", out, err);
	if (file)
		return key_from_file(file, FILE_VARIABLE, out, err);
	if (fd)
		return key_from_fd(fd, out, err);
	return error_set(err, ERROR_NOT_FOUND, 0,
			 "there is no key to open it with (" FILE_VARIABLE ", " FD_VARIABLE
			 " or sealed.key_file of the system policy)");
}

/* --- Looking. */

struct search {
	const struct world *world;
	const struct policy *policy;
	const struct registry_key *key;
	const char *repo;
	struct strings dirs, *notes;
	bool has_key, has_trusted; /* read already, which is done at the first file that is there */
	struct secret opening, trusted;
};

static void search_release(struct search *s)
{
	strings_release(&s->dirs);
	secret_release(&s->opening);
	secret_release(&s->trusted);
}

static void note(struct search *s, const char *what, const char *why)
{
	strings_take(s->notes, xasprintf("%s: %s", what, why));
}

/* Takes an error for a note. */
static void note_error(struct search *s, const char *what, struct error *err)
{
	note(s, what, err->text);
	error_clear(err);
}

/* The one of the environment, NULL if it says none; *why if it is not to be used. */
static const char *own_dir(const struct world *world, const char **why)
{
	const char *dir = variable(world, DIR_VARIABLE);

	*why = dir && dir[0] != '/' ? "it is no absolute path, and is not looked into" : NULL;
	return *why ? NULL : dir;
}

static void find_dirs(const struct world *world, const struct policy *policy, struct strings *dirs)
{
	const char *why, *own = own_dir(world, &why);

	if (policy->system)
		strings_copy(dirs, &policy->system->sealed_dirs);
	if (own)
		strings_add(dirs, own);
}

/* 1: it is there. Names that are too long for the file system name nothing. */
static int look_for(struct search *s, const char *path)
{
	struct stat st;

	if (stat(path, &st) == 0) {
		if (S_ISREG(st.st_mode))
			return 1;
		note(s, path, "it is not a regular file");
	} else if (errno != ENOENT && errno != ENOTDIR && errno != ENAMETOOLONG) {
		note(s, path, strerror(errno));
	}
	return 0;
}

/* 1: there is one. No key is no failure: outside CI that is how it is to be. */
static int get_key(struct search *s, const char *path, struct error *err)
{
	if (s->has_key)
		return 1;
	if (sealed_key(s->world, s->policy, &s->opening, err) < 0) {
		if (err->kind != ERROR_NOT_FOUND)
			return -1;
		note_error(s, path, err);
		return 0;
	}
	s->has_key = true;
	return 1;
}

static const char *sealers_of(const struct search *s)
{
	return s->policy->system ? s->policy->system->trusted_sealers : NULL;
}

/* Fails where the file cannot be used: an absent one must not turn signatures off. */
static int get_trusted(struct search *s, struct error *err)
{
	const char *path = sealers_of(s);
	struct error why = ERROR_INIT;
	scoped_buf pem;

	buf_init(&pem, PEM_FILE_MAX);
	if (!path || s->has_trusted)
		return 0;
	if (file_read_trusted(path, PEM_FILE_MAX, &pem, &why) < 0)
		return error_set(err, ERROR_DENIED, why.code, "sealed.trusted_sealers: %s",
				 why.text);
	secret_set(&s->trusted, pem.data, pem.len);
	s->has_trusted = true;
	return 0;
}

static int open_file(struct search *s, const char *path, struct sealed_content *out,
		     struct error *err)
{
	const struct secret *trusted = sealers_of(s) ? &s->trusted : NULL;
	scoped_secret content = { 0 };
	scoped_buf message;

	buf_init(&message, SEALED_FILE_MAX);
	if (file_read(path, SEALED_FILE_MAX, &message, err) < 0 ||
	    cms_open(&message, &s->opening, trusted, &content, err) < 0)
		return -1;
	return sealed_content_parse(out, content.data, content.len, err);
}

/* 1: it answers. 0: it is not there, or a note says why it does not. */
static int try_file(struct search *s, const char *path, struct sealed_content *out,
		    struct error *err)
{
	scoped_sealed_content c = { 0 };
	int rc = look_for(s, path);

	if (rc > 0)
		rc = get_key(s, path, err);
	if (rc <= 0)
		return rc;
	if (get_trusted(s, err) < 0)
		return -1;
	if (open_file(s, path, &c, err) < 0) {
		if (err->kind == ERROR_UNSUPPORTED)
			return -1;
		note_error(s, path, err);
		return 0;
	}
	int64_t now = s->world->clock->now(s->world->clock);
	const char *refused = sealed_refuses(&c, s->key, s->repo, now);

	if (refused) {
		note(s, path, refused);
		return 0;
	}
	*out = take_value(c);
	return 1;
}

static int try_prefix(struct search *s, const char *registry, const char *prefix,
		      struct sealed_content *out, struct error *err)
{
	scoped_str name = sealed_file_name(registry, prefix);
	int rc = 0;

	for (size_t i = 0; i < s->dirs.count && rc == 0; i++) {
		scoped_str path = xasprintf("%s/%s", s->dirs.items[i], name);

		rc = try_file(s, path, out, err);
	}
	return rc;
}

/* "org/team" after "org/team/app", then "". False: that was the last. */
static bool shorten(char *prefix)
{
	char *slash = strrchr(prefix, '/');

	if (!*prefix)
		return false;
	*(slash ? slash : prefix) = '\0';
	return true;
}

static int try_prefixes(struct search *s, struct sealed_content *out, struct error *err)
{
	const char *path = registry_key_path(s->key);
	bool exact = s->key->has_scheme && *path; /* as sealed_refuses() has it */
	scoped_str registry = xstrndup(s->key->name, s->key->host_len);
	scoped_str prefix = xstrdup(exact ? path : s->repo ? s->repo : "");
	int rc;

	do {
		rc = try_prefix(s, registry, prefix, out, err);
	} while (rc == 0 && !exact && shorten(prefix));
	return rc;
}

/* 0: it is a directory; else why it is none. */
static int no_directory(const char *path)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return errno;
	return S_ISDIR(st.st_mode) ? 0 : ENOTDIR;
}

static void look_at_own_dir(struct search *s)
{
	const char *why;
	const char *dir = own_dir(s->world, &why);
	int errnum = dir ? no_directory(dir) : 0;

	if (errnum) {
		scoped_str text = xasprintf("%s: %s", dir, strerror(errnum));

		note(s, DIR_VARIABLE, text);
	}
	if (why)
		note(s, DIR_VARIABLE, why);
}

int sealed_find(const struct world *world, const struct policy *policy,
		const struct registry_key *key, const char *repo, struct sealed_content *out,
		struct strings *notes, struct error *err)
{
	struct search s scoped(search_release) = {
		.world = world, .policy = policy, .key = key, .repo = repo, .notes = notes
	};

	find_dirs(world, policy, &s.dirs);
	/* Nothing that is sealed is for a name in which no registry can be read. */
	int rc = key->opaque ? 0 : try_prefixes(&s, out, err);

	if (rc == 0) {
		look_at_own_dir(&s);
		return error_set(err, ERROR_NOT_FOUND, 0, "no sealed credential answers");
	}
	return rc < 0 ? -1 : 0;
}

/* --- Names. */

static void close_dir(DIR **dir)
{
	if (*dir)
		closedir(*dir);
}

static void add_name(struct helper_names *out, const char *dir, const char *name)
{
	scoped_str registry = NULL;
	scoped_str prefix = NULL;

	if (!sealed_file_name_read(name, &registry, &prefix))
		return;
	scoped_str server = xasprintf("%s%s%s", registry, *prefix ? "/" : "", prefix);

	helper_names_add(out, server, dir);
}

static int list_dir(const char *path, struct helper_names *out, struct error *err)
{
	DIR *dir scoped(close_dir) = opendir(path);
	const struct dirent *entry;

	if (!dir && (errno == ENOENT || errno == ENOTDIR))
		return 0;
	if (!dir)
		return error_errno(err, errno, "list %s", path);
	while ((entry = readdir(dir)) != NULL && out->count < NAMES_MAX)
		add_name(out, path, entry->d_name);
	return 0;
}

int sealed_names(const struct world *world, const struct policy *policy, struct helper_names *out,
		 struct error *err)
{
	scoped_strings dirs = { 0 };

	find_dirs(world, policy, &dirs);
	for (size_t i = 0; i < dirs.count; i++)
		if (list_dir(dirs.items[i], out, err) < 0)
			return -1;
	return 0;
}
