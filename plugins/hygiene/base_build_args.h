/* SPDX-License-Identifier: Apache-2.0 */
/* What a person says to `docker hygiene base build`, as rows: its schedule takes them, too. */
#ifndef PLUGINS_HYGIENE_BASE_BUILD_ARGS_H
#define PLUGINS_HYGIENE_BASE_BUILD_ARGS_H

#include <stdint.h>

#include "common/cli/opt.h"
#include "common/cli/out.h"

struct base_build_args {
	const char *file; /* NULL: RECIPE_FILE here */
	enum out_format format;
	bool force, cascade, dry_run, push, use_cache, scheduled;
	int64_t max_wait;
};

#define BASE_BUILD_ROWS 9
extern const struct opt base_build_rows[BASE_BUILD_ROWS];

/* For struct verb; args is a struct base_build_args. */
void base_build_args_init(void *args);

#endif
