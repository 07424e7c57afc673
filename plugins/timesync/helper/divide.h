/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Division of 64-bit numbers without the compiler's runtime library, which the helper has not:
 * 32-bit ARM would call it for every '/'.
 */
#ifndef PLUGINS_TIMESYNC_HELPER_DIVIDE_H
#define PLUGINS_TIMESYNC_HELPER_DIVIDE_H

#include <stdint.h>

/* n / by, cut; by must not be 0. */
static inline uint64_t divide(uint64_t n, uint32_t by)
{
	uint64_t quotient = 0, rest = 0;

	for (int bit = 63; bit >= 0; bit--) {
		rest = rest << 1 | (n >> 63);
		n <<= 1;
		quotient <<= 1;
		if (rest >= by) {
			rest -= by;
			quotient |= 1;
		}
	}
	return quotient;
}

/* As the kernel wants a negative time: -0.3 s is -1 s and 700000 us. 0 <= *usec < 1000000. */
static inline void split_microseconds(int64_t microseconds, int64_t *sec, int64_t *usec)
{
	uint64_t size = microseconds < 0 ? -(uint64_t)microseconds : (uint64_t)microseconds;

	*sec = (int64_t)divide(size, 1000000);
	*usec = (int64_t)(size - (uint64_t)*sec * 1000000);
	if (microseconds < 0) {
		*sec = -*sec - (*usec != 0);
		*usec = *usec ? 1000000 - *usec : 0;
	}
}

#endif
