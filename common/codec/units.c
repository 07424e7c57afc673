/* SPDX-License-Identifier: Apache-2.0 */
#include "common/codec/units.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "common/codec/decimal.h"
#include "common/codec/printable.h"

static const struct {
	const char *name;
	int64_t bytes;
} units[] = {
	{ "", 1 },
	{ "B", 1 },
	{ "k", INT64_C(1000) },
	{ "kB", INT64_C(1000) },
	{ "M", INT64_C(1000000) },
	{ "MB", INT64_C(1000000) },
	{ "G", INT64_C(1000000000) },
	{ "GB", INT64_C(1000000000) },
	{ "T", INT64_C(1000000000000) },
	{ "TB", INT64_C(1000000000000) },
	{ "P", INT64_C(1000000000000000) },
	{ "PB", INT64_C(1000000000000000) },
	{ "KiB", INT64_C(1) << 10 },
	{ "MiB", INT64_C(1) << 20 },
	{ "GiB", INT64_C(1) << 30 },
	{ "TiB", INT64_C(1) << 40 },
	{ "PiB", INT64_C(1) << 50 },
};

static bool find_unit(const char *name, int64_t *bytes)
{
	for (size_t i = 0; i < array_len(units); i++)
		if (strcasecmp(units[i].name, name) == 0) {
			*bytes = units[i].bytes;
			return true;
		}
	return false;
}

static bool scan_size(const char *s, int64_t *out)
{
	struct decimal number;
	int64_t unit;

	if (!decimal_scan(&s, &number))
		return false;
	if (s[0] == ' ' && s[1])
		s++;
	/* A byte has no parts: who writes "1.5" forgot the unit. */
	return find_unit(s, &unit) && (unit > 1 || !number.fraction) &&
	       decimal_multiply(&number, unit, out);
}

int size_parse(const char *s, int64_t *out, struct error *err)
{
	char text[PRINTABLE_SHORT];

	if (!scan_size(s, out))
		return error_set(err, ERROR_INPUT, 0,
				 "\"%s\" is not a size; write it like 20GB, 512MiB or 1048576",
				 printable_short(text, s));
	return 0;
}

static bool scan_percent(const char *s, int64_t *out)
{
	struct decimal number;
	int64_t percent;

	if (!decimal_scan(&s, &number) || !decimal_multiply(&number, 1000, &percent))
		return false;
	if (s[0] == ' ')
		s++;
	if (strcmp(s, "%") != 0 || percent > 100 * 1000)
		return false;
	*out = percent;
	return true;
}

int size_or_percent_parse(const char *s, int64_t *bytes, int64_t *percent, struct error *err)
{
	char text[PRINTABLE_SHORT];
	int64_t value;

	if (scan_percent(s, &value)) {
		*percent = value;
		*bytes = -1;
		return 0;
	}
	if (scan_size(s, &value)) {
		*bytes = value;
		*percent = -1;
		return 0;
	}
	return error_set(err, ERROR_INPUT, 0,
			 "\"%s\" is neither a size nor 0%% to 100%%; write it like 50GB or 20%%",
			 printable_short(text, s));
}

static const char *const decimal_names[] = { "B", "kB", "MB", "GB", "TB", "PB", "EB" };

/* digits are thousandths, hundredths ... by decimals: 123, 2 is "1.23". No trailing zeros. */
static void put_decimal(char out[SIZE_TEXT], const char *sign, uint64_t digits, unsigned decimals,
			const char *unit)
{
	uint64_t scale = decimals == 2 ? 100 : decimals == 1 ? 10 : 1;

	while (decimals > 0 && digits % 10 == 0) {
		digits /= 10;
		scale /= 10;
		decimals--;
	}
	if (decimals)
		snprintf(out, SIZE_TEXT, "%s%u.%0*u%s", sign, (unsigned)(digits / scale),
			 (int)decimals, (unsigned)(digits % scale), unit);
	else
		snprintf(out, SIZE_TEXT, "%s%u%s", sign, (unsigned)digits, unit);
}

const char *size_format(char out[SIZE_TEXT], int64_t bytes)
{
	uint64_t size = bytes < 0 ? 0 - (uint64_t)bytes : (uint64_t)bytes;
	uint64_t unit = 1;
	uint64_t step, digits;
	unsigned decimals = 0;
	size_t name = 0;

	for (; size / unit >= 1000; unit *= 1000)
		name++;
	if (unit > 1)
		decimals = size / unit < 10 ? 2U : size / unit < 100 ? 1U : 0U;
	step = decimals == 2 ? unit / 100 : decimals == 1 ? unit / 10 : unit;
	digits = (size + step / 2) / step;
	/* 999.6 kB rounds to 1 MB, not to the 1e+03kB that docker prints. */
	if (digits == 1000 && decimals == 0) {
		digits = 1;
		name++;
	}
	put_decimal(out, bytes < 0 ? "-" : "", digits, decimals, decimal_names[name]);
	return out;
}

const char *size_format_exact(char out[SIZE_TEXT], int64_t bytes)
{
	int64_t value = bytes;
	size_t name = 0;

	/* PB is the largest unit that size_parse() reads. */
	for (; name < 5 && value && value % 1000 == 0; name++)
		value /= 1000;
	snprintf(out, SIZE_TEXT, "%lld%s", (long long)value, name ? decimal_names[name] : "");
	return out;
}
