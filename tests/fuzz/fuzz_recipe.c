/* SPDX-License-Identifier: Apache-2.0 */
/* hygiene-base.json: what is accepted makes tags that are tags, at any time. */
#include "tests/fuzz/fuzz.h"

#include <string.h>

#include "common/codec/reference.h"
#include "plugins/hygiene/recipe.h"
#include "tests/fuzz/text.h"

static void check(const struct recipe *recipe)
{
	const struct tm time = { .tm_year = 130, .tm_mon = 9, .tm_mday = 28, .tm_min = 59 };

	fuzz_assert(recipe->tags.count > 0 && recipe->max_age >= 0);
	for (size_t i = 0; i < recipe->tags.count; i++) {
		struct reference ref = { 0 };
		struct error err = ERROR_INIT;
		scoped_str tag = recipe_tag(recipe->tags.items[i], &time,
					    recipe_tag_is_dated(recipe->tags.items[i]) ? 99 : 0);
		scoped_str name = xasprintf("%s:%s", recipe->name, tag);

		fuzz_assert(reference_parse(name, &ref, &err) == 0);
		fuzz_assert(ref.tag && strcmp(ref.tag, tag) == 0);
		reference_release(&ref);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct recipes recipes = { 0 };
	struct error err = ERROR_INIT;

	if (recipes_parse(&recipes, (const char *)data, size, "fuzz", &err) < 0) {
		fuzz_assert(err.kind == ERROR_USAGE && err.text[0]);
		return 0;
	}
	for (size_t i = 0; i < recipes.count; i++) {
		check(&recipes.items[i]);
		fuzz_assert(recipe_find(&recipes, recipes.items[i].full) == &recipes.items[i]);
	}
	recipes_release(&recipes);
	return 0;
}
