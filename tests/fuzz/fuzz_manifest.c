/* SPDX-License-Identifier: Apache-2.0 */
/* Manifests: the first line is the Content-Type, the rest the body. */
#include "tests/fuzz/fuzz.h"

#include <string.h>

#include "common/codec/manifest.h"
#include "common/codec/reference.h"
#include "tests/fuzz/text.h"

static void check_descriptor(const struct descriptor *d)
{
	fuzz_assert(d->digest && digest_is_valid(d->digest) && d->size >= 0);
	fuzz_assert(!d->has_platform || (d->platform.os && d->platform.architecture));
}

static void check(const struct manifest *m)
{
	scoped_platform want = { 0 };

	platform_set(&want, "linux", "arm64", "v9");
	fuzz_assert(m->parts.count <= MANIFEST_DESCRIPTORS_MAX);
	for (size_t i = 0; i < m->parts.count; i++)
		check_descriptor(&m->parts.items[i]);
	if (m->subject.digest)
		check_descriptor(&m->subject);
	const struct descriptor *choice = manifest_choose(m, &want);

	fuzz_assert(!choice || !descriptor_is_attestation(choice));
	if (manifest_kind_is_index(m->kind)) {
		fuzz_assert(!m->config.digest);
		return;
	}
	fuzz_assert(!choice);
	check_descriptor(&m->config);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	scoped_manifest m = { 0 };
	struct error err = ERROR_INIT;
	const uint8_t *line = size ? memchr(data, '\n', size) : NULL;

	if (!line)
		return 0;
	size_t len = (size_t)(line - data);
	scoped_str type = fuzz_text(data, len);

	if (manifest_parse(&m, (const char *)line + 1, size - len - 1, type, &err) < 0) {
		fuzz_assert(err.kind == ERROR_INPUT || err.kind == ERROR_LIMIT ||
			    err.kind == ERROR_UNSUPPORTED);
		fuzz_assert(!m.config.digest && !m.parts.items && !m.annotations.items);
		return 0;
	}
	check(&m);
	return 0;
}
