/* SPDX-License-Identifier: Apache-2.0 */
/* What is read is written to the same text: no bytes have two of them. */
#include "tests/fuzz/fuzz.h"

#include <string.h>

#include "common/codec/base64.h"
#include "tests/fuzz/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	scoped_secret out = { 0 };
	scoped_buf text;
	struct error err = ERROR_INIT;

	buf_init_wiped(&text, SIZE_MAX);
	if (base64_read((const char *)data, size, &out, &err) == 0) {
		base64_add(&text, out.data, out.len);
		fuzz_assert(text.len == size && memcmp(text.data, data, size) == 0);
	}
	error_clear(&err);
	if (base64url_read((const char *)data, size, &out, &err) == 0)
		fuzz_assert(out.len == size / 4 * 3 + (size % 4 ? size % 4 - 1 : 0));
	return 0;
}
