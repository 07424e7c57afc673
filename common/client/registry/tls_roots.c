/* SPDX-License-Identifier: Apache-2.0 */
#include "common/client/registry/tls_roots.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <string.h>

#include "common/base/dynlib.h"
#include "common/client/files.h"

#define ROOTS_MAX ((size_t)4 << 20) /* bytes of one file */

/* Types of the functions alone: none of them is linked. */
#define SSL_FUNCTIONS(X) X(SSL_CTX_get_cert_store)
#define CRYPTO_FUNCTIONS(X)    \
	X(BIO_new_mem_buf)     \
	X(BIO_free)            \
	X(PEM_read_bio_X509)   \
	X(X509_STORE_add_cert) \
	X(X509_free)           \
	X(ERR_clear_error)

struct tls_roots {
#define ROOTS_MEMBER(name) __typeof__(name) *name;
	SSL_FUNCTIONS(ROOTS_MEMBER)
	CRYPTO_FUNCTIONS(ROOTS_MEMBER)
#undef ROOTS_MEMBER
	struct {
		X509 **items;
		size_t count, room;
	} certs;
};

/* "OpenSSL/3.0.17" and "OpenSSL/1.1.1w" have their libraries under these names. */
static const char *version_of(const char *backend)
{
	static const struct {
		const char *begins, *suffix;
	} rows[] = { { "OpenSSL/3", "3" }, { "OpenSSL/1.1", "1.1" } };

	for (size_t i = 0; backend && i < array_len(rows); i++)
		if (strncmp(backend, rows[i].begins, strlen(rows[i].begins)) == 0)
			return rows[i].suffix;
	return NULL;
}

static int load(struct tls_roots *roots, const char *version, struct error *err)
{
#define ROOTS_SYMBOL(name) { #name, (void **)&roots->name },
	const struct dynlib_symbol ssl[] = { SSL_FUNCTIONS(ROOTS_SYMBOL) };
	const struct dynlib_symbol crypto[] = { CRYPTO_FUNCTIONS(ROOTS_SYMBOL) };
#undef ROOTS_SYMBOL
	scoped_str ssl_name = xasprintf("libssl.so.%s", version);
	scoped_str crypto_name = xasprintf("libcrypto.so.%s", version);
	scoped_str package = xasprintf("libssl%s", version);
	const char *const ssl_names[] = { ssl_name, NULL };
	const char *const crypto_names[] = { crypto_name, NULL };

	if (dynlib_load(ssl_names, ssl, array_len(ssl), package, err) < 0)
		return -1;
	return dynlib_load(crypto_names, crypto, array_len(crypto), package, err);
}

static int read_file(struct tls_roots *roots, const char *path, struct error *err)
{
	size_t before = roots->certs.count;
	scoped_buf text = { 0 };
	X509 *cert;

	buf_init(&text, ROOTS_MAX);
	if (file_read(path, ROOTS_MAX, &text, err) < 0)
		return -1;
	BIO *bio = roots->BIO_new_mem_buf(text.data, (int)text.len);

	if (!bio)
		return error_set(err, ERROR_IO, 0, "%s: OpenSSL cannot read it", path);
	while ((cert = roots->PEM_read_bio_X509(bio, NULL, NULL, NULL)) != NULL) {
		X509 **slot = array_add(&roots->certs);

		*slot = cert;
	}
	roots->BIO_free(bio);
	/* The end of the file is an error to it. */
	roots->ERR_clear_error();
	if (roots->certs.count == before)
		return error_set(err, ERROR_INPUT, 0, "%s: there is no certificate in it", path);
	return 0;
}

int tls_roots_open(struct tls_roots **out, const char *backend, const struct strings *files,
		   struct error *err)
{
	const char *version = version_of(backend);
	struct tls_roots *roots;

	if (!version)
		return error_set(
			err, ERROR_UNSUPPORTED, 0,
			"certificates of certs.d need a libcurl on OpenSSL, and this one is "
			"on %s; install libcurl4, or add them to the system's",
			backend ? backend : "none");
	roots = xcalloc(1, sizeof(*roots));
	int rc = load(roots, version, err);

	for (size_t i = 0; rc == 0 && i < files->count; i++)
		rc = read_file(roots, files->items[i], err);
	if (rc < 0)
		tls_roots_close(&roots);
	else
		*out = roots;
	return rc;
}

void tls_roots_close(struct tls_roots **out)
{
	struct tls_roots *roots = take_ptr(*out);

	if (!roots)
		return;
	for (size_t i = 0; i < roots->certs.count; i++)
		roots->X509_free(roots->certs.items[i]);
	free(roots->certs.items);
	free(roots);
}

int tls_roots_add(void *ssl_ctx, const struct tls_roots *roots)
{
	X509_STORE *store = roots->SSL_CTX_get_cert_store(ssl_ctx);

	for (size_t i = 0; store && i < roots->certs.count; i++)
		if (!roots->X509_STORE_add_cert(store, roots->certs.items[i]))
			return -1;
	return store ? 0 : -1;
}
