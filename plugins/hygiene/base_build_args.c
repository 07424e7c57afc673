/* SPDX-License-Identifier: Apache-2.0 */
#include "plugins/hygiene/base_build_args.h"

#include "common/client/registry/registry.h"
#include "plugins/hygiene/recipe.h"

const struct opt base_build_rows[BASE_BUILD_ROWS] = {
	{ .name = "file",
	  .letter = 'f',
	  .parse = opt_string,
	  .offset = offsetof(struct base_build_args, file),
	  .metavar = "PATH",
	  .fallback = RECIPE_FILE,
	  .help = "The file that names the base images, or the folder that it is in",
	  .complete = OPT_COMPLETE_FILE },
	{ .name = "dry-run",
	  .parse = opt_flag,
	  .offset = offsetof(struct base_build_args, dry_run),
	  .help = "Show what is due and why; build nothing" },
	{ .name = "force",
	  .parse = opt_flag,
	  .offset = offsetof(struct base_build_args, force),
	  .help = "Build all of them, due or not" },
	{ .name = "cascade",
	  .parse = opt_flag,
	  .offset = offsetof(struct base_build_args, cascade),
	  .help = "Build the file's dependents, too, where what they stand on is built" },
	{ .name = "use-cache",
	  .parse = opt_flag,
	  .offset = offsetof(struct base_build_args, use_cache),
	  .help = "Take steps from the build cache: for trying a recipe, since what is in there "
		  "may be as old as the image that is replaced" },
	{ .name = "push",
	  .parse = opt_flag,
	  .offset = offsetof(struct base_build_args, push),
	  .help = "Push what was built, with docker push; refused where pushgate gates the "
		  "registry and this is not CI" },
	{ .name = "max-wait",
	  .parse = opt_duration,
	  .offset = offsetof(struct base_build_args, max_wait),
	  .metavar = "DURATION",
	  .fallback = "60s",
	  .help = "Wait at most this long for a registry that says when to come back" },
	OPT_FORMAT_ROW(offsetof(struct base_build_args, format)),
	{ .name = "scheduled",
	  .parse = opt_flag,
	  .offset = offsetof(struct base_build_args, scheduled),
	  .help = "Started by docker hygiene schedule",
	  .hidden = true },
};

_Static_assert(array_len(base_build_rows) == BASE_BUILD_ROWS, "count in the header");

void base_build_args_init(void *args)
{
	struct base_build_args *a = args;

	a->max_wait = REGISTRY_MAX_WAIT;
}
