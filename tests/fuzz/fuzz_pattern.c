/* SPDX-License-Identifier: Apache-2.0 */
/* "pattern\ntext": what is checked matches without reading past either. */
#include "tests/fuzz/fuzz.h"

#include <string.h>

#include "common/codec/pattern.h"
#include "tests/fuzz/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	scoped_str both = fuzz_text(data, size);
	size_t len = strcspn(both, "\n");
	scoped_str pattern = xstrndup(both, len);
	scoped_str text = xstrdup(both[len] ? both + len + 1 : "");
	struct error err = ERROR_INIT;

	if (pattern_check(pattern, &err) < 0)
		return 0;
	pattern_match(pattern, text);
	fuzz_assert(strpbrk(pattern, "*?[\\") ||
		    pattern_match(pattern, text) == (strcmp(pattern, text) == 0));
	return 0;
}
