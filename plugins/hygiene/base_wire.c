/* SPDX-License-Identifier: Apache-2.0 */
/* base_ask()'s questions on their way to real registries. */
#include <string.h>

#include "plugins/hygiene/base_ask.h"

static void wire_head(void *self, const struct reference *ref, ops_manifest_done *done, void *ctx)
{
	ops_manifest_head(self, ref, done, ctx);
}

static void wire_get(void *self, const struct reference *ref, ops_manifest_done *done, void *ctx)
{
	ops_manifest_get(self, ref, done, ctx);
}

static int wire_run(void *self, struct error *err)
{
	return registry_run(self, err);
}

static int64_t wire_pulls_left(void *self, const char *registry)
{
	const struct registry_tally *tallies;
	size_t count = registry_tallies(self, &tallies);

	for (size_t i = 0; i < count; i++)
		if (strcmp(tallies[i].registry, registry) == 0)
			return tallies[i].remaining;
	return -1;
}

struct base_wire base_wire_of(struct registry *registry)
{
	return (struct base_wire){ wire_head, wire_get, wire_run, wire_pulls_left, registry };
}
