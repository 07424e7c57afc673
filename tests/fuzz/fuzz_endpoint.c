/* SPDX-License-Identifier: Apache-2.0 */
/* Engine addresses: what is accepted can be connected to, and is nobody's option or shell. */
#include "tests/fuzz/fuzz.h"

#include <assert.h>
#include <string.h>

#include "common/client/endpoint.h"
#include "common/client/ssh.h"

static void check_ssh(const struct endpoint *e)
{
	scoped_strings room = { 0 };
	const char *argv[SSH_ARGV];
	const char *host = strrchr(e->host, '@');

	assert(e->host[0] != '-' && (!host || host[1] != '-'));
	assert(!strpbrk(e->host, " \t\n;&|$`'\"<>(){}"));
	assert(!host || !memchr(e->host, ':', (size_t)(host - e->host)));
	ssh_argv(argv, &room, e, "true");
}

static void check(const struct endpoint *e)
{
	assert(e->address && e->scheme != ENDPOINT_TLS);
	switch (e->scheme) {
	case ENDPOINT_UNIX:
		assert(e->path && e->path[0] && strlen(e->path) < 108);
		break;
	case ENDPOINT_TCP:
	case ENDPOINT_TLS:
		assert(e->host[0] && e->port > 0 && e->port < 65536);
		assert(!strpbrk(e->host, "/@?#[] \r\n"));
		assert(!e->path || e->path[0] == '/');
		break;
	case ENDPOINT_SSH:
		assert(e->port >= 0 && e->port < 65536);
		check_ssh(e);
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	scoped_str address = xstrndup((const char *)data, size);
	scoped_endpoint e = { 0 };
	scoped_endpoint again = { 0 };
	struct error err = ERROR_INIT;

	if (endpoint_parse(&e, address, &err) < 0) {
		assert(err.kind == ERROR_USAGE && !e.address);
		return 0;
	}
	check(&e);
	/* What messages show leads to the same place. */
	assert(endpoint_parse(&again, e.address, &err) == 0 && again.scheme == e.scheme);
	endpoint_release(&again);
	endpoint_copy(&again, &e);
	return 0;
}
