/* SPDX-License-Identifier: Apache-2.0 */
/* Opening. What is sealed, and for whom, is looked at before a key is used. */
#include "credhelper/cms.h"

#include <string.h>

#include "credhelper/cms_api.h"

#define PEM_BEGIN      "-----BEGIN CMS-----"
/* Each costs an operation with the private key. */
#define RECIPIENTS_MAX 64
/* The first byte of every DER structure here, and of no JSON object. */
#define DER_SEQUENCE   0x30

static bool is_blank(const char *data, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!data[i] || !strchr(" \t\r\n", data[i]))
			return false;
	return true;
}

/* One message and nothing else: what a person sees in the file is what is opened. */
static int read_message(const struct buf *message, CMS_ContentInfo **out, struct error *err)
{
	scoped_bio bio = NULL;
	scoped_cms cms = NULL;
	char *rest = NULL;

	if (message->len < strlen(PEM_BEGIN) ||
	    memcmp(message->data, PEM_BEGIN, strlen(PEM_BEGIN)) != 0)
		return error_set(err, ERROR_INPUT, 0, "it does not begin with \"" PEM_BEGIN "\"");
	bio = libcrypto.BIO_new_mem_buf(message->data, (int)message->len);
	cms = libcrypto.PEM_read_bio_CMS(bio, NULL, NULL, NULL);
	if (!cms)
		return libcrypto_fail(err, ERROR_INPUT, "it is no CMS message");
	long left = libcrypto.BIO_ctrl(bio, BIO_CTRL_INFO, 0, &rest);

	if (left < 0 || !is_blank(rest, (size_t)left))
		return error_set(err, ERROR_INPUT, 0, "something follows the CMS message");
	*out = take_ptr(cms);
	return 0;
}

/* --- Recipients. */

static OPENSSL_STACK *recipients_of(CMS_ContentInfo *cms)
{
	return (OPENSSL_STACK *)libcrypto.CMS_get0_RecipientInfos(cms);
}

static bool is_oaep(CMS_RecipientInfo *info)
{
	X509_ALGOR *algorithm = NULL;
	const ASN1_OBJECT *object = NULL;

	if (!libcrypto.CMS_RecipientInfo_ktri_get0_algs(info, NULL, NULL, &algorithm) || !algorithm)
		return false;
	libcrypto.X509_ALGOR_get0(&object, NULL, NULL, algorithm);
	return libcrypto.OBJ_obj2nid(object) == NID_rsaesOaep;
}

static int check_recipient(CMS_RecipientInfo *info, struct error *err)
{
	int type = libcrypto.CMS_RecipientInfo_type(info);

	if (type == CMS_RECIPINFO_AGREE)
		return 0;
	if (type != CMS_RECIPINFO_TRANS)
		return error_set(err, ERROR_INPUT, 0, "a recipient is no certificate");
	if (!is_oaep(info))
		return error_set(err, ERROR_INPUT, 0,
				 "an RSA recipient is not of OAEP (openssl cms needs -keyopt "
				 "rsa_padding_mode:oaep)");
	return 0;
}

static int check_recipients(CMS_ContentInfo *cms, struct error *err)
{
	OPENSSL_STACK *infos = recipients_of(cms);
	int count = libcrypto.OPENSSL_sk_num(infos);

	if (count < 1)
		return error_set(err, ERROR_INPUT, 0, "it has no recipient");
	if (count > RECIPIENTS_MAX)
		return error_set(err, ERROR_INPUT, 0, "it has more than %d recipients",
				 RECIPIENTS_MAX);
	for (int i = 0; i < count; i++)
		if (check_recipient(libcrypto.OPENSSL_sk_value(infos, i), err) < 0)
			return -1;
	return 0;
}

/*
 * libcrypto tells the cipher of a message that it reads only while it deciphers it: that is begun
 * without a key (it takes a random one) on a copy.
 */
static int check_cipher(const struct buf *message, struct error *err)
{
	scoped_cms copy = NULL;
	EVP_CIPHER_CTX *ctx = NULL;

	if (read_message(message, &copy, err) < 0)
		return -1;
	scoped_bio chain = libcrypto.CMS_dataInit(copy, NULL);

	if (chain)
		(void)libcrypto.BIO_ctrl(chain, BIO_C_GET_CIPHER_CTX, 0, &ctx);
	const EVP_CIPHER *cipher = ctx ? libcrypto.EVP_CIPHER_CTX_get0_cipher(ctx) : NULL;

	libcrypto.ERR_clear_error();
	if (!cipher || libcrypto.EVP_CIPHER_get_nid(cipher) != NID_aes_256_gcm)
		return error_set(err, ERROR_INPUT, 0, "it is not enciphered with AES-256-GCM");
	return 0;
}

/* A message of the one kind that is opened. */
static int read_sealed(const struct buf *message, CMS_ContentInfo **out, struct error *err)
{
	scoped_cms cms = NULL;

	if (libcrypto_load(err) < 0 || read_message(message, &cms, err) < 0)
		return -1;
	if (libcrypto.OBJ_obj2nid(libcrypto.CMS_get0_type(cms)) !=
	    NID_id_smime_ct_authEnvelopedData)
		return error_set(err, ERROR_INPUT, 0,
				 "it is a CMS message of another kind than AuthEnvelopedData");
	if (check_recipients(cms, err) < 0 || check_cipher(message, err) < 0)
		return -1;
	*out = take_ptr(cms);
	return 0;
}

/* --- Signatures. */

static int check_signers(CMS_ContentInfo *cms, struct error *err)
{
	OPENSSL_STACK *signers = (OPENSSL_STACK *)libcrypto.CMS_get0_signers(cms);
	int count = libcrypto.OPENSSL_sk_num(signers), rc = 0;

	if (count < 1)
		rc = error_set(err, ERROR_DENIED, 0, "nobody has signed it");
	for (int i = 0; i < count && rc == 0; i++)
		rc = cert_is_current(libcrypto.OPENSSL_sk_value(signers, i), err);
	libcrypto.OPENSSL_sk_free(signers);
	return rc < 0 ? error_wrap(err, "its sealer") : 0;
}

static int verify(CMS_ContentInfo *cms, const struct secret *trusted, struct error *err)
{
	scoped_certs certs = libcrypto.OPENSSL_sk_new_null();
	const unsigned flags = CMS_NO_SIGNER_CERT_VERIFY | CMS_NOINTERN | CMS_NOCRL | CMS_BINARY;

	if (certs_read(trusted->data, trusted->len, certs, err) < 0)
		return error_wrap(err, "trusted sealers");
	if (libcrypto.CMS_verify(cms, (STACK_OF(X509) *)certs, NULL, NULL, NULL, flags) != 1)
		return libcrypto_fail(err, ERROR_DENIED,
				      "it is not signed by one of the trusted sealers");
	return check_signers(cms, err);
}

/* Replaces the text of a SignedData by what is signed. */
static int unwrap(struct secret *text, const struct secret *trusted, struct error *err)
{
	const unsigned char *at = (const unsigned char *)text->data;
	const unsigned char *end = at + text->len;
	scoped_cms cms = libcrypto.d2i_CMS_ContentInfo(NULL, &at, (long)text->len);

	if (!cms || at != end ||
	    libcrypto.OBJ_obj2nid(libcrypto.CMS_get0_type(cms)) != NID_pkcs7_signed)
		return libcrypto_fail(err, ERROR_INPUT, "what is sealed is no signed message");
	if (trusted && verify(cms, trusted, err) < 0)
		return -1;
	ASN1_OCTET_STRING **content = libcrypto.CMS_get0_content(cms);

	if (!content || !*content)
		return libcrypto_fail(err, ERROR_INPUT, "the signed message is empty");
	char *data = (char *)libcrypto.ASN1_STRING_get0_data(*content);
	size_t len = (size_t)libcrypto.ASN1_STRING_length(*content);

	secret_set(text, data, len);
	wipe(data, len);
	return 0;
}

/* --- Opening. */

/* With CMS_decrypt() a copy would stay on the stack. */
static int read_content(BIO *chain, struct secret *out, struct error *err)
{
	char chunk[4096];
	int n;

	while ((n = libcrypto.BIO_read(chain, chunk, sizeof(chunk))) > 0)
		secret_add(out, chunk, (size_t)n);
	wipe(chunk, sizeof(chunk));
	/* Here is where the tag counts. */
	if (n < 0 || libcrypto.BIO_ctrl(chain, BIO_C_GET_CIPHER_STATUS, 0, NULL) <= 0) {
		libcrypto.ERR_clear_error();
		return error_set(err, ERROR_DENIED, 0,
				 "it is sealed for another key, or was changed");
	}
	return 0;
}

static int decipher(CMS_ContentInfo *cms, const struct secret *key, struct secret *out,
		    struct error *err)
{
	scoped_pkey pkey = NULL;

	if (pkey_read(key, &pkey, err) < 0)
		return error_wrap(err, "the opening key");
	if (libcrypto.CMS_decrypt_set1_pkey(cms, pkey, NULL) != 1) {
		libcrypto.ERR_clear_error();
		return error_set(err, ERROR_DENIED, 0, "it is sealed for another key");
	}
	scoped_bio chain = libcrypto.CMS_dataInit(cms, NULL);

	if (!chain)
		return libcrypto_fail(err, ERROR_DENIED, "it cannot be opened");
	return read_content(chain, out, err);
}

int cms_open(const struct buf *message, const struct secret *key, const struct secret *trusted,
	     struct secret *content, struct error *err)
{
	scoped_cms cms = NULL;
	scoped_secret text = { 0 };

	if (read_sealed(message, &cms, err) < 0 || decipher(cms, key, &text, err) < 0)
		return -1;
	bool is_signed = text.len && text.data[0] == DER_SEQUENCE;

	if (trusted && !is_signed)
		return error_set(err, ERROR_DENIED, 0,
				 "it is not signed, and the policy has trusted_sealers");
	if (is_signed && unwrap(&text, trusted, err) < 0)
		return -1;
	secret_release(content);
	*content = take_value(text);
	return 0;
}

/* --- Telling for whom. */

static void add_hex(struct buf *out, const ASN1_STRING *bytes)
{
	const unsigned char *data = libcrypto.ASN1_STRING_get0_data(bytes);
	int len = libcrypto.ASN1_STRING_length(bytes);

	for (int i = 0; i < len && i < 64; i++)
		buf_fmt(out, "%02X", data[i]);
}

static void add_issuer(struct buf *out, const X509_NAME *name)
{
	scoped_bio bio = libcrypto.BIO_new(libcrypto.BIO_s_mem());
	char *text = NULL;

	/* Control characters and all that is no ASCII are escaped. */
	libcrypto.X509_NAME_print_ex(bio, name, 0, XN_FLAG_RFC2253);
	long len = libcrypto.BIO_ctrl(bio, BIO_CTRL_INFO, 0, &text);

	if (len > 0)
		buf_add(out, text, (size_t)len);
}

static void add_line(struct strings *lines, const ASN1_STRING *key_id, const X509_NAME *issuer,
		     const ASN1_STRING *serial)
{
	scoped_buf line;

	buf_init(&line, 4096);
	if (issuer && serial) {
		add_issuer(&line, issuer);
		buf_str(&line, ", serial ");
		add_hex(&line, serial);
	} else if (key_id) {
		buf_str(&line, "key ");
		add_hex(&line, key_id);
	} else {
		buf_str(&line, "unknown");
	}
	strings_take(lines, buf_take(&line));
}

static void add_agreed(struct strings *lines, CMS_RecipientInfo *info)
{
	OPENSSL_STACK *keys = (OPENSSL_STACK *)libcrypto.CMS_RecipientInfo_kari_get0_reks(info);

	for (int i = 0; i < libcrypto.OPENSSL_sk_num(keys); i++) {
		ASN1_OCTET_STRING *key_id = NULL;
		X509_NAME *issuer = NULL;
		ASN1_INTEGER *serial = NULL;

		libcrypto.CMS_RecipientEncryptedKey_get0_id(libcrypto.OPENSSL_sk_value(keys, i),
							    &key_id, NULL, NULL, &issuer, &serial);
		add_line(lines, key_id, issuer, serial);
	}
}

static void add_recipient(struct strings *lines, CMS_RecipientInfo *info)
{
	ASN1_OCTET_STRING *key_id = NULL;
	X509_NAME *issuer = NULL;
	ASN1_INTEGER *serial = NULL;

	if (libcrypto.CMS_RecipientInfo_type(info) == CMS_RECIPINFO_AGREE) {
		add_agreed(lines, info);
		return;
	}
	libcrypto.CMS_RecipientInfo_ktri_get0_signer_id(info, &key_id, &issuer, &serial);
	add_line(lines, key_id, issuer, serial);
}

int cms_recipients(const struct buf *message, struct strings *out, struct error *err)
{
	scoped_cms cms = NULL;

	if (read_sealed(message, &cms, err) < 0)
		return -1;
	OPENSSL_STACK *infos = recipients_of(cms);

	for (int i = 0; i < libcrypto.OPENSSL_sk_num(infos); i++)
		add_recipient(out, libcrypto.OPENSSL_sk_value(infos, i));
	return 0;
}
