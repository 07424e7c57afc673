/* SPDX-License-Identifier: Apache-2.0 */
#include "common/cli/opt.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/cli/opt_scan.h"

struct words {
	const char **items;
	size_t count, room;
};

static void words_release(struct words *words)
{
	free(words->items);
}

int opt_parse(const struct opt_set *sets, size_t count, void *args, int argc, char **argv,
	      const char ***operands, size_t *operand_count, struct error *err)
{
	struct opt_scan scan = { .sets = sets, .count = count, .argc = argc, .argv = argv };
	scoped(words_release) struct words words = { 0 };
	struct opt_item item;
	enum opt_event event;

	while ((event = opt_next(&scan, &item)) != OPT_END) {
		if (event == OPT_OPERAND) {
			const char **slot = array_add(&words);

			*slot = item.text;
		} else if (event != OPT_OPTION) {
			return opt_complain(&scan, event, &item, err);
		} else if (opt_store(&item, args, err) < 0) {
			return -1;
		}
	}
	*operands = take_ptr(words.items);
	*operand_count = words.count;
	return 0;
}

const struct opt *opt_find(const struct opt_set *sets, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; j < sets[i].count; j++)
			if (strcmp(sets[i].rows[j].name, name) == 0)
				return &sets[i].rows[j];
	return NULL;
}
