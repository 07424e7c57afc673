/* SPDX-License-Identifier: Apache-2.0 */
/* SHA-256 by OpenSSL's libcrypto, loaded at the first call so that start-up does not pay for it. */
#ifndef COMMON_CODEC_SHA256_H
#define COMMON_CODEC_SHA256_H

#include <stddef.h>

#include "common/base/error.h"

#define SHA256_HEX 65 /* with the NUL */

/* Lower-case hex of the digest. Errors: ERROR_UNSUPPORTED if libcrypto cannot be loaded. */
int sha256_hex(char out[SHA256_HEX], const void *data, size_t len, struct error *err) must_check;

#endif
