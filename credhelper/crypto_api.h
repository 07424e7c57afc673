/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the encrypted pull file and the marks of proven.h need of cryptography, by nettle, which is
 * loaded at the first call: libcrypto would take three times as long to load as all the rest of a
 * get (docs/performance.md). Every error may be ERROR_UNSUPPORTED: nettle is not there.
 */
#ifndef CREDHELPER_CRYPTO_API_H
#define CREDHELPER_CRYPTO_API_H

#include <stddef.h>

#include "common/base/error.h"
#include "common/base/secret.h"

#define CRYPTO_KEY   32
#define CRYPTO_SALT  32
#define CRYPTO_NONCE 12
#define CRYPTO_TAG   16
#define CRYPTO_MAC   32

/* The kernel's; at most 256 bytes. */
int crypto_random(void *out, size_t len, struct error *err) must_check;

/* HMAC-SHA256. */
int crypto_mac(const void *key, size_t key_len, const struct secret *data,
	       unsigned char out[CRYPTO_MAC], struct error *err) must_check;

/* One file's key: HKDF-SHA256 of key (CRYPTO_KEY bytes) and salt, for the use that info names. */
struct crypto_box {
	const struct secret *key;
	const unsigned char *salt, *nonce;
	const char *info;
	const char *head; /* authenticated, not encrypted */
	size_t head_len;
};
/* AES-256-GCM, the tag behind the text. out is of buf_init_wiped(), and appended to. */
int crypto_seal(const struct crypto_box *box, const struct buf *plain, struct buf *out,
		struct error *err) must_check;
/* Replaces out. Errors: ERROR_INPUT: another key, or not as it was written. */
int crypto_open(const struct crypto_box *box, const char *data, size_t len, struct secret *out,
		struct error *err) must_check;

#endif
