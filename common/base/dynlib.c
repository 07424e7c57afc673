/* SPDX-License-Identifier: Apache-2.0 */
#include "common/base/dynlib.h"

#include <dlfcn.h>

/* Returns the name of the first symbol that the library has not, NULL if it has all. */
static const char *missing(void *library, const struct dynlib_symbol *symbols, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!dlsym(library, symbols[i].name))
			return symbols[i].name;
	return NULL;
}

static void fill(void *library, const struct dynlib_symbol *symbols, size_t count)
{
	for (size_t i = 0; i < count; i++)
		*symbols[i].slot = dlsym(library, symbols[i].name);
}

int dynlib_load(const char *const sonames[], const struct dynlib_symbol *symbols, size_t count,
		const char *what, struct error *err)
{
	struct error why = ERROR_INIT;

	for (size_t i = 0; sonames[i]; i++) {
		/* Lazily bound: of a large library only a few functions are called. */
		void *library = dlopen(sonames[i], RTLD_LAZY | RTLD_LOCAL);
		const char *absent = library ? missing(library, symbols, count) : NULL;

		if (library && !absent) {
			fill(library, symbols, count);
			return 0;
		}
		/* The first name is the one to expect, but a library that is there tells more. */
		if (library) {
			error_clear(&why);
			error_set(&why, ERROR_UNSUPPORTED, 0, "%s has no %s", sonames[i], absent);
			dlclose(library);
		} else if (!error_is_set(&why)) {
			error_set(&why, ERROR_UNSUPPORTED, 0, "%s", dlerror());
		}
	}
	error_set(err, ERROR_UNSUPPORTED, 0, "cannot load a library: %s", why.text);
	return error_hint(err, "install the package %s or a newer version of it", what);
}
