/* SPDX-License-Identifier: Apache-2.0 */
/* DOCKER_CUSTOM_HEADERS, and header lines of an engine's answer to /_ping. */
#include "tests/fuzz/fuzz.h"

#include <assert.h>
#include <string.h>

#include "common/client/http_headers.h"
#include "common/client/ping.h"

static void as_lines(const char *data, size_t size)
{
	struct ping ping = { 0 };

	while (size > 0) {
		const char *end = memchr(data, '\n', size);
		size_t len = end ? (size_t)(end - data) + 1 : size;

		ping_header(&ping, data, len);
		data += len;
		size -= len;
	}
	assert(ping.api_major >= 0 && ping.api_major < 10000);
	assert(ping.api_minor >= 0 && ping.api_minor < 10000);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	scoped_str text = xstrndup((const char *)data, size);
	scoped_strings lines = { 0 };
	struct error err = ERROR_INIT;

	as_lines((const char *)data, size);
	if (headers_of_text(&lines, text, &err) < 0) {
		assert(err.kind == ERROR_USAGE && lines.count == 0);
		return 0;
	}
	for (size_t i = 0; i < lines.count; i++)
		assert(!strpbrk(lines.items[i], "\r\n") && strchr(lines.items[i], ':'));
	return 0;
}
