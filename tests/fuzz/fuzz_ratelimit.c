/* SPDX-License-Identifier: Apache-2.0 */
/* Rate limits: the same bytes under every name. */
#include "tests/fuzz/fuzz.h"

#include "common/codec/ratelimit.h"
#include "tests/fuzz/text.h"

#define NOW (INT64_C(1795482123) * NSEC_PER_SEC)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const names[] = { "ratelimit",         "RateLimit-Policy",
					     "ratelimit-limit",   "ratelimit-remaining",
					     "x-ratelimit-reset", "content-length" };
	struct ratelimit r = RATELIMIT_INIT;

	for (size_t i = 0; i < array_len(names); i++)
		ratelimit_add(&r, names[i], (const char *)data, size, NOW);
	fuzz_assert(r.limit >= -1 && r.remaining >= -1);
	fuzz_assert(r.window >= 0 && r.window <= 365 * NSEC_PER_DAY);
	fuzz_assert(r.reset >= -1 && r.reset <= 365 * NSEC_PER_DAY);
	return 0;
}
