/* SPDX-License-Identifier: Apache-2.0 */
/* config.json and a context's meta.json: the same bytes as both. */
#include "tests/fuzz/fuzz.h"

#include <assert.h>
#include <string.h>

#include "common/client/endpoint.h"
#include "common/client/http_headers.h"
#include "common/codec/json.h"

static char dir[] = "/nosuch";

static const char *no_env(const char *name)
{
	(void)name;
	return NULL;
}

static void as_config(json_t *json)
{
	struct docker_config config = { .dir = dir, .root = json };
	struct endpoint_flags flags = { .host = "tcp://h:1" };
	scoped_endpoint e = { 0 };
	scoped_strings list = { 0 };
	struct error err = ERROR_INIT;

	docker_config_strings(&config, "pruneFilters", &list);
	(void)docker_config_plugin(&config, "hygiene", "keep");
	(void)docker_config_string(&config, "currentContext");
	if (endpoint_choose(&e, &flags, &config, no_env, &err) < 0) {
		assert(err.kind == ERROR_INPUT && !e.address);
		return;
	}
	/* One header is one line. */
	for (size_t i = 0; i < e.headers.count; i++)
		assert(!strpbrk(e.headers.items[i], "\r\n") && strpbrk(e.headers.items[i], ":;"));
}

static void as_context(const json_t *json)
{
	scoped_endpoint e = { 0 };
	struct error err = ERROR_INIT;

	if (endpoint_of_context(&e, json, "context \"x\"", &err) < 0)
		assert((err.kind == ERROR_INPUT || err.kind == ERROR_USAGE) && !e.address);
	else
		assert(e.address && (!e.skip_verify || e.scheme == ENDPOINT_TLS));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct error err = ERROR_INIT;
	scoped_json *json = NULL;

	if (json_parse(&json, (const char *)data, size, "file", false, &err) < 0)
		return 0;
	as_context(json);
	if (json_is_object(json))
		as_config(json);
	return 0;
}
