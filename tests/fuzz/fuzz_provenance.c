/* SPDX-License-Identifier: Apache-2.0 */
/* Provenance: whatever is read from it is a reference, with a digest that is one. */
#include "tests/fuzz/fuzz.h"

#include "common/codec/provenance.h"
#include "common/codec/reference.h"
#include "tests/fuzz/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	scoped_provenance p = { 0 };
	struct error err = ERROR_INIT;

	if (provenance_parse(&p, (const char *)data, size, &err) < 0) {
		fuzz_assert(error_is_set(&err));
		return 0;
	}
	for (size_t i = 0; i < p.images.count; i++) {
		scoped_reference ref = { 0 };

		fuzz_assert(reference_parse(p.images.items[i].name, &ref, &err) == 0);
		fuzz_assert(ref.tag || ref.digest);
		fuzz_assert(!p.images.items[i].digest || digest_is_valid(p.images.items[i].digest));
	}
	(void)provenance_base(&p);
	return 0;
}
