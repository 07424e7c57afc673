/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzz input as a C string, exactly as long as it is, so that ASan sees a read past its end. */
#ifndef TESTS_FUZZ_TEXT_H
#define TESTS_FUZZ_TEXT_H

#include <stdint.h>

#include "common/base/alloc.h"

static inline char *fuzz_text(const uint8_t *data, size_t size)
{
	return xstrndup((const char *)data, size);
}

/* A broken promise ends the run, with the input kept. */
#define fuzz_assert(condition)            \
	do {                              \
		if (!(condition))         \
			__builtin_trap(); \
	} while (0)

#endif
