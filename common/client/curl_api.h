/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libcurl as a table of function pointers: it is loaded when an engine is called, since loading it
 * costs more than all the rest of a start. Everything here is in 7.66 and newer.
 */
#ifndef COMMON_CLIENT_CURL_API_H
#define COMMON_CLIENT_CURL_API_H

/* The checking macros would call the functions by name, which we do not link. */
#define CURL_DISABLE_TYPECHECK
#define CURL_DISABLE_DEPRECATION
#include <curl/curl.h>

#include "common/base/error.h"

#define CURL_FUNCTIONS(X)      \
	X(global_init)         \
	X(version_info)        \
	X(easy_init)           \
	X(easy_cleanup)        \
	X(easy_reset)          \
	X(easy_setopt)         \
	X(easy_perform)        \
	X(easy_getinfo)        \
	X(easy_send)           \
	X(easy_recv)           \
	X(easy_strerror)       \
	X(multi_init)          \
	X(multi_cleanup)       \
	X(multi_add_handle)    \
	X(multi_remove_handle) \
	X(multi_perform)       \
	X(multi_poll)          \
	X(multi_info_read)     \
	X(multi_setopt)        \
	X(multi_strerror)      \
	X(slist_append)        \
	X(slist_free_all)

struct curl_api {
#define CURL_MEMBER(name) __typeof__(curl_##name) *name;
	CURL_FUNCTIONS(CURL_MEMBER)
#undef CURL_MEMBER
};

/* Loads and initialises libcurl. Errors: ERROR_UNSUPPORTED, with the package to install. */
int curl_api_load(struct curl_api *out, struct error *err) must_check;

/*
 * libcurl's words about what failed: those of its error buffer, if it has some; its words for the
 * code where these show the address of the proxy (NULL: none), since a password may be in it.
 */
const char *curl_failure(const struct curl_api *curl, CURLcode code, const char *detail,
			 const char *proxy);

#endif
