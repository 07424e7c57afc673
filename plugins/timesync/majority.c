/* SPDX-License-Identifier: Apache-2.0 */
#include "plugins/timesync/majority.h"

static size_t holding(const struct interval *intervals, size_t count, int64_t point)
{
	size_t n = 0;

	for (size_t i = 0; i < count; i++)
		n += intervals[i].lo <= point && point <= intervals[i].hi;
	return n;
}

/* The smallest interval around all points that at least `least` of them hold: such places begin and
 * end at ends of intervals, so that looking at those is enough. */
static struct interval around(const struct interval *intervals, size_t count, size_t least)
{
	struct interval found = { INT64_MAX, INT64_MIN };

	for (size_t i = 0; i < count; i++) {
		const int64_t ends[] = { intervals[i].lo, intervals[i].hi };

		for (size_t end = 0; end < array_len(ends); end++) {
			if (holding(intervals, count, ends[end]) < least)
				continue;
			found.lo = ends[end] < found.lo ? ends[end] : found.lo;
			found.hi = ends[end] > found.hi ? ends[end] : found.hi;
		}
	}
	return found;
}

/*
 * Where not all of them meet somebody is wrong, and who is wrong may still meet those that are
 * right, beside the truth: the place where most of them meet proves nothing then, but that more
 * than half hold the truth does.
 */
size_t majority_of(const struct interval *intervals, size_t count, struct interval *out)
{
	size_t half = count / 2 + 1;
	size_t best = 0;

	for (size_t i = 0; i < count; i++) {
		size_t n = holding(intervals, count, intervals[i].lo);

		best = n > best ? n : best;
	}
	if (best > 0)
		*out = around(intervals, count, best < count && best > half ? half : best);
	return best;
}
