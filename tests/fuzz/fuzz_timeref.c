/* SPDX-License-Identifier: Apache-2.0 */
/* References as people write them: what is taken has what its kind needs. */
#include "tests/fuzz/fuzz.h"

#include <string.h>

#include "plugins/timesync/reference.h"
#include "tests/fuzz/text.h"

static void check(const char *text, bool allow_http)
{
	scoped_timeref ref = { 0 };
	struct error err = ERROR_INIT;

	if (timeref_parse(&ref, text, allow_http, &err) < 0) {
		fuzz_assert(err.kind == ERROR_USAGE && !ref.text && !ref.url);
		return;
	}
	fuzz_assert(strcmp(ref.text, text) == 0);
	fuzz_assert((ref.kind == TIMEREF_NTP) == (ref.hosts.count > 0));
	fuzz_assert((ref.kind == TIMEREF_HTTP) == (ref.url != NULL));
	fuzz_assert(ref.hosts.count <= 8);
	fuzz_assert(!timeref_is_pool(&ref) || ref.kind == TIMEREF_NTP);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	scoped_str text = fuzz_text(data, size);

	check(text, false);
	check(text, true);
	return 0;
}
