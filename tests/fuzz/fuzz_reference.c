/* SPDX-License-Identifier: Apache-2.0 */
/* What parses is normal: its full name parses again, to the same. */
#include "tests/fuzz/fuzz.h"

#include <string.h>

#include "common/codec/reference.h"
#include "tests/fuzz/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	scoped_str text = fuzz_text(data, size);
	scoped_reference ref = { 0 };
	scoped_reference again = { 0 };
	struct error err = ERROR_INIT;

	digest_is_sha256(text);
	digest_hex(text);
	if (reference_parse(text, &ref, &err) < 0) {
		fuzz_assert(err.kind == ERROR_INPUT && !ref.domain);
		return 0;
	}
	scoped_str full = reference_full_name(&ref);
	scoped_str familiar = reference_familiar_name(&ref);

	fuzz_assert(*familiar && strlen(familiar) <= strlen(full));
	fuzz_assert(!ref.digest || digest_is_valid(ref.digest));
	fuzz_assert(reference_parse(full, &again, &err) == 0);
	fuzz_assert(strcmp(ref.domain, again.domain) == 0 && strcmp(ref.path, again.path) == 0);
	return 0;
}
