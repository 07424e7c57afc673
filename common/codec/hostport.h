/* SPDX-License-Identifier: Apache-2.0 */
/* "host", "host:port", "192.0.2.1:port", "[2001:db8::1]:port", "[::1]", "::1". */
#ifndef COMMON_CODEC_HOSTPORT_H
#define COMMON_CODEC_HOSTPORT_H

#include "common/base/error.h"

struct host_port {
	char host[256]; /* without brackets; a v6 address has its zone ("fe80::1%eth0") */
	int port;       /* 1 to 65535 */
};

/*
 * port is fallback where none is written. A host is letters, digits, ".", "-" and "_", or hex
 * digits and colons; whether there is one of that name is not asked. Errors: ERROR_USAGE.
 */
int host_port_parse(struct host_port *out, const char *text, int fallback, struct error *err)
	must_check;

#endif
