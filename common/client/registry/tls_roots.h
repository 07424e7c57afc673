/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Roots beside the system's (certs.d): libcurl's own option for them replaces the system's. Needs a
 * libcurl on OpenSSL, and uses the very OpenSSL that it has.
 */
#ifndef COMMON_CLIENT_REGISTRY_TLS_ROOTS_H
#define COMMON_CLIENT_REGISTRY_TLS_ROOTS_H

#include "common/base/alloc.h"
#include "common/base/error.h"

struct tls_roots;

/* backend: what libcurl says of its TLS ("OpenSSL/3.0.17"). Reads the PEM files. Errors:
 * ERROR_UNSUPPORTED (another TLS), ERROR_INPUT (a file without a certificate), those of reading. */
int tls_roots_open(struct tls_roots **out, const char *backend, const struct strings *files,
		   struct error *err) must_check;
void tls_roots_close(struct tls_roots **roots);

/* Adds them to an SSL_CTX (of CURLOPT_SSL_CTX_FUNCTION). -1: it does not take them. */
int tls_roots_add(void *ssl_ctx, const struct tls_roots *roots) must_check;

#endif
