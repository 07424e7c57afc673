/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is read can be written and read again, answers where it says, and nowhere else; a file name
 * that is read is the one of its registry.
 */
#include "tests/fuzz/fuzz.h"

#include <string.h>

#include "common/base/clock.h"
#include "credhelper/sealed_text.h"
#include "tests/fuzz/text.h"

static void try_answers(const struct sealed_content *c)
{
	scoped_registry_key own = { 0 };
	scoped_registry_key other = { 0 };

	registry_key_read(&own, c->registry);
	registry_key_read(&other, "other.example:1");
	int64_t before = c->expires == TIME_NONE ? 0 : c->expires - 1;

	if (before != INT64_MAX)
		fuzz_assert(!sealed_refuses(c, &own, c->prefix, before));
	fuzz_assert(sealed_refuses(c, &other, c->prefix, before));
	if (*c->prefix)
		fuzz_assert(sealed_refuses(c, &own, NULL, before));
	if (c->expires != TIME_NONE)
		fuzz_assert(sealed_refuses(c, &own, c->prefix, c->expires));
}

static void try_content(const char *text, size_t len)
{
	struct error err = ERROR_INIT;
	scoped_sealed_content c = { 0 };
	scoped_sealed_content again = { 0 };
	scoped_buf out = { 0 };

	if (sealed_content_parse(&c, text, len, &err) < 0) {
		fuzz_assert(error_is_set(&err) && !c.registry);
		return;
	}
	buf_init_wiped(&out, SIZE_MAX);
	sealed_content_format(&c, &out);
	fuzz_assert(sealed_content_parse(&again, out.data, out.len, &err) == 0);
	fuzz_assert(
		strcmp(c.registry, again.registry) == 0 && strcmp(c.prefix, again.prefix) == 0 &&
		strcmp(c.username, again.username) == 0 && secret_equal(&c.secret, &again.secret));
	try_answers(&c);
}

static void try_name(const char *name)
{
	scoped_str registry = NULL;
	scoped_str prefix = NULL;

	if (!sealed_file_name_read(name, &registry, &prefix)) {
		fuzz_assert(!registry && !prefix);
		return;
	}
	scoped_str again = sealed_file_name(registry, prefix);

	fuzz_assert(strcmp(again, name) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	scoped_str text = fuzz_text(data, size);

	try_content(text, strlen(text));
	try_name(text);
	return 0;
}
