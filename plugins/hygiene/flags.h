/* SPDX-License-Identifier: Apache-2.0 */
/* docker's global flags on their way from the command line to the choice of an endpoint. */
#ifndef PLUGINS_HYGIENE_FLAGS_H
#define PLUGINS_HYGIENE_FLAGS_H

#include "common/cli/verb.h"
#include "common/client/endpoint.h"

static inline struct endpoint_flags endpoint_flags_of(const struct cli_globals *globals)
{
	return (struct endpoint_flags){
		.host = globals->host,
		.context = globals->context,
		.tls = globals->tls,
		.tls_set = globals->tls_set,
		.tls_verify = globals->tls_verify,
		.tls_verify_set = globals->tls_verify_set,
		.tls_ca = globals->tls_ca,
		.tls_cert = globals->tls_cert,
		.tls_key = globals->tls_key,
	};
}

#endif
