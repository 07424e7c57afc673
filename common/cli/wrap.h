/* SPDX-License-Identifier: Apache-2.0 */
/* Texts of help pages, broken at 80 columns. */
#ifndef COMMON_CLI_WRAP_H
#define COMMON_CLI_WRAP_H

#include "common/base/buf.h"

#define WRAP_WIDTH 80

/* Appends what stays together: on this line if it fits, else on the next at `column`. *at: where
 * the line stands; at `column` nothing is put between. */
void wrap_unit(struct buf *out, const char *text, size_t len, size_t column, size_t *at);
/* The words of a text, one by one. */
void wrap_words(struct buf *out, const char *text, size_t column, size_t *at);
/* Paragraphs, whose own line ends do not count; lines that begin with a blank, and empty ones, stay
 * as they are. Ends with a newline. */
void wrap_prose(struct buf *out, const char *text);

#endif
