/* SPDX-License-Identifier: Apache-2.0 */
/* DOCKER_AUTH_CONFIG, and with it the entries of auths: what is found can be sent. */
#include "tests/fuzz/fuzz.h"

#include <string.h>

#include "common/client/registry/credentials.h"
#include "tests/fuzz/text.h"

static const char *variable;

static const char *env(const char *name)
{
	(void)name;
	return variable;
}

static void check(const struct credential *c)
{
	fuzz_assert((c->kind == CREDENTIAL_NONE) == !c->secret.len);
	fuzz_assert((c->kind == CREDENTIAL_PASSWORD) == (c->user != NULL));
	fuzz_assert(!c->user || (*c->user && !strchr(c->user, ':')));
	fuzz_assert(!error_is_set(&c->failure) ||
		    (c->kind == CREDENTIAL_NONE && !strpbrk(c->failure.text, "\r\n")));
	for (size_t i = 0; c->kind == CREDENTIAL_BEARER && i < c->secret.len; i++)
		fuzz_assert(c->secret.data[i] > ' ' && c->secret.data[i] <= '~');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	scoped_str text = fuzz_text(data, size);
	scoped_strings hosts = { 0 };
	scoped_strings notes = { 0 };
	struct error err = ERROR_INIT;
	scoped_credentials *c = NULL;

	variable = text;
	if (credentials_open(&c, NULL, env, NULL, &err) < 0) {
		fuzz_assert(err.kind == ERROR_INPUT);
		return 0;
	}
	check(credentials_find(c, "docker.io", "library/a"));
	check(credentials_find(c, "r.example:5000", "org/app"));
	check(credentials_find(c, "r.example:5000", NULL));
	credentials_registries(c, &hosts, &notes);
	fuzz_assert(notes.count == 0);
	for (size_t i = 0; i < hosts.count; i++)
		check(credentials_find(c, hosts.items[i], "a"));
	return 0;
}
