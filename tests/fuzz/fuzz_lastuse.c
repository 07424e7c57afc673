/* SPDX-License-Identifier: Apache-2.0 */
/* A state file: what parses is written back so that it parses to the same. */
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "plugins/hygiene/lastuse.h"

static void require(int holds)
{
	if (!holds)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct lastuse_state state, again;
	struct error err = ERROR_INIT;
	char *text;

	if (lastuse_parse(&state, (const char *)data, size, &err) < 0) {
		require(error_is_set(&err));
		return 0;
	}
	text = lastuse_format(&state);
	require(lastuse_parse(&again, text, strlen(text), &err) == 0);
	require(strcmp(state.engine_id, again.engine_id) == 0);
	require(state.uses.count == again.uses.count);
	for (size_t i = 0; i < state.uses.count; i++) {
		const struct use *a = &state.uses.items[i], *b = &again.uses.items[i];

		require(a->kind == b->kind && strcmp(a->key, b->key) == 0);
		require(a->last_used == b->last_used && a->first_seen == b->first_seen);
		require(a->arrived == b->arrived);
		require(lastuse_of(&again.uses, a->kind, a->key) == a->last_used);
	}
	free(text);
	text = lastuse_file_name(state.engine_id);
	require(!strchr(text, '/') && text[0] != '.');
	free(text);
	lastuse_release(&state);
	lastuse_release(&again);
	return 0;
}
