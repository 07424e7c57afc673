/* SPDX-License-Identifier: Apache-2.0 */
/* What is read is written, and read again to the same entries; the pull file's entries too. */
#include "tests/fuzz/fuzz.h"

#include <string.h>

#include "credhelper/entry_list.h"
#include "tests/fuzz/text.h"

static void fuzz_entries(const char *data, size_t size, bool timed)
{
	scoped_push_entries entries = { 0 }, again = { 0 };
	struct error err = ERROR_INIT;
	scoped_buf text;

	buf_init_wiped(&text, SIZE_MAX);
	if (entry_list_parse(&entries, data, size, "file", timed, &err) < 0) {
		fuzz_assert(!entries.items);
		return;
	}
	entry_list_format(&entries, timed, &text);
	fuzz_assert(entry_list_parse(&again, text.data, text.len, "file", timed, &err) == 0);
	fuzz_assert(again.count == entries.count);
	for (size_t i = 0; i < entries.count; i++) {
		const struct push_entry *a = &entries.items[i], *b = &again.items[i];

		fuzz_assert(strcmp(a->credential.server, b->credential.server) == 0);
		fuzz_assert(strcmp(a->credential.username, b->credential.username) == 0);
		fuzz_assert(secret_equal(&a->credential.secret, &b->credential.secret));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_entries((const char *)data, size, true);
	fuzz_entries((const char *)data, size, false);
	return 0;
}
