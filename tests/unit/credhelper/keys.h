/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keys and certificates for the tests of sealed files, made by the openssl program in the scratch
 * directory (tests/unit/client/scratch.h): NAME.key, NAME.crt, NAME.pem (both).
 */
#ifndef TESTS_UNIT_CREDHELPER_KEYS_H
#define TESTS_UNIT_CREDHELPER_KEYS_H

#include "common/base/secret.h"

/* In the scratch directory, through sh -e; fails the test if it does. */
void keys_run(const char *script);

/* "ec p256 P-256\nrsa ci 2048\n" and what else is a line of the functions there. */
void keys_make(const char *lines);
/* A file of the scratch directory. */
void keys_read(const char *name, struct secret *out);

#endif
