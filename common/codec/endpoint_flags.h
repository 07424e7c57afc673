/* SPDX-License-Identifier: Apache-2.0 */
/* What docker's global flags say of the engine to talk to: cli reads them, client heeds them. */
#ifndef COMMON_CODEC_ENDPOINT_FLAGS_H
#define COMMON_CODEC_ENDPOINT_FLAGS_H

#include <stdbool.h>

/* As cli/plugin reads them; NULL / false where not given. */
struct endpoint_flags {
	const char *host, *context;
	bool tls, tls_set, tls_verify, tls_verify_set; /* --tls, --tlsverify, and whether given */
	const char *tls_ca, *tls_cert, *tls_key;
};

#endif
