/* SPDX-License-Identifier: Apache-2.0 */
/* The first line of the encrypted pull file (docs/internals/pushgate.md §7). Pure. */
#ifndef CREDHELPER_PULL_HEAD_H
#define CREDHELPER_PULL_HEAD_H

#include "common/base/buf.h"
#include "common/base/error.h"
#include "credhelper/crypto_api.h"

struct pull_head {
	unsigned char salt[CRYPTO_SALT], nonce[CRYPTO_NONCE];
	size_t len; /* with its newline */
};

/* Errors: ERROR_INPUT, ERROR_UNSUPPORTED (a later version). */
int pull_head_parse(struct pull_head *out, const char *data, size_t len, struct error *err)
	must_check;
void pull_head_format(const unsigned char *salt, const unsigned char *nonce, struct buf *out);

#endif
