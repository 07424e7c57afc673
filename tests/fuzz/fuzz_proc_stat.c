/* SPDX-License-Identifier: Apache-2.0 */
/* /proc/PID/stat: what parses has its last bracket before all that counts. */
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "common/codec/proc_stat.h"
#include "tests/fuzz/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct proc_stat stat = { .pid = -5 };
	struct error err = ERROR_INIT;
	/* Exactly as long as it is, so that ASan sees a read past its end. */
	char *copy = malloc(size ? size : 1);

	fuzz_assert(copy);
	memcpy(copy, data, size);
	if (proc_stat_parse(&stat, copy, size, &err) < 0) {
		fuzz_assert(err.kind == ERROR_INPUT && err.text[0] && stat.pid == -5);
	} else {
		fuzz_assert(stat.pid > 0 && stat.ppid >= 0 && stat.state != ' ');
		fuzz_assert(memchr(stat.name, '\0', sizeof(stat.name)));
	}
	free(copy);
	return 0;
}
