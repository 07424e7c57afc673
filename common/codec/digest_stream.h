/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Digests of what streams by: sha256, sha384 and sha512, by OpenSSL's libcrypto, which is loaded at
 * the first call. Everything fails with ERROR_UNSUPPORTED where it is not there or refuses.
 */
#ifndef COMMON_CODEC_DIGEST_STREAM_H
#define COMMON_CODEC_DIGEST_STREAM_H

#include <stdbool.h>
#include <stddef.h>

#include "common/base/error.h"

#define DIGEST_TEXT 136 /* "sha512:", 128 digits and the NUL */

/* Zeroed it may be released. */
struct digest_stream {
	struct digest_state *state; /* owned */
};

/* algorithm: "sha256", or a digest, whose algorithm it is ("sha256:..."). Errors: ERROR_INPUT:
 * another one. */
int digest_stream_open(struct digest_stream *out, const char *algorithm, struct error *err)
	must_check;
int digest_stream_add(struct digest_stream *stream, const void *data, size_t len, struct error *err)
	must_check;
/* "sha256:<64 lower hex>" of all that was added. The stream is released, whatever the outcome. */
int digest_stream_end(struct digest_stream *stream, char out[DIGEST_TEXT], struct error *err)
	must_check;
void digest_stream_release(struct digest_stream *stream);
#define scoped_digest_stream scoped(digest_stream_release) struct digest_stream

/* All of it at once. */
int digest_make(const char *algorithm, const void *data, size_t len, char out[DIGEST_TEXT],
		struct error *err) must_check;

#endif
