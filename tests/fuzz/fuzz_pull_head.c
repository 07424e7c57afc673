/* SPDX-License-Identifier: Apache-2.0 */
/* What is read is written to the same bytes. */
#include "tests/fuzz/fuzz.h"

#include <string.h>

#include "credhelper/pull_head.h"
#include "tests/fuzz/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pull_head head;
	struct error err = ERROR_INIT;
	scoped_buf text;

	buf_init(&text, SIZE_MAX);
	if (pull_head_parse(&head, (const char *)data, size, &err) < 0)
		return 0;
	pull_head_format(head.salt, head.nonce, &text);
	fuzz_assert(head.len <= size && text.len == head.len);
	fuzz_assert(memcmp(text.data, data, text.len) == 0);
	return 0;
}
