/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a registry wants people to know (distribution-spec, "Warnings"): Warning: 299 - "text".
 * Pure, and total.
 */
#ifndef COMMON_CODEC_WARNING_H
#define COMMON_CODEC_WARNING_H

#include <stddef.h>

#include "common/base/attr.h"

/* The text of the value, without quotes and escapes, printable. NULL: another code or agent, or no
 * such header. Owned. */
char *warning_text(const char *value, size_t len) must_check;

#endif
