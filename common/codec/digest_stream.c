/* SPDX-License-Identifier: Apache-2.0 */
#include "common/codec/digest_stream.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/alloc.h"
#include "common/base/dynlib.h"
#include "common/codec/printable.h"

#define BYTES_MAX 64

/* As <openssl/evp.h> declares them since 1.1.0; the structs stay OpenSSL's own. */
struct libcrypto {
	void *(*ctx_new)(void);
	void (*ctx_free)(void *ctx);
	int (*init)(void *ctx, const void *type, void *engine);
	int (*update)(void *ctx, const void *data, size_t len);
	int (*final)(void *ctx, unsigned char *out, unsigned int *out_len);
	const void *(*sha256)(void), *(*sha384)(void), *(*sha512)(void);
};

/* Those of reference.h's digest_is_valid(). */
static const struct algorithm {
	const char *name;
	size_t bytes;
} algorithms[] = { { "sha256", 32 }, { "sha384", 48 }, { "sha512", 64 } };

struct digest_state {
	struct libcrypto crypto;
	const struct algorithm *algorithm;
	void *ctx;
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
		{ "EVP_MD_CTX_new", (void **)&out->ctx_new },
		{ "EVP_MD_CTX_free", (void **)&out->ctx_free },
		{ "EVP_DigestInit_ex", (void **)&out->init },
		{ "EVP_DigestUpdate", (void **)&out->update },
		{ "EVP_DigestFinal_ex", (void **)&out->final },
		{ "EVP_sha256", (void **)&out->sha256 },
		{ "EVP_sha384", (void **)&out->sha384 },
		{ "EVP_sha512", (void **)&out->sha512 },
	};

	return dynlib_load(sonames, symbols, array_len(symbols), "libssl3", err);
}

static const struct algorithm *find(const char *name)
{
	size_t len = strcspn(name, ":");

	for (size_t i = 0; i < array_len(algorithms); i++)
		if (strlen(algorithms[i].name) == len &&
		    strncmp(algorithms[i].name, name, len) == 0)
			return &algorithms[i];
	return NULL;
}

static const void *type_of(const struct digest_state *state)
{
	switch (state->algorithm->bytes) {
	case 32:
		return state->crypto.sha256();
	case 48:
		return state->crypto.sha384();
	default:
		return state->crypto.sha512();
	}
}

static int refuses(const struct digest_state *state, struct error *err)
{
	return error_set(err, ERROR_UNSUPPORTED, 0, "libcrypto refuses to make %s",
			 state->algorithm->name);
}

int digest_stream_open(struct digest_stream *out, const char *algorithm, struct error *err)
{
	scoped_digest_stream stream = { xcalloc(1, sizeof(*stream.state)) };
	struct digest_state *state = stream.state;
	char shown[PRINTABLE_SHORT];

	state->algorithm = find(algorithm);
	if (!state->algorithm)
		return error_set(err, ERROR_INPUT, 0, "\"%s\" is no algorithm for digests",
				 printable_short(shown, algorithm));
	if (load(&state->crypto, err) < 0)
		return -1;
	state->ctx = state->crypto.ctx_new();
	if (!state->ctx || !state->crypto.init(state->ctx, type_of(state), NULL))
		return refuses(state, err);
	*out = take_value(stream);
	return 0;
}

int digest_stream_add(struct digest_stream *stream, const void *data, size_t len, struct error *err)
{
	struct digest_state *state = stream->state;

	if (len && !state->crypto.update(state->ctx, data, len))
		return refuses(state, err);
	return 0;
}

int digest_stream_end(struct digest_stream *stream, char out[DIGEST_TEXT], struct error *err)
{
	scoped_digest_stream own = *stream;
	const struct digest_state *state = own.state;
	unsigned char bytes[BYTES_MAX];

	*stream = (struct digest_stream){ NULL };
	if (!state->crypto.final(state->ctx, bytes, NULL))
		return refuses(state, err);
	int at = snprintf(out, DIGEST_TEXT, "%s:", state->algorithm->name);

	for (size_t i = 0; i < state->algorithm->bytes; i++)
		snprintf(out + at + 2 * i, 3, "%02x", bytes[i]);
	return 0;
}

void digest_stream_release(struct digest_stream *stream)
{
	if (stream->state && stream->state->ctx)
		stream->state->crypto.ctx_free(stream->state->ctx);
	free(stream->state);
	stream->state = NULL;
}

int digest_make(const char *algorithm, const void *data, size_t len, char out[DIGEST_TEXT],
		struct error *err)
{
	scoped_digest_stream stream = { NULL };

	if (digest_stream_open(&stream, algorithm, err) < 0 ||
	    digest_stream_add(&stream, data, len, err) < 0)
		return -1;
	return digest_stream_end(&stream, out, err);
}
