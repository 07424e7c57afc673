/* SPDX-License-Identifier: Apache-2.0 */
/* Widths of characters by block, for C libraries that have no table of them for UTF-8. */
#ifndef COMMON_CODEC_CHAR_WIDTH_H
#define COMMON_CODEC_CHAR_WIDTH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct char_range {
	uint32_t first, last;
};
bool char_in_ranges(uint32_t c, const struct char_range *ranges, size_t count);

/* Columns of a terminal: 0 for combining ones, 2 for wide ones, 1 for the rest. Near enough. */
int char_width(uint32_t c);

#endif
