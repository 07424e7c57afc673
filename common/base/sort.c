/* SPDX-License-Identifier: Apache-2.0 */
#include "common/base/sort.h"

#include <stdlib.h>

#ifdef __APPLE__
struct order {
	int (*compare)(const void *a, const void *b, void *ctx);
	void *ctx;
};

static int compare_in(void *order, const void *a, const void *b)
{
	const struct order *o = order;

	return o->compare(a, b, o->ctx);
}
#endif

void sort_with(void *items, size_t count, size_t size,
	       int (*compare)(const void *a, const void *b, void *ctx), void *ctx)
{
	if (count < 2)
		return;
#ifdef __APPLE__
	struct order order = { compare, ctx };

	qsort_r(items, count, size, &order, compare_in);
#else
	qsort_r(items, count, size, compare, ctx);
#endif
}

const char *last_char(const char *s, size_t len, char c)
{
	while (len > 0)
		if (s[--len] == c)
			return s + len;
	return NULL;
}
