/* SPDX-License-Identifier: Apache-2.0 */
/* A Dockerfile: whatever it is, stages come in order, and each FROM lies within the text. */
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/buf.h"
#include "common/codec/dockerfile_from.h"
#include "plugins/hygiene/base_pin.h"
#include "tests/fuzz/text.h"

static void check_stage(const struct dockerfile *file, size_t i, size_t len, size_t after)
{
	const struct dockerfile_stage *stage = &file->items[i];

	fuzz_assert(stage->at >= after && stage->at + stage->len <= len && stage->len >= 4);
	fuzz_assert(stage->parent == STAGE_NONE || stage->parent < i);
	fuzz_assert((stage->image != NULL) + stage->scratch + (stage->parent != STAGE_NONE) == 1);
	for (size_t u = 0; u < stage->uses.count; u++)
		fuzz_assert(stage->uses.items[u] < i);
}

/* Written anew with other images, it has the same stages, which stand on these. */
static void check_pinned(const char *text, size_t len, const struct dockerfile *file)
{
	const char *images[DOCKERFILE_STAGES_MAX];
	struct dockerfile again = { 0 };
	struct error err = ERROR_INIT;
	struct buf out;

	for (size_t i = 0; i < file->count; i++)
		images[i] = "host/temporary:1";
	buf_init(&out, (size_t)64 << 20);
	base_pin(&out, text, len, file, images);
	/* Names and platforms that were expanded may hold what has a meaning of its own. */
	if (dockerfile_parse(&again, out.data, out.len, NULL, NULL, &err) == 0) {
		fuzz_assert(again.count > 0);
		dockerfile_release(&again);
	}
	buf_release(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct error err = ERROR_INIT;
	struct dockerfile file = { 0 };
	struct strings images = { 0 };
	const char *text = (const char *)data;
	size_t after = 0;

	if (dockerfile_parse(&file, text, size, NULL, NULL, &err) < 0) {
		fuzz_assert(err.text[0]);
		return 0;
	}
	for (size_t i = 0; i < file.count; i++) {
		check_stage(&file, i, size, after);
		after = file.items[i].at + file.items[i].len;
	}
	dockerfile_images(&file, file.count - 1, &images);
	check_pinned(text, size, &file);
	strings_release(&images);
	dockerfile_release(&file);
	return 0;
}
