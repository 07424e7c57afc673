/* SPDX-License-Identifier: Apache-2.0 */
/* A unit is one name with its suffix, and only of the first namespace. */
#include "tests/fuzz/fuzz.h"

#include <string.h>

#include "credhelper/cgroup_unit.h"
#include "tests/fuzz/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	scoped_str text = fuzz_text(data, size);
	scoped_str unit = cgroup_unit("cgroup:[4026531835]", text);
	scoped_str other = cgroup_unit("cgroup:[4026532000]", text);

	fuzz_assert(!other);
	if (!unit)
		return 0;
	size_t len = strlen(unit);

	fuzz_assert(len > 8 && strcmp(unit + len - 8, ".service") == 0);
	fuzz_assert(!strpbrk(unit, "/\n") && strstr(text, unit));
	return 0;
}
