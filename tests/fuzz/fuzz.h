/* SPDX-License-Identifier: Apache-2.0 */
/* What each tests/fuzz/fuzz_<name>.c defines: libFuzzer's entry point, called by replay.c too. */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>

/* Returns 0, always. `data` is borrowed and not NUL-ended. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
