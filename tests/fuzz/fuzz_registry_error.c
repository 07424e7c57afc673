/* SPDX-License-Identifier: Apache-2.0 */
/* Bodies of refusals: any bytes give one printable line, and an outcome of any status. */
#include "tests/fuzz/fuzz.h"

#include <string.h>

#include "common/codec/registry_error.h"
#include "common/codec/utf8.h"
#include "tests/fuzz/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct registry_error error;

	registry_error_read(&error, (const char *)data, size);
	fuzz_assert(strlen(error.message) < sizeof(error.message));
	fuzz_assert(utf8_is_valid(error.message));
	for (const char *c = error.message; *c; c++)
		fuzz_assert((unsigned char)*c >= ' ' && *c != 0x7f);
	for (long status = 0; status < 700; status++) {
		enum registry_outcome outcome = registry_error_outcome(&error, status, false);

		fuzz_assert((outcome == REGISTRY_OK) ==
			    ((status >= 200 && status < 300) || status == 304));
		fuzz_assert(outcome != REGISTRY_NOT_FOUND || status == 404);
	}
	return 0;
}
