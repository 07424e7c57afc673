/* SPDX-License-Identifier: Apache-2.0 */
/* HTTP dates: what parses is the same time again when the C library writes it in the first form. */
#include "tests/fuzz/fuzz.h"

#include <time.h>

#include "common/base/clock.h"
#include "common/codec/httpdate.h"
#include "tests/fuzz/text.h"

#define ABOUT (INT64_C(1795482123) * NSEC_PER_SEC)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* Exactly as long as it is, without a NUL behind it. */
	const char *text = (const char *)data;
	struct error err = ERROR_INIT;
	int64_t t = -42, again = 0;
	char written[64];
	struct tm tm;

	if (http_date_parse(text, size, ABOUT, &t, &err) < 0) {
		fuzz_assert(err.kind == ERROR_INPUT && t == -42);
		return 0;
	}
	fuzz_assert(t % NSEC_PER_SEC == 0);
	time_t seconds = (time_t)(t / NSEC_PER_SEC);
	fuzz_assert(gmtime_r(&seconds, &tm));
	size_t len = strftime(written, sizeof(written), "%a, %d %b %Y %H:%M:%S GMT", &tm);
	fuzz_assert(http_date_parse(written, len, 0, &again, &err) == 0 && again == t);
	return 0;
}
