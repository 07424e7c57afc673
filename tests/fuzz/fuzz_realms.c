/* SPDX-License-Identifier: Apache-2.0 */
/* Pairs of registries and realms: what was read, written again, is the same, and lets in itself. */
#include "tests/fuzz/fuzz.h"

#include <string.h>

#include "common/base/buf.h"
#include "common/client/registry/realm.h"
#include "tests/fuzz/text.h"

static void check_pair(const struct realm_pair *pair, const struct realms *realms)
{
	scoped_str origin = xasprintf("https://%s", pair->registry);
	scoped_str realm = xasprintf("https://%s/token", pair->realm);
	enum realm_verdict verdict = realm_judge(pair->registry, origin, realm, realms);

	/* A registry's name that no URL can have is not spoken to. */
	fuzz_assert(realm_allowed(verdict) || verdict == REALM_BAD);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	scoped_str text = fuzz_text(data, size);
	struct realms realms = { 0 };
	struct realms again = { 0 };
	struct error err = ERROR_INIT;
	scoped_buf out;

	buf_init(&out, SIZE_MAX);
	if (realms_read(&realms, text, &err) < 0) {
		fuzz_assert(err.kind == ERROR_INPUT && !strpbrk(err.text, "\r\n"));
		return 0;
	}
	for (size_t i = 0; i < realms.count; i++) {
		check_pair(&realms.items[i], &realms);
		buf_fmt(&out, "%s=%s,", realms.items[i].registry, realms.items[i].realm);
	}
	fuzz_assert(realms_read(&again, out.data, &err) == 0 && again.count == realms.count);
	for (size_t i = 0; i < realms.count; i++)
		fuzz_assert(strcmp(realms.items[i].registry, again.items[i].registry) == 0 &&
			    strcmp(realms.items[i].realm, again.items[i].realm) == 0);
	realms_release(&realms);
	realms_release(&again);
	return 0;
}
