/* SPDX-License-Identifier: Apache-2.0 */
/* Words of a Dockerfile as BuildKit's shell lexer reads them. For dockerfile_from.c. */
#ifndef COMMON_CODEC_DOCKERFILE_WORD_H
#define COMMON_CODEC_DOCKERFILE_WORD_H

#include "common/base/alloc.h"
#include "common/base/buf.h"
#include "common/base/error.h"

/* "NAME=value"; the last of a name counts. */
const char *dockerfile_variable(const struct strings *variables, const char *name, size_t len);

/*
 * Takes quotes and escapes off a word and puts variables' values in. escape: '\\' or '`'. Errors:
 * ERROR_INPUT: a quote or "${" that is not closed, another form of ${, ":?" of what is not set;
 * ERROR_LIMIT.
 */
int dockerfile_expand(char **out, const char *word, char escape, const struct strings *variables,
		      struct error *err) must_check;

/* Cuts at blanks outside quotes; words keep quotes and escapes. */
void dockerfile_words(struct strings *out, const char *text, char escape);

#endif
