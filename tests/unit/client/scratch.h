/* SPDX-License-Identifier: Apache-2.0 */
/* A directory of one test, made in TMPDIR and removed with all that is in it. */
#ifndef TESTS_UNIT_CLIENT_SCRATCH_H
#define TESTS_UNIT_CLIENT_SCRATCH_H

#include <sys/types.h>

#include "common/base/alloc.h"

/* Fixtures for tcase_add_checked_fixture(). */
void scratch_make(void);
void scratch_remove(void);

/* Its path, without a link in it; and one below it. Owned by the caller where it says so. */
const char *scratch_dir(void);
char *scratch_path(const char *name) must_check;
/* Makes the directories above and writes the file. */
void scratch_write(const char *name, const char *text, mode_t mode);
/* What a file holds; fails the test if it is not there. Owned. */
char *scratch_read(const char *name) must_check;

#endif
