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

#endif
