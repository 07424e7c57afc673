/* SPDX-License-Identifier: Apache-2.0 */
/* Retry-After (RFC 9110 §10.2.3), both forms. Pure. */
#ifndef COMMON_CODEC_RETRY_AFTER_H
#define COMMON_CODEC_RETRY_AFTER_H

#include <stddef.h>
#include <stdint.h>

#include "common/base/clock.h"
#include "common/base/error.h"

#define RETRY_AFTER_MOST (365 * NSEC_PER_DAY) /* longer ones are this */

/*
 * *wait is ns from now, 0 or more: seconds as they are; a date less the reply's own (`date`, of its
 * Date header, so that a wrong clock does no harm), or less now where date is TIME_NONE; past ones
 * are 0. Blanks round the value and a fraction of a second ("1.5", rounded up) are taken. Errors:
 * ERROR_INPUT.
 */
int retry_after_parse(const char *value, size_t len, int64_t now, int64_t date, int64_t *wait,
		      struct error *err) must_check;

#endif
