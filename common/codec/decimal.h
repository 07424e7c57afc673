/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers like "1.5", multiplied by a unit without passing through floating point. */
#ifndef COMMON_CODEC_DECIMAL_H
#define COMMON_CODEC_DECIMAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct decimal {
	int64_t whole;
	const char *fraction; /* its digits, borrowed */
	size_t fraction_len;
};

/*
 * Reads "1", "1.5", ".5" or "1." at *s and moves *s behind it; a decimal point needs a digit on one
 * side. False, *s as it was, if there is no number or it is beyond int64_t.
 */
bool decimal_scan(const char **s, struct decimal *out);
/* d * unit, rounded down; unit is 1 to 2^59. False if that is beyond int64_t. */
bool decimal_multiply(const struct decimal *d, int64_t unit, int64_t *out);

#endif
