/* SPDX-License-Identifier: Apache-2.0 */
/* HTTPS_PROXY of any bytes: nothing is lost of it, and who has a port keeps it. */
#include "tests/fuzz/fuzz.h"

#include <string.h>

#include "common/codec/proxy_url.h"
#include "tests/fuzz/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	scoped_str text = fuzz_text(data, size);
	scoped_str url = proxy_url(text);
	scoped_str again = proxy_url(url);
	size_t len = strlen(text), longer = strlen(url);

	fuzz_assert(longer == len || longer == len + 3 || longer == len + 4);
	fuzz_assert(longer != len || strcmp(url, text) == 0);
	fuzz_assert(strcmp(again, url) == 0);
	return 0;
}
