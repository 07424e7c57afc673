/* SPDX-License-Identifier: Apache-2.0 */
/* "Did you mean ...?": the known word nearest to a mistyped one. */
#ifndef COMMON_BASE_NEAREST_H
#define COMMON_BASE_NEAREST_H

#include <stddef.h>

/* Words longer than this are never near anything. */
#define NEAREST_MAX 64

/*
 * How far apart two words are: insertions, deletions, substitutions and swaps of neighbours,
 * each 1. A known word that begins with the typed one (three letters and more) counts 1. SIZE_MAX:
 * so far that to suggest it would be a guess.
 */
size_t nearest_distance(const char *typed, const char *known);

#endif
