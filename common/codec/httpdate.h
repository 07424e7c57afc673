/* SPDX-License-Identifier: Apache-2.0 */
/* HTTP-date (RFC 9110 §5.6.7). */
#ifndef COMMON_CODEC_HTTPDATE_H
#define COMMON_CODEC_HTTPDATE_H

#include <stddef.h>
#include <stdint.h>

#include "common/base/error.h"

/*
 * "Sun, 06 Nov 1994 08:49:37 GMT", and the obsolete "Sunday, 06-Nov-94 08:49:37 GMT" and "Sun Nov
 * 6 08:49:37 1994" (asctime), as a recipient must take them. Two-digit years: the one that is at
 * most 50 years after `about`. A leap second (:60) is the second after it. The name of the day is
 * not compared with the date. ns since 1970. Errors: ERROR_INPUT.
 */
int http_date_parse(const char *s, size_t len, int64_t about, int64_t *out, struct error *err)
	must_check;

#endif
