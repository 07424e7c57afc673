/* SPDX-License-Identifier: Apache-2.0 */
/* Where this program lies. */
#ifndef COMMON_OS_SELF_H
#define COMMON_OS_SELF_H

#include "common/base/error.h"

/* The absolute path of the running program, links resolved. Owned. Errors: ERROR_IO and others of
 * error_errno(). */
int self_path(char **out, struct error *err) must_check;

#endif
