/* SPDX-License-Identifier: Apache-2.0 */
/* Sealing: needs certificates only, so that anyone can. */
#include <string.h>

#include "common/client/files.h"
#include "common/client/secret_file.h"
#include "credhelper/cms.h"
#include "credhelper/cms_api.h"

#define PEM_FILE_MAX (256 << 10)

/* Runs the content through libcrypto's chain, which leaves the message whole. */
static int fill(CMS_ContentInfo *cms, const struct secret *content, struct error *err)
{
	scoped_bio chain = NULL;
	int len = (int)content->len;

	libcrypto.CMS_set_detached(cms, 0);
	chain = libcrypto.CMS_dataInit(cms, NULL);
	if (!chain || libcrypto.BIO_write(chain, content->data, len) != len ||
	    libcrypto.BIO_ctrl(chain, BIO_CTRL_FLUSH, 0, NULL) <= 0 ||
	    libcrypto.CMS_dataFinal(cms, chain) != 1)
		return libcrypto_fail(err, ERROR_UNSUPPORTED, "libcrypto cannot seal it");
	return 0;
}

/* --- Recipients. */

static int tune_recipient(CMS_RecipientInfo *info)
{
	EVP_PKEY_CTX *ctx = libcrypto.CMS_RecipientInfo_get0_pkey_ctx(info);

	if (!ctx)
		return -1;
	if (libcrypto.CMS_RecipientInfo_type(info) == CMS_RECIPINFO_AGREE)
		return libcrypto.EVP_PKEY_CTX_set_ecdh_kdf_md(ctx, libcrypto.EVP_sha256()) > 0 ? 0
											       : -1;
	if (libcrypto.EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_OAEP_PADDING) <= 0 ||
	    libcrypto.EVP_PKEY_CTX_set_rsa_oaep_md(ctx, libcrypto.EVP_sha256()) <= 0)
		return -1;
	return 0;
}

static int add_recipient(CMS_ContentInfo *cms, X509 *cert, struct error *err)
{
	if (pkey_check(libcrypto.X509_get0_pubkey(cert), err) < 0 || cert_is_current(cert, err) < 0)
		return -1;
	CMS_RecipientInfo *info = libcrypto.CMS_add1_recipient_cert(cms, cert, CMS_KEY_PARAM);

	if (!info || tune_recipient(info) < 0)
		return libcrypto_fail(err, ERROR_UNSUPPORTED, "libcrypto cannot seal for its key");
	return 0;
}

static int read_recipients(const char *path, OPENSSL_STACK *certs, struct error *err)
{
	scoped_buf pem;

	buf_init_wiped(&pem, PEM_FILE_MAX);
	if (file_read(path, PEM_FILE_MAX, &pem, err) < 0)
		return -1;
	if (memmem(pem.data, pem.len, "PRIVATE KEY-----", strlen("PRIVATE KEY-----")))
		return error_set(err, ERROR_INPUT, 0,
				 "%s: it holds a private key, which only CI may have; give its "
				 "certificate alone",
				 path);
	return certs_read(pem.data, pem.len, certs, err) < 0 ? error_wrap(err, "%s", path) : 0;
}

static int add_recipients(CMS_ContentInfo *cms, const char *path, struct error *err)
{
	scoped_certs certs = libcrypto.OPENSSL_sk_new_null();

	if (read_recipients(path, certs, err) < 0)
		return -1;
	for (int i = 0; i < libcrypto.OPENSSL_sk_num(certs); i++)
		if (add_recipient(cms, libcrypto.OPENSSL_sk_value(certs, i), err) < 0)
			return error_wrap(err, "%s", path);
	return 0;
}

/* --- Signing. */

/* The certificate of the key, among those of its file. */
static X509 *cert_of(OPENSSL_STACK *certs, EVP_PKEY *key)
{
	for (int i = 0; i < libcrypto.OPENSSL_sk_num(certs); i++) {
		X509 *cert = libcrypto.OPENSSL_sk_value(certs, i);

		if (libcrypto.X509_check_private_key(cert, key) == 1)
			return cert;
	}
	libcrypto.ERR_clear_error();
	return NULL;
}

static int encode(CMS_ContentInfo *cms, struct secret *out, struct error *err)
{
	int len = libcrypto.i2d_CMS_ContentInfo(cms, NULL);
	scoped_secret bytes = { 0 };

	if (len <= 0)
		return libcrypto_fail(err, ERROR_UNSUPPORTED, "libcrypto cannot write it");
	bytes.data = xmalloc((size_t)len);
	bytes.room = (size_t)len;
	unsigned char *at = (unsigned char *)bytes.data;

	bytes.len = (size_t)libcrypto.i2d_CMS_ContentInfo(cms, &at);
	*out = take_value(bytes);
	return 0;
}

static void wipe_content(CMS_ContentInfo *cms)
{
	ASN1_OCTET_STRING **content = libcrypto.CMS_get0_content(cms);

	if (content && *content)
		wipe((char *)libcrypto.ASN1_STRING_get0_data(*content),
		     (size_t)libcrypto.ASN1_STRING_length(*content));
}

static int sign_with(const struct secret *pem, const struct secret *content, struct secret *out,
		     struct error *err)
{
	scoped_certs certs = libcrypto.OPENSSL_sk_new_null();
	scoped_pkey key = NULL;
	scoped_cms cms = NULL;

	if (pkey_read(pem, &key, err) < 0 || certs_read(pem->data, pem->len, certs, err) < 0)
		return -1;
	X509 *cert = cert_of(certs, key);

	if (!cert)
		return error_set(err, ERROR_INPUT, 0, "no certificate in it is of its key");
	if (pkey_check(key, err) < 0 || cert_is_current(cert, err) < 0)
		return -1;
	cms = libcrypto.CMS_sign(cert, key, NULL, NULL,
				 CMS_BINARY | CMS_PARTIAL | CMS_NOCERTS | CMS_NOSMIMECAP);
	if (!cms)
		return libcrypto_fail(err, ERROR_UNSUPPORTED, "libcrypto cannot sign with it");
	int rc = fill(cms, content, err) < 0 || encode(cms, out, err) < 0 ? -1 : 0;

	wipe_content(cms);
	return rc;
}

static int sign(const char *path, const struct secret *content, struct secret *out,
		struct error *err)
{
	scoped_secret pem = { 0 };

	if (secret_read_linked(path, PEM_FILE_MAX, &pem, err) < 0)
		return -1;
	return sign_with(&pem, content, out, err) < 0 ? error_wrap(err, "%s", path) : 0;
}

/* --- Sealing. */

static int write_pem(CMS_ContentInfo *cms, struct buf *out, struct error *err)
{
	scoped_bio bio = libcrypto.BIO_new(libcrypto.BIO_s_mem());
	char *text = NULL;
	long len = 0;

	if (libcrypto.PEM_write_bio_CMS(bio, cms) == 1)
		len = libcrypto.BIO_ctrl(bio, BIO_CTRL_INFO, 0, &text);
	if (len <= 0)
		return libcrypto_fail(err, ERROR_UNSUPPORTED, "libcrypto cannot write it");
	buf_add(out, text, (size_t)len);
	return 0;
}

static int envelop(const struct secret *content, bool is_signed, const struct strings *recipients,
		   struct buf *out, struct error *err)
{
	scoped_cms cms = libcrypto.CMS_AuthEnvelopedData_create(libcrypto.EVP_aes_256_gcm());

	if (!cms || (is_signed && libcrypto.CMS_set1_eContentType(
					  cms, libcrypto.OBJ_nid2obj(NID_pkcs7_signed)) != 1))
		return libcrypto_fail(err, ERROR_UNSUPPORTED, "libcrypto cannot seal");
	for (size_t i = 0; i < recipients->count; i++)
		if (add_recipients(cms, recipients->items[i], err) < 0)
			return -1;
	return fill(cms, content, err) < 0 ? -1 : write_pem(cms, out, err);
}

int cms_seal(const struct secret *content, const struct strings *recipients, const char *signer,
	     struct buf *out, struct error *err)
{
	scoped_secret wrapped = { 0 };

	if (!recipients->count)
		return error_set(err, ERROR_USAGE, 0, "a recipient is needed");
	if (libcrypto_load(err) < 0)
		return -1;
	if (!signer)
		return envelop(content, false, recipients, out, err);
	if (sign(signer, content, &wrapped, err) < 0)
		return error_wrap(err, "signer");
	return envelop(&wrapped, true, recipients, out, err);
}
