/* SPDX-License-Identifier: Apache-2.0 */
#include "common/client/curl_api.h"

#include <string.h>

#include "common/base/alloc.h"
#include "common/base/dynlib.h"

#define PROXY_SHOWN 16 /* characters of its address that are there by no chance */

static const char *const sonames[] = {
#ifdef __APPLE__
	"libcurl.4.dylib",
#endif
	"libcurl.so.4",    "libcurl-gnutls.so.4", "libcurl-nss.so.4", NULL,
};

int curl_api_load(struct curl_api *out, struct error *err)
{
	struct curl_api api = { 0 };
	const struct dynlib_symbol symbols[] = {
#define CURL_SYMBOL(name) { "curl_" #name, (void **)&api.name },
		CURL_FUNCTIONS(CURL_SYMBOL)
#undef CURL_SYMBOL
	};

	if (dynlib_load(sonames, symbols, array_len(symbols), "libcurl4", err) < 0)
		return -1;
	CURLcode code = api.global_init(CURL_GLOBAL_DEFAULT);
	if (code != CURLE_OK)
		return error_set(err, ERROR_UNSUPPORTED, (int)code, "libcurl does not start: %s",
				 api.easy_strerror(code));
	*out = api;
	return 0;
}

/* What is long is cut there. */
static bool shows_credentials(const char *detail, const char *proxy)
{
	size_t len = strcspn(proxy, "@");
	scoped_str begin = xstrndup(proxy, len < PROXY_SHOWN ? len : PROXY_SHOWN);

	return proxy[len] && len > 0 && strstr(detail, begin);
}

const char *curl_failure(const struct curl_api *curl, CURLcode code, const char *detail,
			 const char *proxy)
{
	return *detail && !(proxy && shows_credentials(detail, proxy)) ? detail
								       : curl->easy_strerror(code);
}
