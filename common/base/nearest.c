/* SPDX-License-Identifier: Apache-2.0 */
#include "common/base/nearest.h"

#include <stdint.h>
#include <string.h>

static size_t min(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Optimal string alignment over three rows; both lengths are at most NEAREST_MAX. */
static size_t edits(const char *a, size_t a_len, const char *b, size_t b_len)
{
	size_t rows[3][NEAREST_MAX + 1];
	size_t *before = rows[0], *above = rows[1], *row = rows[2];

	for (size_t j = 0; j <= b_len; j++)
		above[j] = j;
	for (size_t i = 1; i <= a_len; i++) {
		row[0] = i;
		for (size_t j = 1; j <= b_len; j++) {
			size_t changed = above[j - 1] + (a[i - 1] != b[j - 1]);

			row[j] = min(changed, min(above[j], row[j - 1]) + 1);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				row[j] = min(row[j], before[j - 2] + 1);
		}
		size_t *spare = before;

		before = above;
		above = row;
		row = spare;
	}
	return above[b_len];
}

size_t nearest_distance(const char *typed, const char *known)
{
	size_t typed_len = strnlen(typed, NEAREST_MAX + 1);
	size_t known_len = strnlen(known, NEAREST_MAX + 1);

	if (typed_len > NEAREST_MAX || known_len > NEAREST_MAX || typed_len == 0)
		return SIZE_MAX;
	if (typed_len >= 3 && strncmp(typed, known, typed_len) == 0)
		return typed_len == known_len ? 0 : 1;
	size_t distance = edits(typed, typed_len, known, known_len);
	/* One slip in three letters is a slip; more is another word. */
	return distance <= (known_len + 1) / 3 ? distance : SIZE_MAX;
}
