/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Patterns of --keep and policy files: "*" (any run, also of "/"), "?", "[a-z]", "[!a]", "\x".
 * Matching takes linear space and at most |pattern| * |text| steps.
 */
#ifndef COMMON_CODEC_PATTERN_H
#define COMMON_CODEC_PATTERN_H

#include <stdbool.h>

#include "common/base/error.h"

/* Refuses the empty pattern, an unclosed "[", a trailing "\", more than 1024 bytes. ERROR_INPUT. */
int pattern_check(const char *pattern, struct error *err) must_check;
/* The whole text must match. The pattern has passed pattern_check(). */
bool pattern_match(const char *pattern, const char *text);

#endif
