/* SPDX-License-Identifier: Apache-2.0 */
#include "common/client/curl_api.h"

#include "common/base/dynlib.h"

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
