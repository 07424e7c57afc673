/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The messages of docker's credential helper protocol, both ways: what a client sends us, what we
 * answer, and what another helper answers us. Pure. After docker/docker-credential-helpers
 * credentials/credentials.go and client/, in Go's reading: lines are joined, keys know no case, the
 * last of equal keys counts, what follows the object is ignored. Where Go puts U+FFFD for bytes
 * that are no UTF-8, the bytes are kept.
 *
 * Errors carry the protocol's own text, to be printed on stdout as it is.
 */
#ifndef COMMON_CODEC_HELPER_MESSAGE_H
#define COMMON_CODEC_HELPER_MESSAGE_H

#include <stddef.h>

#include "common/base/alloc.h"
#include "common/base/error.h"
#include "common/base/secret.h"

/* The texts that clients compare byte for byte (facts/credentials.md 1.2). */
#define HELPER_NOT_FOUND   "credentials not found in native keychain"
#define HELPER_NO_SERVER   "no credentials server URL"
#define HELPER_NO_USERNAME "no credentials username"
/* A username that says that the secret is an identity (refresh) token. */
#define HELPER_TOKEN_USER  "<token>"

/* The most bytes of a message that are read. */
#define HELPER_MESSAGE_MAX (1 << 20)

struct helper_credential {
	char *server, *username;
	struct secret secret;
};
void helper_credential_release(struct helper_credential *c);
#define scoped_helper_credential scoped(helper_credential_release) struct helper_credential

/*
 * stdin of get and erase. The address is trimmed and owned. Errors: ERROR_INPUT: HELPER_NO_SERVER
 * if nothing is left, and for a NUL.
 */
int helper_read_server(const char *data, size_t len, char **out, struct error *err) must_check;

/*
 * stdin of store. The address is read as of get. An empty secret is accepted, as the peers do.
 * Errors: ERROR_INPUT:
 * HELPER_NO_SERVER, HELPER_NO_USERNAME, no object, members of other types, a NUL in the address or
 * the name, more than 64 levels.
 */
int helper_read_store(const char *data, size_t len, struct helper_credential *out,
		      struct error *err) must_check;
/* stdout of another helper's get: the same, but that nothing in it has to be there. Absent strings
 * are "". Both empty is how some say "not found" (docker-credential-env, pass 0.6): the caller's to
 * see. */
int helper_read_get(const char *data, size_t len, struct helper_credential *out, struct error *err)
	must_check;

/* Addresses and user names, without secrets. */
struct helper_name {
	char *server, *username;
};
struct helper_names {
	struct helper_name *items;
	size_t count, room;
};
void helper_names_add(struct helper_names *names, const char *server, const char *username);
void helper_names_release(struct helper_names *names);
#define scoped_helper_names scoped(helper_names_release) struct helper_names

/* stdout of another helper's list; "null" and nothing are no entries. Errors: ERROR_INPUT. */
int helper_read_list(const char *data, size_t len, struct helper_names *out, struct error *err)
	must_check;

/* Each with its newline. get: our answer, and the stdin of another helper's store; out is of
 * buf_init_wiped(). list: sorted, an address once (the first username). */
void helper_write_get(const struct helper_credential *c, struct buf *out);
void helper_write_list(const struct helper_names *names, struct buf *out);

#endif
