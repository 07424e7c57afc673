/* SPDX-License-Identifier: Apache-2.0 */
#include "credhelper/crypto_api.h"

#include <errno.h>
#include <nettle/gcm.h>
#include <nettle/hkdf.h>
#include <nettle/hmac.h>
#include <nettle/memops.h>
#include <nettle/version.h>
#include <string.h>
#include <unistd.h>
#ifdef __APPLE__
#include <sys/random.h>
#endif

#include "common/base/dynlib.h"

/* Contexts are ours to hold, and their size is the headers': no other version will do. */
#if NETTLE_VERSION_MAJOR >= 4
#define SONAME    "libnettle.so.9"
#define DYLIB     "libnettle.9.dylib"
#define PACKAGE   "libnettle9"
#define LENGTH(n) /* it is always the whole digest */
#else
#define SONAME    "libnettle.so.8"
#define DYLIB     "libnettle.8.dylib"
#define PACKAGE   "libnettle8"
#define LENGTH(n) n,
#endif

#define CRYPTO_FUNCTIONS(X)           \
	X(nettle_gcm_aes256_decrypt)  \
	X(nettle_gcm_aes256_digest)   \
	X(nettle_gcm_aes256_encrypt)  \
	X(nettle_gcm_aes256_set_iv)   \
	X(nettle_gcm_aes256_set_key)  \
	X(nettle_gcm_aes256_update)   \
	X(nettle_hkdf_expand)         \
	X(nettle_hkdf_extract)        \
	X(nettle_hmac_sha256_digest)  \
	X(nettle_hmac_sha256_set_key) \
	X(nettle_hmac_sha256_update)  \
	X(nettle_memeql_sec)

struct crypto_api {
#define CRYPTO_MEMBER(name) __typeof__(name) *name;
	CRYPTO_FUNCTIONS(CRYPTO_MEMBER)
#undef CRYPTO_MEMBER
};

static int load(struct crypto_api *out, struct error *err)
{
	static const char *const sonames[] = { SONAME, DYLIB, NULL };
	const struct dynlib_symbol symbols[] = {
#define CRYPTO_SYMBOL(name) { #name, (void **)&out->name },
		CRYPTO_FUNCTIONS(CRYPTO_SYMBOL)
#undef CRYPTO_SYMBOL
	};

	return dynlib_load(sonames, symbols, array_len(symbols), PACKAGE, err);
}

int crypto_random(void *out, size_t len, struct error *err)
{
	if (getentropy(out, len) < 0)
		return error_errno(err, errno, "random numbers");
	return 0;
}

int crypto_mac(const void *key, size_t key_len, const struct secret *data,
	       unsigned char out[CRYPTO_MAC], struct error *err)
{
	struct hmac_sha256_ctx ctx;
	struct crypto_api api;

	if (load(&api, err) < 0)
		return -1;
	api.nettle_hmac_sha256_set_key(&ctx, key_len, key);
	if (data->len)
		api.nettle_hmac_sha256_update(&ctx, data->len, (const uint8_t *)data->data);
	api.nettle_hmac_sha256_digest(&ctx, LENGTH(CRYPTO_MAC) out);
	wipe(&ctx, sizeof(ctx));
	return 0;
}

/* --- The key of one file. */

static void derive(const struct crypto_api *api, const struct crypto_box *box,
		   unsigned char out[CRYPTO_KEY])
{
	nettle_hash_update_func *update = (nettle_hash_update_func *)api->nettle_hmac_sha256_update;
	nettle_hash_digest_func *digest = (nettle_hash_digest_func *)api->nettle_hmac_sha256_digest;
	unsigned char middle[CRYPTO_MAC];
	struct hmac_sha256_ctx ctx;

	api->nettle_hmac_sha256_set_key(&ctx, CRYPTO_SALT, box->salt);
	api->nettle_hkdf_extract(&ctx, update, digest, LENGTH(CRYPTO_MAC) box->key->len,
				 (const uint8_t *)box->key->data, middle);
	api->nettle_hmac_sha256_set_key(&ctx, CRYPTO_MAC, middle);
	api->nettle_hkdf_expand(&ctx, update, digest, CRYPTO_MAC, strlen(box->info),
				(const uint8_t *)box->info, CRYPTO_KEY, out);
	wipe(middle, sizeof(middle));
	wipe(&ctx, sizeof(ctx));
}

/* --- The box. */

static void context_release(struct gcm_aes256_ctx *ctx)
{
	wipe(ctx, sizeof(*ctx));
}
#define scoped_context scoped(context_release) struct gcm_aes256_ctx

/* Loads, and makes the context, with the head in it. */
static int begin(struct crypto_api *api, const struct crypto_box *box, struct gcm_aes256_ctx *ctx,
		 struct error *err)
{
	unsigned char key[CRYPTO_KEY];

	if (load(api, err) < 0)
		return -1;
	derive(api, box, key);
	api->nettle_gcm_aes256_set_key(ctx, key);
	wipe(key, sizeof(key));
	api->nettle_gcm_aes256_set_iv(ctx, CRYPTO_NONCE, box->nonce);
	api->nettle_gcm_aes256_update(ctx, box->head_len, (const uint8_t *)box->head);
	return 0;
}

int crypto_seal(const struct crypto_box *box, const struct buf *plain, struct buf *out,
		struct error *err)
{
	scoped_context ctx = { 0 };
	scoped_secret bytes = { 0 };
	unsigned char tag[CRYPTO_TAG];
	struct crypto_api api;

	if (begin(&api, box, &ctx, err) < 0)
		return -1;
	secret_add(&bytes, plain->data, plain->len);
	if (bytes.len)
		api.nettle_gcm_aes256_encrypt(&ctx, bytes.len, (uint8_t *)bytes.data,
					      (const uint8_t *)bytes.data);
	api.nettle_gcm_aes256_digest(&ctx, LENGTH(CRYPTO_TAG) tag);
	buf_add(out, bytes.data, bytes.len);
	buf_add(out, tag, CRYPTO_TAG);
	return 0;
}

int crypto_open(const struct crypto_box *box, const char *data, size_t len, struct secret *out,
		struct error *err)
{
	scoped_context ctx = { 0 };
	scoped_secret bytes = { 0 };
	unsigned char tag[CRYPTO_TAG];
	struct crypto_api api;

	if (len < CRYPTO_TAG)
		return error_set(err, ERROR_INPUT, 0, "it is cut");
	if (begin(&api, box, &ctx, err) < 0)
		return -1;
	secret_add(&bytes, data, len - CRYPTO_TAG);
	if (bytes.len)
		api.nettle_gcm_aes256_decrypt(&ctx, bytes.len, (uint8_t *)bytes.data,
					      (const uint8_t *)bytes.data);
	api.nettle_gcm_aes256_digest(&ctx, LENGTH(CRYPTO_TAG) tag);
	if (!api.nettle_memeql_sec(tag, data + len - CRYPTO_TAG, CRYPTO_TAG))
		return error_set(err, ERROR_INPUT, 0, "it is of another key, or was changed");
	secret_release(out);
	*out = take_value(bytes);
	return 0;
}
