/* SPDX-License-Identifier: Apache-2.0 */
/* Sizes in bytes as text. */
#ifndef COMMON_CODEC_UNITS_H
#define COMMON_CODEC_UNITS_H

#include <stdint.h>

#include "common/base/attr.h"
#include "common/base/error.h"

/*
 * "20GB", "1.5TB", "512MiB", "100k", "1048576": kB MB GB TB PB (and k M G T P) are powers of 1000,
 * as docker prints sizes; KiB MiB GiB TiB PiB powers of 1024. Case-insensitive, one space allowed
 * before the unit, rounded down to whole bytes, at most INT64_MAX. A fraction needs a unit. Errors:
 * ERROR_INPUT that shows an example.
 */
int size_parse(const char *s, int64_t *out, struct error *err) must_check;

/*
 * "20%" (0 to 100, decimals allowed) or a size. Exactly one output is set: *percent in 1/1000 of a
 * percent (20% = 20000, rounded down) with *bytes -1, or *bytes with *percent -1.
 */
int size_or_percent_parse(const char *s, int64_t *bytes, int64_t *percent, struct error *err)
	must_check;

/*
 * Three significant digits, decimal units as docker prints them: "0B", "999B", "1.23GB". Negative
 * sizes have a "-" in front.
 */
#define SIZE_TEXT 32
const char *size_format(char out[SIZE_TEXT], int64_t bytes);
/* Exact and re-readable by size_parse() (unless negative): "20GB", "1048576". */
const char *size_format_exact(char out[SIZE_TEXT], int64_t bytes);

#endif
