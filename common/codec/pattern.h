/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Patterns of --keep and policy files: "*" (any run, also of "/"), "?" (one character), "[a-z]",
 * "[!a]" (or "[^a]": not one of them; a "]" that comes first is itself), "\x" (x itself, in a set
 * too). Characters are those of UTF-8; a byte that is none counts as one. Case matters. Matching
 * takes no memory and at most |pattern| * |text| steps.
 */
#ifndef COMMON_CODEC_PATTERN_H
#define COMMON_CODEC_PATTERN_H

#include <stdbool.h>

#include "common/base/error.h"

/*
 * Refuses the empty pattern, an unclosed "[", a range that ends before it begins, a trailing "\",
 * more than 1024 bytes. Errors: ERROR_INPUT.
 */
int pattern_check(const char *pattern, struct error *err) must_check;
/* The whole text must match. The pattern has passed pattern_check(). */
bool pattern_match(const char *pattern, const char *text);

#endif
