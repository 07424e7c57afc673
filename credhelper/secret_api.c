/* SPDX-License-Identifier: Apache-2.0 */
#include "credhelper/secret_api.h"

#ifdef SECRET_API_BUILT

#include "common/base/dynlib.h"

static const char *const sonames[] = {
#ifdef __APPLE__
	"libsecret-1.0.dylib",
#endif
	"libsecret-1.so.0",
	NULL,
};

/* GLib writes what it debugs to stdout, which is the protocol's, and libsecret what failed to
 * stderr, which has one line of ours. */
static GLogWriterOutput drop(GLogLevelFlags level, const GLogField *fields, gsize count,
			     gpointer data)
{
	(void)level;
	(void)fields;
	(void)count;
	(void)data;
	return G_LOG_WRITER_HANDLED;
}

int secret_api_load(struct secret_api *out, struct error *err)
{
	struct secret_api api = { 0 };
	const struct dynlib_symbol symbols[] = {
#define SECRET_SYMBOL(name) { #name, (void **)&api.name },
		SECRET_FUNCTIONS(SECRET_SYMBOL)
#undef SECRET_SYMBOL
	};

	if (dynlib_load(sonames, symbols, array_len(symbols), "libsecret-1-0", err) < 0)
		return -1;
	api.g_log_set_writer_func(drop, NULL, NULL);
	*out = api;
	return 0;
}

#endif
