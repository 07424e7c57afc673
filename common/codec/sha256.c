/* SPDX-License-Identifier: Apache-2.0 */
#include "common/codec/sha256.h"

#include <stdio.h>

#include "common/base/dynlib.h"

#define BYTES 32

/* As <openssl/evp.h> declares them since 1.0; the structs stay OpenSSL's own. */
struct libcrypto {
	const void *(*sha256)(void);
	int (*digest)(const void *data, size_t len, unsigned char *out, unsigned int *out_len,
		      const void *type, void *engine);
};

static int load(struct libcrypto *out, struct error *err)
{
	static const char *const sonames[] = {
		"libcrypto.so.3",
		"libcrypto.so.1.1",
		"libcrypto.3.dylib",
		"libcrypto.1.1.dylib",
		NULL,
	};
	const struct dynlib_symbol symbols[] = {
		{ "EVP_sha256", (void **)&out->sha256 },
		{ "EVP_Digest", (void **)&out->digest },
	};

	return dynlib_load(sonames, symbols, array_len(symbols), "libssl3", err);
}

int sha256_hex(char out[SHA256_HEX], const void *data, size_t len, struct error *err)
{
	struct libcrypto crypto;
	unsigned char bytes[BYTES];

	if (load(&crypto, err) < 0)
		return -1;
	if (!crypto.digest(data, len, bytes, NULL, crypto.sha256(), NULL))
		return error_set(err, ERROR_UNSUPPORTED, 0, "libcrypto refuses to make SHA-256");
	for (size_t i = 0; i < BYTES; i++)
		snprintf(out + 2 * i, 3, "%02x", bytes[i]);
	return 0;
}
