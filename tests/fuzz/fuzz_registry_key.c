/* SPDX-License-Identifier: Apache-2.0 */
/* Total; a name read again is the same name, and a key answers for itself. Two lines: two keys. */
#include "tests/fuzz/fuzz.h"

#include <string.h>

#include "common/codec/registry_key.h"
#include "tests/fuzz/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	scoped_str text = fuzz_text(data, size);
	char *line = strchr(text, '\n');
	scoped_registry_key key = { 0 };
	scoped_registry_key again = { 0 };
	scoped_registry_key other = { 0 };

	if (line)
		*line++ = '\0';
	registry_key_read(&key, text);
	registry_key_read(&other, line ? line : "");
	fuzz_assert(strcmp(key.raw, text) == 0 && key.host_len <= strlen(key.name));
	registry_key_read(&again, key.name);
	fuzz_assert(again.opaque == key.opaque && strcmp(again.name, key.name) == 0);
	fuzz_assert(registry_key_rank(&key, &key) == REGISTRY_RANK_RAW);
	fuzz_assert(registry_key_is_loopback(&key) == registry_key_is_loopback(&again));
	unsigned rank = registry_key_rank(&key, &other);

	if (rank)
		fuzz_assert(rank == REGISTRY_RANK_RAW || registry_key_same_host(&key, &other));
	if (rank >= REGISTRY_RANK_NAME)
		fuzz_assert(registry_key_rank(&other, &key) == rank);
	return 0;
}
