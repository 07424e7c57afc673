/* SPDX-License-Identifier: Apache-2.0 */
/* Scopes: two lines are two sets. What both have together has both, its text is canonical, and its
 * chunks are all of it. */
#include "tests/fuzz/fuzz.h"

#include <string.h>

#include "common/codec/scope.h"
#include "tests/fuzz/text.h"

static bool read_set(struct scope_set *set, const char *text)
{
	struct error err = ERROR_INIT;

	if (scope_set_add(set, text, &err) == 0)
		return true;
	fuzz_assert(err.kind == ERROR_INPUT || err.kind == ERROR_LIMIT);
	fuzz_assert(set->count == 0);
	return false;
}

static void check(const struct scope_set *set)
{
	scoped_str text = scope_set_format(set);
	scoped_scope_set again = { 0 };
	size_t at = 0, n;

	if (strlen(text) <= SCOPE_TEXT_MAX) {
		fuzz_assert(read_set(&again, text));
		scoped_str second = scope_set_format(&again);

		fuzz_assert(strcmp(text, second) == 0);
	}
	while ((n = scope_set_chunk(set, at, 3, 100)) > 0)
		at += n;
	fuzz_assert(at == set->count);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	scoped_str text = fuzz_text(data, size);
	char *second = text + strcspn(text, "\n");
	scoped_scope_set a = { 0 };
	scoped_scope_set b = { 0 };
	struct error err = ERROR_INIT;

	if (*second)
		*second++ = '\0';
	if (!read_set(&a, text) || !read_set(&b, second))
		return 0;
	check(&a);
	fuzz_assert(scope_set_contains(&a, &a));
	if (scope_set_unite(&a, &b, &err) < 0) {
		fuzz_assert(err.kind == ERROR_LIMIT);
		return 0;
	}
	fuzz_assert(scope_set_contains(&a, &b));
	check(&a);
	return 0;
}
