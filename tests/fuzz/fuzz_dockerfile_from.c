/* SPDX-License-Identifier: Apache-2.0 */
/* Dockerfiles: every stage stands on something that comes before it. */
#include "tests/fuzz/fuzz.h"

#include <string.h>

#include "common/codec/dockerfile_from.h"
#include "tests/fuzz/text.h"

static void check_stage(const struct dockerfile *file, size_t i, size_t size)
{
	const struct dockerfile_stage *s = &file->items[i];
	const struct dockerfile_stage *root = dockerfile_root(file, i);
	scoped_strings images = { 0 };

	fuzz_assert((s->parent != STAGE_NONE) + s->scratch + (s->image != NULL) == 1);
	fuzz_assert(s->parent == STAGE_NONE || s->parent < i);
	fuzz_assert(!s->image || *s->image);
	fuzz_assert(s->at + s->len <= size && s->len >= 4);
	fuzz_assert(i == 0 || s->at >= s[-1].at + s[-1].len);
	fuzz_assert(s->line > 0 && (!s->platform || *s->platform));
	for (size_t k = 0; k < s->uses.count; k++)
		fuzz_assert(s->uses.items[k] < i);
	fuzz_assert(root->scratch || root->image);
	dockerfile_images(file, i, &images);
	fuzz_assert(root->scratch || images.count > 0);
	for (size_t k = 1; k < images.count; k++)
		fuzz_assert(strcmp(images.items[k - 1], images.items[k]) < 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	scoped_dockerfile file = { 0 };
	scoped_strings args = { 0 };
	struct error err = ERROR_INIT;
	size_t stage;

	strings_add(&args, "V=13");
	strings_add(&args, "EMPTY=");
	if (dockerfile_parse(&file, (const char *)data, size, &args, NULL, &err) < 0) {
		fuzz_assert(err.kind == ERROR_INPUT || err.kind == ERROR_LIMIT);
		fuzz_assert(!file.items);
		return 0;
	}
	fuzz_assert(dockerfile_target(&file, NULL, &stage, &err) == 0 && stage == file.count - 1);
	for (size_t i = 0; i < file.count; i++)
		check_stage(&file, i, size);
	return 0;
}
