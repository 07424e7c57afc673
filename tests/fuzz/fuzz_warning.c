/* SPDX-License-Identifier: Apache-2.0 */
/* A Warning header: its text is short, printable and not empty, and comes from 299 alone. */
#include "tests/fuzz/fuzz.h"

#include <string.h>

#include "common/codec/warning.h"
#include "tests/fuzz/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	scoped_str text = warning_text((const char *)data, size);

	if (!text)
		return 0;
	fuzz_assert(size >= 9 && memcmp(data, "299 - \"", 7) == 0);
	fuzz_assert(*text && strlen(text) <= 512);
	for (const char *c = text; *c; c++)
		fuzz_assert((unsigned char)*c >= 0x20 && *c != 0x7f);
	return 0;
}
