/* SPDX-License-Identifier: Apache-2.0 */
/* Where a program lies that is called by its name. */
#ifndef COMMON_OS_WHICH_H
#define COMMON_OS_WHICH_H

#include "common/base/attr.h"

/*
 * The absolute path of the first program of that name on PATH ("/usr/bin:/bin" where it is not
 * set), owned; NULL: there is none. Relative parts of PATH are passed over, as docker does.
 */
char *which(const char *name) must_check;

#endif
