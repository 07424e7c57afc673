/* SPDX-License-Identifier: Apache-2.0 */
#include "common/codec/sha256.h"

#include <string.h>

#include "common/codec/digest_stream.h"
#include "common/codec/reference.h"

int sha256_hex(char out[SHA256_HEX], const void *data, size_t len, struct error *err)
{
	scoped_digest_stream stream = { NULL };
	char digest[DIGEST_TEXT];

	if (digest_stream_open(&stream, "sha256", err) < 0 ||
	    digest_stream_add(&stream, data, len, err) < 0 ||
	    digest_stream_end(&stream, digest, err) < 0)
		return -1;
	memcpy(out, digest_hex(digest), SHA256_HEX);
	return 0;
}
