/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates made by openssl(1) when the test runs, and its s_server. */
#ifndef TESTS_UNIT_CLIENT_TLS_SERVER_H
#define TESTS_UNIT_CLIENT_TLS_SERVER_H

#include <sys/types.h>

struct tls_server {
	pid_t pid;
	int port; /* of 127.0.0.1 */
};

/*
 * Into the scratch directory: NAME.pem and NAME.key of "ca" and "other" (authorities), and of the
 * first one "server" (127.0.0.1), "elsewhere" (engine.example), "client", "expired" (127.0.0.1);
 * of the second one "stranger".
 */
void tls_make_certificates(void);

/*
 * Shows the certificate of that name; more: further arguments, ended by NULL (at most 8). It
 * answers GET /PATH with the bytes of the file PATH, one connection after the other.
 */
void tls_server_start(struct tls_server *server, const char *name, const char *const more[]);
/* Without HTTP: what comes and goes within TLS is read and written on the descriptor returned. */
int tls_server_start_raw(struct tls_server *server, const char *name, const char *const more[]);
void tls_server_stop(struct tls_server *server);

#endif
