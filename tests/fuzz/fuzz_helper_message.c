/* SPDX-License-Identifier: Apache-2.0 */
/* What is read is written, and read again to the same bytes. */
#include "tests/fuzz/fuzz.h"

#include <string.h>

#include "common/codec/helper_message.h"
#include "tests/fuzz/text.h"

static void fuzz_store(const char *data, size_t size)
{
	scoped_helper_credential c = { 0 };
	scoped_helper_credential again = { 0 };
	scoped_buf text;
	struct error err = ERROR_INIT;

	buf_init_wiped(&text, SIZE_MAX);
	if (helper_read_store(data, size, &c, &err) < 0) {
		fuzz_assert(err.kind == ERROR_INPUT && !c.server);
		return;
	}
	fuzz_assert(*c.server && *c.username);
	helper_write_get(&c, &text);
	fuzz_assert(helper_read_get(text.data, text.len, &again, &err) == 0);
	fuzz_assert(strcmp(c.server, again.server) == 0);
	fuzz_assert(strcmp(c.username, again.username) == 0);
	fuzz_assert(secret_equal(&c.secret, &again.secret));
}

static void fuzz_list(const char *data, size_t size)
{
	scoped_helper_names names = { 0 };
	scoped_helper_names again = { 0 };
	scoped_buf text;
	struct error err = ERROR_INIT;

	buf_init(&text, SIZE_MAX);
	if (helper_read_list(data, size, &names, &err) < 0)
		return;
	helper_write_list(&names, &text);
	fuzz_assert(helper_read_list(text.data, text.len, &again, &err) == 0);
	fuzz_assert(again.count <= names.count);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	scoped_str server = NULL;
	struct error err = ERROR_INIT;

	fuzz_store((const char *)data, size);
	fuzz_list((const char *)data, size);
	if (helper_read_server((const char *)data, size, &server, &err) == 0)
		fuzz_assert(*server && strlen(server) <= size);
	return 0;
}
