/* SPDX-License-Identifier: Apache-2.0 */
/* NO_PROXY of any bytes: "*" behind it names everybody, and this machine needs no entry. */
#include "tests/fuzz/fuzz.h"

#include "common/codec/no_proxy.h"
#include "tests/fuzz/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const hosts[] = { "a.example.com", "192.0.2.1", "2001:db8::1" };
	scoped_str list = fuzz_text(data, size);
	scoped_str all = xasprintf("%s,*", list);

	for (size_t i = 0; i < array_len(hosts); i++) {
		bool has = no_proxy_has(list, hosts[i], 443);

		fuzz_assert(no_proxy_has(all, hosts[i], 443));
		fuzz_assert(!has || size > 0);
	}
	fuzz_assert(no_proxy_has(list, "::1", 443));
	return 0;
}
