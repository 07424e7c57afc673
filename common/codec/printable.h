/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text from outside, made fit for a terminal: control characters (C0, C1, DEL, the line and
 * paragraph separators), bidirectional marks and overrides and invalid UTF-8 become "?"; nothing
 * else changes. Width counts terminal columns (wide characters two, combining ones none).
 */
#ifndef COMMON_CODEC_PRINTABLE_H
#define COMMON_CODEC_PRINTABLE_H

#include <stddef.h>

#include "common/base/buf.h"

void printable_add(struct buf *out, const char *text);
size_t printable_width(const char *clean);
/* Appends at most width columns of already clean text; what is cut ends in "…". */
void printable_add_cut(struct buf *out, const char *clean, size_t width);

/* Text for an error message: cleaned, and cut at 60 columns (and at the room). Returns room. */
#define PRINTABLE_SHORT 256
const char *printable_short(char room[PRINTABLE_SHORT], const char *text);

#endif
