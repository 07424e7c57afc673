/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cryptographic Message Syntax through libcrypto (dynlib, 3.0 or newer): AuthEnvelopedData with
 * AES-256-GCM (RFC 5083, 5084) to X.509 recipients (RSA-OAEP with SHA-256, ECDH), optionally around
 * SignedData (RFC 5652 §5). PEM, "-----BEGIN CMS-----". Any other content type or cipher is refused
 * before a key is used.
 */
#ifndef CREDHELPER_CMS_H
#define CREDHELPER_CMS_H

#include "common/base/alloc.h"
#include "common/base/error.h"
#include "common/base/secret.h"

/* recipients: PEM files of certificates, at least one; signer: PEM file of a key and its
 * certificate, NULL: unsigned. RSA below 2048 bits is refused. Errors: ERROR_UNSUPPORTED,
 * ERROR_INPUT (which file), those of files.h. */
int cms_seal(const struct secret *content, const struct strings *recipients, const char *signer,
	     struct buf *out, struct error *err) must_check;

/* key: PEM of the private key. trusted: PEM of certificates (themselves, not as an authority): the
 * message must be signed by one of them, valid now; NULL: signatures are not asked for. Errors:
 * ERROR_DENIED (not for this key, no or another's signature, tampered with), ERROR_INPUT. */
int cms_open(const struct buf *message, const struct secret *key, const struct secret *trusted,
	     struct secret *content, struct error *err) must_check;

/* One line a recipient: "CN=ci, serial 1234" (issuer and serial, or key id). Needs no key. */
int cms_recipients(const struct buf *message, struct strings *out, struct error *err) must_check;

#endif
