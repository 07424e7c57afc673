/* SPDX-License-Identifier: Apache-2.0 */
/* The signature of a token against a key set, by libcjose, with the keys that key_pick.h allows. */
#ifndef CREDHELPER_ATTEST_VERIFY_H
#define CREDHELPER_ATTEST_VERIFY_H

#include <jansson.h>

#include "common/base/alloc.h"
#include "common/codec/jwt.h"
#include "credhelper/attest/reasons.h"

/* token: the bytes that jwt was parsed from. OK, ALGORITHM (not in accepted), KEY or SIGNATURE. */
enum attest_reason verify_token(const char *token, size_t len, const struct jwt *jwt,
				const json_t *keys, const struct strings *accepted);

#endif
