/* SPDX-License-Identifier: Apache-2.0 */
#include "plugins/timesync/majority.h"

static size_t holding(const struct interval *intervals, size_t count, int64_t point)
{
	size_t n = 0;

	for (size_t i = 0; i < count; i++)
		n += intervals[i].lo <= point && point <= intervals[i].hi;
	return n;
}

/*
 * Where most intervals meet begins at a lower end of one and ends at an upper end of one: looking
 * at the ends is enough.
 */
size_t majority_of(const struct interval *intervals, size_t count, struct interval *out)
{
	struct interval found = { 0, 0 };
	size_t best = 0;

	for (size_t i = 0; i < count; i++) {
		const int64_t ends[] = { intervals[i].lo, intervals[i].hi };

		for (size_t end = 0; end < array_len(ends); end++) {
			size_t n = holding(intervals, count, ends[end]);

			if (n > best)
				found = (struct interval){ ends[end], ends[end] };
			else if (n == best && ends[end] < found.lo)
				found.lo = ends[end];
			else if (n == best && ends[end] > found.hi)
				found.hi = ends[end];
			best = n > best ? n : best;
		}
	}
	if (best > 0)
		*out = found;
	return best;
}
