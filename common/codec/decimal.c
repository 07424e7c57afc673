/* SPDX-License-Identifier: Apache-2.0 */
#include "common/codec/decimal.h"

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

bool decimal_scan(const char **s, struct decimal *out)
{
	const char *p = *s;
	struct decimal d = { 0 };

	for (; is_digit(*p); p++)
		if (__builtin_mul_overflow(d.whole, 10, &d.whole) ||
		    __builtin_add_overflow(d.whole, *p - '0', &d.whole))
			return false;
	if (*p == '.' && (p != *s || is_digit(p[1]))) {
		d.fraction = ++p;
		while (is_digit(*p))
			p++;
		d.fraction_len = (size_t)(p - d.fraction);
	}
	if (p == *s)
		return false;
	*s = p;
	*out = d;
	return true;
}

bool decimal_multiply(const struct decimal *d, int64_t unit, int64_t *out)
{
	int64_t value;
	int64_t part = 0;

	/* From the last digit: rounding down at each step is the same as once at the end. */
	for (size_t i = d->fraction_len; i > 0; i--)
		part = (part + (d->fraction[i - 1] - '0') * unit) / 10;
	if (__builtin_mul_overflow(d->whole, unit, &value) ||
	    __builtin_add_overflow(value, part, &value))
		return false;
	*out = value;
	return true;
}
