/* SPDX-License-Identifier: Apache-2.0 */
/* Heads of HTTP answers, line by line: at most one of "has a date" and "has a bad one". */
#include "tests/fuzz/fuzz.h"

#include <string.h>

#include "common/base/clock.h"
#include "common/codec/date_head.h"
#include "tests/fuzz/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct date_head head = { 0 };

	while (size > 0) {
		const uint8_t *end = memchr(data, '\n', size);
		size_t len = end ? (size_t)(end - data) + 1 : size;
		/* A copy, so that ASan sees a read past the line. */
		scoped_str line = fuzz_text(data, len);
		bool ended = head.ended;
		bool had = head.has_date;

		date_head_line(&head, line, strlen(line), INT64_C(1795482123) * NSEC_PER_SEC);
		fuzz_assert(!(head.has_date && head.bad_date));
		fuzz_assert(!ended || !head.has_date || had);
		fuzz_assert(memchr(head.cached, '\0', sizeof(head.cached)));
		for (const char *p = head.cached; *p; p++)
			fuzz_assert((unsigned char)*p >= 0x20 && *p != 0x7f);
		data += len;
		size -= len;
	}
	return 0;
}
