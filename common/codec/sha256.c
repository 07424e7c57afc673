/* SPDX-License-Identifier: Apache-2.0 */
#include "common/codec/sha256.h"

#include <string.h>

#include "common/codec/digest_stream.h"
#include "common/codec/reference.h"

int sha256_hex(char out[SHA256_HEX], const void *data, size_t len, struct error *err)
{
	char digest[DIGEST_TEXT];

	if (digest_make("sha256", data, len, digest, err) < 0)
		return -1;
	memcpy(out, digest_hex(digest), SHA256_HEX);
	return 0;
}
