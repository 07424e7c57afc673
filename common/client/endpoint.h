/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which engine to talk to. Docker's own order: --context, -H, DOCKER_HOST, DOCKER_CONTEXT,
 * currentContext of config.json, the default socket.
 */
#ifndef COMMON_CLIENT_ENDPOINT_H
#define COMMON_CLIENT_ENDPOINT_H

#include <stdbool.h>

#include "common/base/alloc.h"
#include "common/base/error.h"
#include "common/client/docker_config.h"
#include "common/codec/endpoint_flags.h"

enum endpoint_scheme { ENDPOINT_UNIX, ENDPOINT_TCP, ENDPOINT_TLS, ENDPOINT_SSH };

struct endpoint {
	enum endpoint_scheme scheme;
	char *address; /* as the person gave it, for messages: "unix:///var/run/docker.sock" */
	char *path;    /* unix: the socket ("@name": abstract); tcp, tls: prefix of every path
			* ("/prefix") or NULL; ssh: the remote socket or NULL */
	char *host;    /* tcp, tls: host without brackets; ssh: "[user@]host" */
	int port;      /* tcp, tls: 2375 if not given, as docker has it; ssh: 0 if not given */
	char *ca, *cert, *key; /* tls: PEM files, NULL if not given */
	bool skip_verify;      /* tls without verification of the server */
	char *context;         /* name of the context it came from; NULL */
	/* From environment and configuration; set by endpoint_choose() alone. */
	struct strings headers; /* "Name: value": HttpHeaders, or DOCKER_CUSTOM_HEADERS */
	char *api_version;      /* DOCKER_API_VERSION ("1.41"), NULL */
	char *proxy, *no_proxy; /* tcp, tls: HTTP(S)_PROXY and NO_PROXY as docker reads them */
};

/* Reads variables of the environment; tests give their own. */
typedef const char *(*getenv_fn)(const char *name);

/*
 * TLS as docker has it: --tlsverify (given at all) and DOCKER_TLS_VERIFY imply TLS; ca.pem,
 * cert.pem and key.pem come from DOCKER_CERT_PATH, else the configuration's directory; the latter
 * two only if they exist, ca.pem only without verification. A context brings its own files. Errors:
 * ERROR_USAGE (--host and --context both; bad address; ssh host beginning with "-"),
 * ERROR_NOT_FOUND (context "x" does not exist; no ca.pem), ERROR_INPUT (its files do not parse).
 */
int endpoint_choose(struct endpoint *out, const struct endpoint_flags *flags,
		    const struct docker_config *config, getenv_fn env, struct error *err)
	must_check;
/* Pure: one address into the fields that come from it; "" is docker's default. Never gives
 * ENDPOINT_TLS (TLS is not in the address). Errors: ERROR_USAGE. */
int endpoint_parse(struct endpoint *out, const char *address, struct error *err) must_check;
/*
 * Pure: a context's meta.json, as parsed. Sets what the address says, and scheme ENDPOINT_TLS with
 * skip_verify where the file asks for that; TLS files are beside it and not looked at. label is
 * what errors call it ("context \"x\""). Errors: ERROR_INPUT, ERROR_USAGE (its address).
 */
int endpoint_of_context(struct endpoint *out, const json_t *meta, const char *label,
			struct error *err) must_check;
void endpoint_copy(struct endpoint *to, const struct endpoint *from);
void endpoint_release(struct endpoint *endpoint);
#define scoped_endpoint scoped(endpoint_release) struct endpoint

/* Names of all contexts, "default" first, sorted (for completion). */
int endpoint_contexts(struct strings *out, const struct docker_config *config, struct error *err)
	must_check;

#endif
