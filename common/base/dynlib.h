/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Shared libraries loaded when they are first needed, so that start-up does not pay for them.
 * What was loaded stays loaded until the process ends.
 */
#ifndef COMMON_BASE_DYNLIB_H
#define COMMON_BASE_DYNLIB_H

#include <stddef.h>

#include "common/base/error.h"

struct dynlib_symbol {
	const char *name;
	void **slot; /* the address of a function pointer: (void **)&table.easy_init */
};

/*
 * Loads the first of sonames (ended by NULL) that is there and has every symbol, and fills every
 * slot. what: the package to install, as Debian calls it ("libcurl4"). Errors: ERROR_UNSUPPORTED
 * that says which library, why, and what to install; no slot is touched then.
 */
int dynlib_load(const char *const sonames[], const struct dynlib_symbol *symbols, size_t count,
		const char *what, struct error *err) must_check;

#endif
