/* SPDX-License-Identifier: Apache-2.0 */
#define CMS_API_C
#include "credhelper/cms_api.h"

#include <stdarg.h>
#include <stdio.h>

#include "common/base/dynlib.h"

#define RSA_BITS_MIN 2048
#define EC_BITS_MIN  256

struct libcrypto libcrypto;

static const char *const sonames[] = {
#ifdef __APPLE__
	"libcrypto.3.dylib",
#endif
	"libcrypto.so.3",
	NULL,
};

int libcrypto_load(struct error *err)
{
	struct libcrypto api = { 0 };
	const struct dynlib_symbol symbols[] = {
#define LIBCRYPTO_SYMBOL(name) { #name, (void **)&api.name },
		LIBCRYPTO_FUNCTIONS(LIBCRYPTO_SYMBOL)
#undef LIBCRYPTO_SYMBOL
	};

	if (libcrypto.OPENSSL_init_crypto)
		return 0;
	if (dynlib_load(sonames, symbols, array_len(symbols), "libssl3", err) < 0)
		return -1;
	if (!api.OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_NO_ATEXIT, NULL))
		return error_set(err, ERROR_UNSUPPORTED, 0, "libcrypto does not start");
	libcrypto = api;
	return 0;
}

int libcrypto_fail(struct error *err, enum error_kind kind, const char *fmt, ...)
{
	unsigned long code = libcrypto.ERR_peek_last_error();
	const char *reason = code ? libcrypto.ERR_reason_error_string(code) : NULL;
	char text[256];
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	libcrypto.ERR_clear_error();
	return error_set(err, kind, 0, "%s%s%s", text, reason ? ": " : "", reason ? reason : "");
}

void certs_free(OPENSSL_STACK **certs)
{
	if (!*certs)
		return;
	for (int i = 0; i < libcrypto.OPENSSL_sk_num(*certs); i++)
		libcrypto.X509_free(libcrypto.OPENSSL_sk_value(*certs, i));
	libcrypto.OPENSSL_sk_free(*certs);
}

/* Where a passphrase is needed, libcrypto would ask on the terminal. */
static int no_passphrase(unused_arg char *buf, unused_arg int size, unused_arg int writing,
			 unused_arg void *ctx)
{
	return -1;
}

static bool is_end_of_pem(void)
{
	return ERR_GET_REASON(libcrypto.ERR_peek_last_error()) == PEM_R_NO_START_LINE;
}

int certs_read(const void *pem, size_t len, OPENSSL_STACK *certs, struct error *err)
{
	scoped_bio bio = libcrypto.BIO_new_mem_buf(len ? pem : "", (int)len);
	int before = libcrypto.OPENSSL_sk_num(certs);
	X509 *cert;

	libcrypto.ERR_clear_error();
	while ((cert = libcrypto.PEM_read_bio_X509(bio, NULL, no_passphrase, NULL)) != NULL)
		libcrypto.OPENSSL_sk_push(certs, cert);
	if (!is_end_of_pem())
		return libcrypto_fail(err, ERROR_INPUT, "a certificate that cannot be read");
	libcrypto.ERR_clear_error();
	if (libcrypto.OPENSSL_sk_num(certs) == before)
		return error_set(err, ERROR_INPUT, 0,
				 "there is no certificate in it (\"-----BEGIN CERTIFICATE-----\")");
	return 0;
}

int pkey_read(const struct secret *pem, EVP_PKEY **out, struct error *err)
{
	scoped_bio bio = pem->len ? libcrypto.BIO_new_mem_buf(pem->data, (int)pem->len) : NULL;
	EVP_PKEY *key = NULL;

	libcrypto.ERR_clear_error();
	if (bio)
		key = libcrypto.PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, NULL);
	if (!key && ERR_GET_REASON(libcrypto.ERR_peek_error()) == PEM_R_BAD_PASSWORD_READ) {
		libcrypto.ERR_clear_error();
		return error_set(err, ERROR_INPUT, 0,
				 "the private key has a passphrase, which nobody could type here; "
				 "take it off (openssl pkey -in KEY -out KEY2)");
	}
	if (!key)
		return libcrypto_fail(err, ERROR_INPUT, "there is no private key in it");
	*out = key;
	return 0;
}

int pkey_check(const EVP_PKEY *key, struct error *err)
{
	int kind = key ? libcrypto.EVP_PKEY_get_base_id(key) : EVP_PKEY_NONE;
	int bits = key ? libcrypto.EVP_PKEY_get_bits(key) : 0;

	if (kind != EVP_PKEY_RSA && kind != EVP_PKEY_EC)
		return error_set(err, ERROR_INPUT, 0,
				 "its key is neither RSA nor of an elliptic curve such as P-256");
	if (bits < (kind == EVP_PKEY_RSA ? RSA_BITS_MIN : EC_BITS_MIN))
		return error_set(err, ERROR_INPUT, 0, "its key of %d bits is too short", bits);
	return 0;
}

int cert_is_current(const X509 *cert, struct error *err)
{
	if (libcrypto.X509_cmp_current_time(libcrypto.X509_get0_notAfter(cert)) <= 0)
		return error_set(err, ERROR_DENIED, 0, "its certificate has expired");
	if (libcrypto.X509_cmp_current_time(libcrypto.X509_get0_notBefore(cert)) >= 0)
		return error_set(err, ERROR_DENIED, 0, "its certificate is not valid yet");
	return 0;
}
