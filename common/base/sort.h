/* SPDX-License-Identifier: Apache-2.0 */
/* What glibc has and macOS has otherwise, or not at all. */
#ifndef COMMON_BASE_SORT_H
#define COMMON_BASE_SORT_H

#include <stddef.h>

/* qsort(3) whose comparison gets a context. items may be NULL if there are none. */
void sort_with(void *items, size_t count, size_t size,
	       int (*compare)(const void *a, const void *b, void *ctx), void *ctx);

/* The last c in the first len bytes of s; NULL if there is none. */
const char *last_char(const char *s, size_t len, char c);

#endif
