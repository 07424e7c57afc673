/* SPDX-License-Identifier: Apache-2.0 */
#include "common/codec/retry_after.h"

#include <stdbool.h>
#include <string.h>

#include "common/base/alloc.h"
#include "common/codec/decimal.h"
#include "common/codec/httpdate.h"
#include "common/codec/printable.h"

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static void trim(const char **text, size_t *len)
{
	for (; *len && is_blank(**text); (*len)--)
		(*text)++;
	while (*len && is_blank((*text)[*len - 1]))
		(*len)--;
}

static bool is_zero(const struct decimal *d)
{
	for (size_t i = 0; i < d->fraction_len; i++)
		if (d->fraction[i] != '0')
			return false;
	return true;
}

/* "120", "1.5"; text is NUL-ended. Digits beyond all numbers are the most there is. */
static bool read_seconds(const char *text, int64_t *wait)
{
	const char *at = text;
	struct decimal d;

	if (*text && strspn(text, "0123456789") == strlen(text) && !decimal_scan(&at, &d)) {
		*wait = RETRY_AFTER_MOST;
		return true;
	}
	at = text;
	if (!decimal_scan(&at, &d) || *at)
		return false;
	if (d.whole >= RETRY_AFTER_MOST / NSEC_PER_SEC)
		*wait = RETRY_AFTER_MOST;
	else
		*wait = (d.whole + !is_zero(&d)) * NSEC_PER_SEC;
	return true;
}

static bool read_date(const char *text, int64_t now, int64_t date, int64_t *wait)
{
	struct error err = ERROR_INIT;
	int64_t then;

	if (http_date_parse(text, strlen(text), now, &then, &err) < 0)
		return false;
	*wait = time_max(time_diff(then, date == TIME_NONE ? now : date), 0);
	if (*wait > RETRY_AFTER_MOST)
		*wait = RETRY_AFTER_MOST;
	return true;
}

int retry_after_parse(const char *value, size_t len, int64_t now, int64_t date, int64_t *wait,
		      struct error *err)
{
	char shown[PRINTABLE_SHORT];

	trim(&value, &len);
	scoped_str text = xstrndup(value, len);

	if (strlen(text) == len && (read_seconds(text, wait) || read_date(text, now, date, wait)))
		return 0;
	return error_set(err, ERROR_INPUT, 0, "Retry-After \"%s\" is neither seconds nor a date",
			 printable_short(shown, text));
}
