/* SPDX-License-Identifier: Apache-2.0 */
#include "credhelper/crypto_api.h"

#include <limits.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/kdf.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <string.h>

#include "common/base/dynlib.h"

#define CRYPTO_FUNCTIONS(X)      \
	X(EVP_CIPHER_CTX_ctrl)   \
	X(EVP_CIPHER_CTX_free)   \
	X(EVP_CIPHER_CTX_new)    \
	X(EVP_DecryptFinal_ex)   \
	X(EVP_DecryptInit_ex)    \
	X(EVP_DecryptUpdate)     \
	X(EVP_EncryptFinal_ex)   \
	X(EVP_EncryptInit_ex)    \
	X(EVP_EncryptUpdate)     \
	X(EVP_PKEY_CTX_ctrl_str) \
	X(EVP_PKEY_CTX_free)     \
	X(EVP_PKEY_CTX_new_id)   \
	X(EVP_PKEY_derive)       \
	X(EVP_PKEY_derive_init)  \
	X(EVP_aes_256_gcm)       \
	X(EVP_sha256)            \
	X(HMAC)                  \
	X(RAND_bytes)

struct crypto_api {
#define CRYPTO_MEMBER(name) __typeof__(name) *name;
	CRYPTO_FUNCTIONS(CRYPTO_MEMBER)
#undef CRYPTO_MEMBER
};

static int load(struct crypto_api *out, struct error *err)
{
	static const char *const sonames[] = {
		"libcrypto.so.3",
		"libcrypto.so.1.1",
		"libcrypto.3.dylib",
		"libcrypto.1.1.dylib",
		NULL,
	};
	const struct dynlib_symbol symbols[] = {
#define CRYPTO_SYMBOL(name) { #name, (void **)&out->name },
		CRYPTO_FUNCTIONS(CRYPTO_SYMBOL)
#undef CRYPTO_SYMBOL
	};

	return dynlib_load(sonames, symbols, array_len(symbols), "libssl3", err);
}

static int refuses(const char *what, struct error *err)
{
	return error_set(err, ERROR_UNSUPPORTED, 0, "libcrypto refuses to make %s", what);
}

int crypto_random(void *out, size_t len, struct error *err)
{
	struct crypto_api api;

	if (load(&api, err) < 0)
		return -1;
	return api.RAND_bytes(out, (int)len) == 1 ? 0 : refuses("random numbers", err);
}

int crypto_mac(const void *key, size_t key_len, const struct secret *data,
	       unsigned char out[CRYPTO_MAC], struct error *err)
{
	struct crypto_api api;
	const void *bytes = data->len ? data->data : "";

	if (load(&api, err) < 0)
		return -1;
	if (!api.HMAC(api.EVP_sha256(), key, (int)key_len, bytes, data->len, out, NULL))
		return refuses("HMAC-SHA256", err);
	return 0;
}

/* --- The key of one file. */

/* By names and text, which libcrypto 1.1 and 3 both take: their functions differ. */
static bool set_hex(const struct crypto_api *api, EVP_PKEY_CTX *ctx, const char *name,
		    const void *data, size_t len)
{
	const unsigned char *bytes = data;
	char text[2 * CRYPTO_KEY + 1];
	bool ok = len <= CRYPTO_KEY;

	for (size_t i = 0; ok && i < len; i++)
		snprintf(text + 2 * i, 3, "%02x", bytes[i]);
	ok = ok && api->EVP_PKEY_CTX_ctrl_str(ctx, name, text) > 0;
	wipe(text, sizeof(text));
	return ok;
}

static int derive(const struct crypto_api *api, const struct crypto_box *box,
		  unsigned char out[CRYPTO_KEY], struct error *err)
{
	EVP_PKEY_CTX *ctx = api->EVP_PKEY_CTX_new_id(EVP_PKEY_HKDF, NULL);
	size_t len = CRYPTO_KEY;
	bool ok = ctx && api->EVP_PKEY_derive_init(ctx) > 0 &&
		  api->EVP_PKEY_CTX_ctrl_str(ctx, "md", "SHA256") > 0 &&
		  set_hex(api, ctx, "hexsalt", box->salt, CRYPTO_SALT) &&
		  set_hex(api, ctx, "hexkey", box->key->data, box->key->len) &&
		  api->EVP_PKEY_CTX_ctrl_str(ctx, "info", box->info) > 0 &&
		  api->EVP_PKEY_derive(ctx, out, &len) > 0 && len == CRYPTO_KEY;

	api->EVP_PKEY_CTX_free(ctx);
	return ok ? 0 : refuses("a key (HKDF-SHA256)", err);
}

/* --- The box. */

static bool encrypt(const struct crypto_api *api, EVP_CIPHER_CTX *ctx, const unsigned char *key,
		    const struct crypto_box *box, const struct buf *plain, unsigned char *out)
{
	int len = 0, end = 0;

	return api->EVP_EncryptInit_ex(ctx, api->EVP_aes_256_gcm(), NULL, key, box->nonce) == 1 &&
	       api->EVP_EncryptUpdate(ctx, NULL, &len, (const unsigned char *)box->head,
				      (int)box->head_len) == 1 &&
	       api->EVP_EncryptUpdate(ctx, out, &len, (const unsigned char *)plain->data,
				      (int)plain->len) == 1 &&
	       api->EVP_EncryptFinal_ex(ctx, out + len, &end) == 1 &&
	       (size_t)len + (size_t)end == plain->len &&
	       api->EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, CRYPTO_TAG, out + plain->len) ==
		       1;
}

static bool decrypt(const struct crypto_api *api, EVP_CIPHER_CTX *ctx, const unsigned char *key,
		    const struct crypto_box *box, const unsigned char *data, size_t data_len,
		    unsigned char *out)
{
	unsigned char tag[CRYPTO_TAG];
	int len = 0, end = 0;

	memcpy(tag, data + data_len, CRYPTO_TAG);
	return api->EVP_DecryptInit_ex(ctx, api->EVP_aes_256_gcm(), NULL, key, box->nonce) == 1 &&
	       api->EVP_DecryptUpdate(ctx, NULL, &len, (const unsigned char *)box->head,
				      (int)box->head_len) == 1 &&
	       api->EVP_DecryptUpdate(ctx, out, &len, data, (int)data_len) == 1 &&
	       api->EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, CRYPTO_TAG, tag) == 1 &&
	       api->EVP_DecryptFinal_ex(ctx, out + len, &end) == 1;
}

/* Loads, and makes the key and the context, which the caller frees whatever this returns. */
struct workshop {
	struct crypto_api api;
	unsigned char key[CRYPTO_KEY];
	EVP_CIPHER_CTX *ctx;
};

static void workshop_release(struct workshop *w)
{
	if (w->ctx)
		w->api.EVP_CIPHER_CTX_free(w->ctx);
	wipe(w->key, sizeof(w->key));
}

static int workshop_open(struct workshop *w, const struct crypto_box *box, struct error *err)
{
	if (load(&w->api, err) < 0 || derive(&w->api, box, w->key, err) < 0)
		return -1;
	w->ctx = w->api.EVP_CIPHER_CTX_new();
	return w->ctx ? 0 : refuses("AES-256-GCM", err);
}

int crypto_seal(const struct crypto_box *box, const struct buf *plain, struct buf *out,
		struct error *err)
{
	struct workshop w scoped(workshop_release) = { 0 };
	scoped_secret bytes = { 0 };

	if (plain->len > INT_MAX - CRYPTO_TAG)
		return error_set(err, ERROR_LIMIT, 0, "too many bytes to encrypt");
	if (workshop_open(&w, box, err) < 0)
		return -1;
	/* As long as the plain text and the tag. */
	secret_add(&bytes, plain->data, plain->len);
	secret_add(&bytes, (const char[CRYPTO_TAG]){ 0 }, CRYPTO_TAG);
	if (!encrypt(&w.api, w.ctx, w.key, box, plain, (unsigned char *)bytes.data))
		return refuses("AES-256-GCM", err);
	buf_add(out, bytes.data, bytes.len);
	return 0;
}

int crypto_open(const struct crypto_box *box, const char *data, size_t len, struct secret *out,
		struct error *err)
{
	struct workshop w scoped(workshop_release) = { 0 };
	scoped_secret bytes = { 0 };

	if (len < CRYPTO_TAG || len > INT_MAX)
		return error_set(err, ERROR_INPUT, 0, "it is cut");
	if (workshop_open(&w, box, err) < 0)
		return -1;
	secret_add(&bytes, data, len);
	bytes.len = len - CRYPTO_TAG;
	if (!decrypt(&w.api, w.ctx, w.key, box, (const unsigned char *)data, bytes.len,
		     (unsigned char *)bytes.data))
		return error_set(err, ERROR_INPUT, 0, "it is of another key, or was changed");
	secret_release(out);
	*out = take_value(bytes);
	return 0;
}
