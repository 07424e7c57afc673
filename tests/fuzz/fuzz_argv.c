/* SPDX-License-Identifier: Apache-2.0 */
/* docker's global flags and the forms in which docker calls a plugin. One word per line. */
#include "tests/fuzz/fuzz.h"

#include <assert.h>

#include "common/cli/plugin_argv.h"
#include "tests/fuzz/words.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct plugin_argv args = { .count = -1 };
	struct error err = ERROR_INIT;
	struct words words;

	words_cut(&words, data, size);
	if (plugin_argv_parse(&args, "hygiene", words.argc, words.argv, &err) < 0) {
		assert(err.kind == ERROR_USAGE && err.text[0] && args.count == -1);
	} else {
		assert(!error_is_set(&err));
		assert(args.count >= 0 && args.count <= words.argc);
		/* What follows is the tail of what was given, so nothing behind it was lost. */
		assert(args.words + args.count == words.argv + words.argc);
	}
	free(words.text);
	return 0;
}
