/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses: a base, and behind a newline a reference. What is read is the same when it is read
 * again from its own text, and has nothing in it that another reader could take for a host. */
#include "tests/fuzz/fuzz.h"

#include <string.h>

#include "common/codec/url.h"
#include "tests/fuzz/text.h"

static void check(const struct url *url)
{
	scoped_str text = url_format(url);
	scoped_str authority = url_authority(url);
	scoped_url again = { 0 };
	struct error err = ERROR_INIT;

	fuzz_assert(url->port >= 1 && url->port <= 65535 && *url->host && *url->path == '/');
	fuzz_assert(!strpbrk(text, "\\# \r\n\t\"") && !strpbrk(authority, "@/?%"));
	fuzz_assert(!strstr(url->path, "/../") && !strstr(url->path, "/./"));
	if (strlen(text) > URL_MAX)
		return;
	fuzz_assert(url_parse(&again, text, &err) == 0);
	scoped_str second = url_format(&again);

	fuzz_assert(strcmp(text, second) == 0 && url_same_origin(url, &again));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	scoped_str text = fuzz_text(data, size);
	char *reference = text + strcspn(text, "\n");
	scoped_url base = { 0 };
	scoped_url url = { 0 };
	struct error err = ERROR_INIT;

	if (*reference)
		*reference++ = '\0';
	if (url_parse(&base, text, &err) < 0) {
		fuzz_assert(err.kind == ERROR_INPUT && !base.host && !base.path);
		return 0;
	}
	check(&base);
	if (url_resolve(&url, &base, reference, &err) < 0)
		fuzz_assert(err.kind == ERROR_INPUT && !url.host);
	else
		check(&url);
	return 0;
}
