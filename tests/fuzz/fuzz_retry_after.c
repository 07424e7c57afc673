/* SPDX-License-Identifier: Apache-2.0 */
/* Retry-After: a wait is never negative, and never beyond its most. */
#include "tests/fuzz/fuzz.h"

#include "common/codec/retry_after.h"
#include "tests/fuzz/text.h"

#define NOW (INT64_C(1795482123) * NSEC_PER_SEC)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const int64_t dates[] = { TIME_NONE, NOW, 0, INT64_MAX, INT64_MIN + 1 };

	for (size_t i = 0; i < array_len(dates); i++) {
		struct error err = ERROR_INIT;
		int64_t wait = -42;

		if (retry_after_parse((const char *)data, size, NOW, dates[i], &wait, &err) < 0)
			fuzz_assert(err.kind == ERROR_INPUT && wait == -42);
		else
			fuzz_assert(wait >= 0 && wait <= RETRY_AFTER_MOST);
	}
	return 0;
}
