/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory that is there or the program ends: running out of memory prints one line and exits with
 * status 1. What outsiders could make large is bounded by limits (ERROR_LIMIT) before it gets here.
 */
#ifndef COMMON_BASE_ALLOC_H
#define COMMON_BASE_ALLOC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>

#include "common/base/attr.h"

void *xmalloc(size_t size) must_check;
void *xcalloc(size_t count, size_t size) must_check;
/* count * size bytes, overflow checked; contents kept as realloc(3) does. */
void *xreallocarray(void *p, size_t count, size_t size) must_check;
char *xstrdup(const char *s) must_check;
char *xstrndup(const char *s, size_t max) must_check;
char *xasprintf(const char *fmt, ...) printf_like(1, 2) must_check;

/* strdup that passes NULL through. */
char *xstrdup_null(const char *s) must_check;

static inline void free_str(char **s)
{
	free(*s);
	*s = NULL;
}
/* One variable per declaration: the star belongs to the first only. */
#define scoped_str scoped(free_str) char *

/* Replaces an owned string. */
static inline void str_replace(char **s, char *owned)
{
	free(*s);
	*s = owned;
}

/*
 * Growable arrays are three members {items, count, room}. array_add(a) makes room for one more,
 * zeroes it, counts it and gives its address:
 *     struct { struct row *items; size_t count, room; } a = {0};
 *     struct row *row = array_add(&a);
 */
void *array_grow(void *items, size_t count, size_t *room, size_t size) must_check;
#define array_add(a)                                                                              \
	__extension__({                                                                           \
		(a)->items = array_grow((a)->items, (a)->count, &(a)->room, sizeof(*(a)->items)); \
		&(a)->items[(a)->count++];                                                        \
	})

/* A list of owned strings. */
struct strings {
	char **items;
	size_t count, room;
};
void strings_add(struct strings *list, const char *s);
/* Adds s and owns it from then on. */
void strings_take(struct strings *list, char *s);
void strings_copy(struct strings *to, const struct strings *from);
void strings_sort(struct strings *list);
bool strings_have(const struct strings *list, const char *s);
void strings_release(struct strings *list);
#define scoped_strings scoped(strings_release) struct strings

#endif
