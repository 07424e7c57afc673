/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of credentials.c: an entry of a file, and a helper. */
#ifndef COMMON_CLIENT_REGISTRY_CREDENTIALS_PARTS_H
#define COMMON_CLIENT_REGISTRY_CREDENTIALS_PARTS_H

#include <jansson.h>
#include <stdint.h>

#include "common/client/registry/credentials.h"

void credential_release(struct credential *credential);
#define scoped_credential scoped(credential_release) struct credential

/*
 * {"auth", "username", "password", "identitytoken", "registrytoken"} of auths: kind, user, secret
 * and failure of out, which is zeroed. auth is before the two words; tokens are before both. An
 * entry without any is kind NONE. where: for the failure, "auths of /home/me/.docker/config.json".
 */
void credential_of_entry(struct credential *out, const json_t *entry, const char *where);

struct credential_helper {
	const char *suffix; /* "pass" */
	int64_t deadline;
	struct cancel *cancel;
};
/* `get`: kind, user, secret, failure and said of out, which is zeroed. */
void credential_of_helper(struct credential *out, const struct credential_helper *helper,
			  const char *server);
/* `list`: appends the addresses. Errors: as process_run(), ERROR_REMOTE, ERROR_INPUT. */
int credential_helper_list(const struct credential_helper *helper, struct strings *out,
			   struct error *err) must_check;

#endif
