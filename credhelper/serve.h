/* SPDX-License-Identifier: Apache-2.0 */
/*
 * docker's side of the helper: one action, a message on stdin, an answer on stdout. Everything that
 * goes wrong is text on stdout and exit status 1 (docker/docker-credential-helpers
 * credentials/credentials.go). list and version never read stdin.
 */
#ifndef CREDHELPER_SERVE_H
#define CREDHELPER_SERVE_H

#include <stdbool.h>

#include "credhelper/world.h"

#define SERVE_NAME  "docker-credential-pushgate"
#define SERVE_USAGE "Usage: " SERVE_NAME " <store|get|erase|list|version>"

/*
 * Whether the words (without the program's name) are the protocol's: no word, one of its actions
 * alone, get, store or erase with more words (its usage), or a first word that is neither an option
 * nor one of verbs (NULL-terminated names). Then *status is the exit status, and it has answered.
 */
bool serve(const struct world *world, int count, char **words, const char *version,
	   const char *const *verbs, int *status);

#endif
