/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What stands inside a sealed file, and what the file is called. Pure. The content is one JSON
 * object, strict (docs/internals/pushgate.md §6); what it says, and not the file's name, decides
 * whom it answers: a renamed or copied file opens nothing else.
 */
#ifndef CREDHELPER_SEALED_TEXT_H
#define CREDHELPER_SEALED_TEXT_H

#include <stdint.h>

#include "common/base/error.h"
#include "common/base/secret.h"
#include "common/codec/registry_key.h"

#define SEALED_CONTENT_MAX (1 << 20)
#define SEALED_FILE_MAX    (2 << 20)
#define SEALED_SUFFIX      ".sealed"

struct sealed_content {
	char *registry; /* canonical, without a path: "registry.example.com:5000" */
	char *prefix;   /* "" or whole segments: "org/team" */
	char *username;
	struct secret secret;
	int64_t sealed, expires; /* ns; expires TIME_NONE: never */
	char *id;                /* 32 hex digits, random: for the audit log and rotate */
};
void sealed_content_release(struct sealed_content *c);
#define scoped_sealed_content scoped(sealed_content_release) struct sealed_content

/* Errors: ERROR_INPUT (class other than "push" included), ERROR_LIMIT; nothing of it is quoted. */
int sealed_content_parse(struct sealed_content *out, const char *data, size_t len,
			 struct error *err) must_check;
void sealed_content_format(const struct sealed_content *c, struct buf *out);

/* Why it does not answer, NULL if it does. repo NULL: not known; then only prefix "" answers. */
const char *sealed_refuses(const struct sealed_content *c, const struct registry_key *key,
			   const char *repo, int64_t now);

/* "registry.example.com:5000+org+team.sealed": "/" is "+", other bytes than letters, digits and
 * "._:-[]" are "%xx". Owned. */
char *sealed_file_name(const char *registry, const char *prefix) must_check;
/* Back, for lists: false if it is no such name. Owned strings. */
bool sealed_file_name_read(const char *name, char **registry, char **prefix);

#endif
