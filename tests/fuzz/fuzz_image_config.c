/* SPDX-License-Identifier: Apache-2.0 */
/* Image configurations: what is read has only real digests, and counts that fit. */
#include "tests/fuzz/fuzz.h"

#include "common/codec/image_config.h"
#include "common/codec/reference.h"
#include "tests/fuzz/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	scoped_image_config c = { 0 };
	struct error err = ERROR_INIT;

	if (image_config_parse(&c, (const char *)data, size, &err) < 0) {
		fuzz_assert(err.kind == ERROR_INPUT || err.kind == ERROR_LIMIT);
		fuzz_assert(!c.diff_ids.items && !c.labels.items);
		return 0;
	}
	fuzz_assert(c.created == TIME_NONE || c.created > 0);
	fuzz_assert(c.history_empty <= c.history && c.history <= IMAGE_CONFIG_ITEMS_MAX);
	for (size_t i = 0; i < c.diff_ids.count; i++)
		fuzz_assert(digest_is_valid(c.diff_ids.items[i]));
	scoped_str platform = platform_format(&c.platform);

	fuzz_assert(*platform);
	return 0;
}
