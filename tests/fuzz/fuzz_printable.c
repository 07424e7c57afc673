/* SPDX-License-Identifier: Apache-2.0 */
/* The first byte is the width; whatever follows comes out clean, and no wider. */
#include "tests/fuzz/fuzz.h"

#include <string.h>

#include "common/codec/printable.h"
#include "common/codec/utf8.h"
#include "tests/fuzz/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	scoped_buf clean, again, cut;
	scoped_str text = size > 0 ? fuzz_text(data + 1, size - 1) : xstrdup("");
	char room[PRINTABLE_SHORT];
	size_t width = size > 0 ? data[0] : 0;

	buf_init(&clean, 1 << 20);
	buf_init(&again, 1 << 20);
	buf_init(&cut, 1 << 20);
	printable_add(&clean, text);
	printable_add(&again, clean.data);
	fuzz_assert(strcmp(clean.data, again.data) == 0);
	for (const char *p = clean.data; *p;) {
		uint32_t c;

		p += utf8_decode(p, &c);
		fuzz_assert(!utf8_is_invalid(c) && c >= 0x20 && (c < 0x7f || c > 0x9f));
	}
	printable_add_cut(&cut, clean.data, width);
	fuzz_assert(printable_width(cut.data) <= width);
	fuzz_assert(strlen(printable_short(room, text)) < sizeof(room));
	return 0;
}
