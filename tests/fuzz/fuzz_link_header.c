/* SPDX-License-Identifier: Apache-2.0 */
/* Link, one value a line. */
#include "tests/fuzz/fuzz.h"

#include <string.h>

#include "common/codec/link_header.h"
#include "tests/fuzz/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	scoped_str text = fuzz_text(data, size);
	scoped_strings lines = { 0 };
	scoped_url base = { 0 };
	scoped_url next = { 0 };
	struct error err = ERROR_INIT;

	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
		strings_add(&lines, line);
	if (url_parse(&base, "https://r.example:5000/v2/a/tags/list?n=2", &err) < 0)
		__builtin_trap();
	int found = link_next(&next, &lines, &base, &err);

	if (found < 0)
		fuzz_assert(err.kind == ERROR_INPUT || err.kind == ERROR_LIMIT);
	fuzz_assert((found == 1) == (next.host != NULL));
	if (found == 1 && link_is_followed(&base, &next))
		fuzz_assert(next.https && next.port == 5000 && !strcmp(next.host, "r.example"));
	return 0;
}
