/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a registry is spoken to, after docker's own rules (moby registry/config.go, daemon/pkg/
 * registry): the wire host, the scheme, the roots to trust, the certificate to show.
 *
 *  - docker.io is https://registry-1.docker.io.
 *  - A host that is loopback (localhost and what is below it, 127.0.0.0/8, ::1) is spoken to with
 *    https unverified, and with http where that does not work. No other host ever is; the address
 *    that a name turns out to have is the wire's to check.
 *  - certs.d/<host[:port]>/: *.crt are roots beside the system's; X.cert with X.key is shown (of
 *    several the first in the order of their names), one without the other is an error.
 */
#ifndef COMMON_CLIENT_REGISTRY_TRUST_H
#define COMMON_CLIENT_REGISTRY_TRUST_H

#include <stdbool.h>

#include "common/base/alloc.h"
#include "common/base/error.h"

struct trust {
	char *host;           /* on the wire: "registry-1.docker.io", "host:5000" */
	bool loopback;        /* https unverified, then http */
	struct strings roots; /* files in PEM, beside the system's */
	char *cert, *key;     /* files; NULL */
};
/*
 * registry: as reference.domain. certs_dir: NULL: /etc/docker/certs.d, and for users other than
 * root $XDG_CONFIG_HOME/docker/certs.d before it: the first that has this host. Errors: ERROR_INPUT
 * (a pair that is none, a name that is no host), ERROR_DENIED (files that cannot be read),
 * ERROR_IO.
 */
int trust_find(struct trust *out, const char *registry, const char *certs_dir, struct error *err)
	must_check;
void trust_release(struct trust *trust);
#define scoped_trust scoped(trust_release) struct trust

#endif
