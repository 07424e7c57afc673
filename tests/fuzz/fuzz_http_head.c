/* SPDX-License-Identifier: Apache-2.0 */
/* Whatever the bytes are: a head that is whole ends with a blank line, and is not whole before. */
#include "tests/fuzz/fuzz.h"

#include <assert.h>
#include <string.h>

#include "common/codec/http_head.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	struct http_head head = { .status = -1 }, cut;
	struct error err = ERROR_INIT, second = ERROR_INIT;
	int rc = http_head_parse(text, size, &head, &err);

	assert((rc < 0) == error_is_set(&err));
	if (rc <= 0) {
		assert(head.status == -1);
		return 0;
	}
	assert(head.status >= 100 && head.status <= 599 && head.length >= -1);
	assert(head.size <= size && memcmp(text + head.size - 4, "\r\n\r\n", 4) == 0);
	assert(http_head_parse(text, head.size - 1, &cut, &second) == 0);
	assert(http_head_parse(text, head.size, &cut, &second) == 1);
	assert(cut.status == head.status && cut.length == head.length && cut.size == head.size);
	return 0;
}
