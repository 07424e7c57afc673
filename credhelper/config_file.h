/* SPDX-License-Identifier: Apache-2.0 */
/*
 * docker's config.json as a file that others write too: read once, replaced whole, and only where
 * it is still what was read. It may hold secrets: nothing of it is left in memory that is given
 * back, nor in a file beside it.
 */
#ifndef CREDHELPER_CONFIG_FILE_H
#define CREDHELPER_CONFIG_FILE_H

#include <sys/types.h>

#include "credhelper/config_doc.h"
#include "credhelper/config_scan.h"

struct config_file {
	char *dir;  /* of docker's configuration: $DOCKER_CONFIG, else ~/.docker */
	char *path; /* config.json in it */
	char *real; /* the file that a link leads to; path if it is none */
	bool there;
	mode_t mode;         /* 0600 if there is no file */
	struct secret bytes; /* as they were read */
	struct config_doc doc;
};
void config_file_release(struct config_file *file);
#define scoped_config_file scoped(config_file_release) struct config_file

/* dir NULL: docker's. No file is an empty configuration. On an error dir and path are set where
 * they are known. Errors: ERROR_NOT_FOUND (no home), ERROR_INPUT (no regular file, no JSON object,
 * a link to nowhere), ERROR_LIMIT, ERROR_DENIED, ERROR_IO; none quotes what is in it. */
int config_file_read(struct config_file *out, const char *dir, struct error *err) must_check;

/*
 * Puts root in its place: same mode, where a link leads to, atomically; reads it back. The lock of
 * config.json.before-pushgate is the caller's, docker itself takes none: that nobody has written
 * it meanwhile is looked at just before. Errors: ERROR_CONFLICT (somebody has), ERROR_DENIED
 * (another user's file), ERROR_IO. The old file is there then.
 */
int config_file_replace(const struct config_file *was, const json_t *root, struct error *err)
	must_check;

/* Takes away what one of us that was killed has left. The lock is the caller's. */
void config_file_tidy(const struct config_file *file);

/* The environment's and the directory's part of the facts: DOCKER_AUTH_CONFIG, PATH, buildx. Never
 * fails. The policy and the pulls are left out. */
void config_facts_collect(struct config_facts *out, const struct config_file *file,
			  const char *(*env)(const char *name));

/*
 * The program that PATH finds for "docker-credential-SUFFIX", as Go looks for it: executable, no
 * directory, and not by a relative path. NULL: none. Owned.
 */
char *config_find_helper(const char *path, const char *suffix) must_check;
bool config_same_file(const char *a, const char *b);

#endif
