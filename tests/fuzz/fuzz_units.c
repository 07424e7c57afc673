/* SPDX-License-Identifier: Apache-2.0 */
/* Sizes: what parses is printed exactly, and read again as the same. */
#include "tests/fuzz/fuzz.h"

#include "common/codec/units.h"
#include "tests/fuzz/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	scoped_str text = fuzz_text(data, size);
	char shown[SIZE_TEXT];
	int64_t bytes = -1, percent = -1, again = -1;
	struct error err = ERROR_INIT;

	if (size_or_percent_parse(text, &bytes, &percent, &err) < 0)
		return 0;
	fuzz_assert((bytes < 0) != (percent < 0) && percent <= 100000);
	if (percent >= 0)
		return 0;
	size_format(shown, bytes);
	fuzz_assert(size_parse(size_format_exact(shown, bytes), &again, &err) == 0);
	fuzz_assert(again == bytes);
	return 0;
}
