/* SPDX-License-Identifier: Apache-2.0 */
#include "plugins/hygiene/kind.h"

#include <string.h>

static const struct {
	const char *word, *plural, *key, *flag;
} kinds[] = {
#define KIND_ROW(kind, word, plural, key, flag) [KIND_##kind] = { word, plural, key, flag },
	KINDS(KIND_ROW)
#undef KIND_ROW
};

static const char *const actions[] = {
#define ACTION_WORD(action, word) [ACTION_##action] = word,
	ACTIONS(ACTION_WORD)
#undef ACTION_WORD
};

const char *kind_word(enum kind kind)
{
	return kinds[kind].word;
}

const char *kind_plural(enum kind kind)
{
	return kinds[kind].plural;
}

const char *kind_key(enum kind kind)
{
	return kinds[kind].key;
}

const char *kind_flag(enum kind kind)
{
	return kinds[kind].flag;
}

enum kind kind_parse(const char *word)
{
	enum kind kind = 0;

	while (kind < KIND_COUNT && strcmp(kinds[kind].word, word) != 0)
		kind++;
	return kind;
}

const char *action_word(enum action action)
{
	return actions[action];
}
