/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libcrypto as cms.c and cms_seal.c call it: loaded at the first sealed file, so that nothing else
 * pays for it. openssl.cnf is not read: what it could load has no place in a process that holds
 * push credentials.
 */
#ifndef CREDHELPER_CMS_API_H
#define CREDHELPER_CMS_API_H

#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

/* It declares the PEM functions only behind pem.h. */
#include <openssl/cms.h>

#include "common/base/error.h"
#include "common/base/secret.h"

#define LIBCRYPTO_FUNCTIONS(X)                   \
	X(OPENSSL_init_crypto)                   \
	X(ERR_clear_error)                       \
	X(ERR_peek_error)                        \
	X(ERR_peek_last_error)                   \
	X(ERR_reason_error_string)               \
	X(BIO_new)                               \
	X(BIO_new_mem_buf)                       \
	X(BIO_s_mem)                             \
	X(BIO_read)                              \
	X(BIO_write)                             \
	X(BIO_ctrl)                              \
	X(BIO_free_all)                          \
	X(OPENSSL_sk_new_null)                   \
	X(OPENSSL_sk_push)                       \
	X(OPENSSL_sk_num)                        \
	X(OPENSSL_sk_value)                      \
	X(OPENSSL_sk_free)                       \
	X(OBJ_obj2nid)                           \
	X(OBJ_nid2obj)                           \
	X(ASN1_STRING_get0_data)                 \
	X(ASN1_STRING_length)                    \
	X(X509_ALGOR_get0)                       \
	X(X509_NAME_print_ex)                    \
	X(X509_free)                             \
	X(X509_get0_pubkey)                      \
	X(X509_get0_notBefore)                   \
	X(X509_get0_notAfter)                    \
	X(X509_cmp_current_time)                 \
	X(X509_check_private_key)                \
	X(EVP_PKEY_free)                         \
	X(EVP_PKEY_get_base_id)                  \
	X(EVP_PKEY_get_bits)                     \
	X(EVP_PKEY_CTX_set_rsa_padding)          \
	X(EVP_PKEY_CTX_set_rsa_oaep_md)          \
	X(EVP_PKEY_CTX_set_ecdh_kdf_md)          \
	X(EVP_aes_256_gcm)                       \
	X(EVP_sha256)                            \
	X(EVP_CIPHER_get_nid)                    \
	X(EVP_CIPHER_CTX_get0_cipher)            \
	X(PEM_read_bio_X509)                     \
	X(PEM_read_bio_PrivateKey)               \
	X(PEM_read_bio_CMS)                      \
	X(PEM_write_bio_CMS)                     \
	X(CMS_ContentInfo_free)                  \
	X(d2i_CMS_ContentInfo)                   \
	X(i2d_CMS_ContentInfo)                   \
	X(CMS_get0_type)                         \
	X(CMS_get0_content)                      \
	X(CMS_set1_eContentType)                 \
	X(CMS_set_detached)                      \
	X(CMS_dataInit)                          \
	X(CMS_dataFinal)                         \
	X(CMS_sign)                              \
	X(CMS_verify)                            \
	X(CMS_get0_signers)                      \
	X(CMS_AuthEnvelopedData_create)          \
	X(CMS_add1_recipient_cert)               \
	X(CMS_decrypt_set1_pkey)                 \
	X(CMS_get0_RecipientInfos)               \
	X(CMS_RecipientInfo_type)                \
	X(CMS_RecipientInfo_get0_pkey_ctx)       \
	X(CMS_RecipientInfo_ktri_get0_algs)      \
	X(CMS_RecipientInfo_ktri_get0_signer_id) \
	X(CMS_RecipientInfo_kari_get0_reks)      \
	X(CMS_RecipientEncryptedKey_get0_id)

struct libcrypto {
#define LIBCRYPTO_MEMBER(name) __typeof__(name) *name;
	LIBCRYPTO_FUNCTIONS(LIBCRYPTO_MEMBER)
#undef LIBCRYPTO_MEMBER
};
/* Usable once libcrypto_load() has returned 0. */
extern struct libcrypto libcrypto;

/* Errors: ERROR_UNSUPPORTED, with the package to install. */
int libcrypto_load(struct error *err) must_check;
/* error_set(), with libcrypto's reason for its last failure behind it. Returns -1. */
int libcrypto_fail(struct error *err, enum error_kind kind, const char *fmt, ...) printf_like(3, 4);
#if defined(__clang_analyzer__) && !defined(CMS_API_C)
#define libcrypto_fail(...) (libcrypto_fail(__VA_ARGS__), -1)
#endif

static inline void cms_free(CMS_ContentInfo **cms)
{
	if (*cms)
		libcrypto.CMS_ContentInfo_free(*cms);
}
#define scoped_cms scoped(cms_free) CMS_ContentInfo *
static inline void bio_free(BIO **bio)
{
	if (*bio)
		libcrypto.BIO_free_all(*bio);
}
#define scoped_bio scoped(bio_free) BIO *
static inline void pkey_free(EVP_PKEY **key)
{
	if (*key)
		libcrypto.EVP_PKEY_free(*key);
}
#define scoped_pkey scoped(pkey_free) EVP_PKEY *

/* Certificates, as a stack of libcrypto's. */
void certs_free(OPENSSL_STACK **certs);
#define scoped_certs scoped(certs_free) OPENSSL_STACK *

/* Every certificate of a PEM text, at least one, appended to certs. Errors: ERROR_INPUT. */
int certs_read(const void *pem, size_t len, OPENSSL_STACK *certs, struct error *err) must_check;
/* Errors: ERROR_INPUT (no key, one with a passphrase: nobody is asked). */
int pkey_read(const struct secret *pem, EVP_PKEY **out, struct error *err) must_check;
/* RSA of 2048 bits or more, or an elliptic curve. Errors: ERROR_INPUT. */
int pkey_check(const EVP_PKEY *key, struct error *err) must_check;
/* Errors: ERROR_DENIED (expired, or not valid yet). */
int cert_is_current(const X509 *cert, struct error *err) must_check;

#endif
