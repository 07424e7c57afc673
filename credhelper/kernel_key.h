/* SPDX-License-Identifier: Apache-2.0 */
/* Keys in the kernel's keyring of this user (keyrings(7)): in memory only, gone with a restart. */
#ifndef CREDHELPER_KERNEL_KEY_H
#define CREDHELPER_KERNEL_KEY_H

#include "common/base/error.h"
#include "common/base/secret.h"

/* Errors: ERROR_NOT_FOUND, ERROR_UNSUPPORTED (no keyrings here: a container, another system), with
 * what to do instead. */
int kernel_key_read(const char *name, struct secret *out, struct error *err) must_check;
int kernel_key_write(const char *name, const struct secret *key, struct error *err) must_check;

#endif
