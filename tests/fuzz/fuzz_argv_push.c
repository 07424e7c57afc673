/* SPDX-License-Identifier: Apache-2.0 */
/* A command line, one word per line; the first line is the registry that is asked for. */
#include "tests/fuzz/fuzz.h"

#include <string.h>

#include "credhelper/argv_push.h"
#include "tests/fuzz/text.h"
#include "tests/fuzz/words.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	scoped_registry_key asked = { 0 };
	scoped_registry_key other = { 0 };
	scoped_argv_push push = { 0 };
	scoped_argv_push elsewhere = { 0 };
	struct words words;

	words_cut(&words, data, size);
	const struct strings argv = { words.argv + 1, words.argc > 0 ? (size_t)words.argc - 1 : 0,
				      0 };

	registry_key_read(&asked, words.argc > 0 ? words.argv[0] : "r");
	registry_key_read(&other, "nobody.asks.for.this.example:4444");
	if (!asked.opaque) {
		enum argv_verdict verdict = argv_push(&push, NULL, &argv, &asked);

		fuzz_assert((verdict == ARGV_PUSHES || verdict == ARGV_SOMEWHERE) ==
			    (push.what != NULL));
		fuzz_assert(verdict == ARGV_PUSHES || !push.repository);
		/* Whoever is in the table is so whatever is asked for. */
		fuzz_assert((argv_push(&elsewhere, NULL, &argv, &other) == ARGV_OTHER) ==
			    (verdict == ARGV_OTHER));
	}
	free(words.text);
	return 0;
}
