/* SPDX-License-Identifier: Apache-2.0 */
/* Platforms, one a line: what is read is the same when it is read again; ranks are an order. */
#include "tests/fuzz/fuzz.h"

#include <string.h>

#include "common/codec/platform.h"
#include "tests/fuzz/text.h"

#define MOST 8

static char os[] = "linux", architecture[] = "amd64";
static const struct platform host = { os, architecture, NULL };

static bool read_line(struct platform *out, const char *text)
{
	struct error err = ERROR_INIT;

	if (platform_parse(out, text, &host, &err) < 0) {
		fuzz_assert(err.kind == ERROR_USAGE && !out->os);
		return false;
	}
	scoped_str shown = platform_format(out);
	scoped_platform again = { 0 };

	fuzz_assert(platform_parse(&again, shown, &host, &err) == 0);
	fuzz_assert(platform_equal(out, &again) && platform_rank(out, &again) == 1);
	return true;
}

static void compare(const struct platform *all, size_t count)
{
	for (size_t i = 1; i < count; i++)
		for (size_t k = 1; k < count; k++) {
			unsigned a = platform_rank(&all[0], &all[i]);
			unsigned b = platform_rank(&all[0], &all[k]);

			fuzz_assert(!a || a != b || platform_equal(&all[i], &all[k]));
		}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	scoped_str text = fuzz_text(data, size);
	struct platform all[MOST] = { 0 };
	size_t count = 0;

	for (char *line = strtok(text, "\n"); line && count < MOST; line = strtok(NULL, "\n"))
		count += read_line(&all[count], line);
	compare(all, count);
	for (size_t i = 0; i < count; i++)
		platform_release(&all[i]);
	return 0;
}
