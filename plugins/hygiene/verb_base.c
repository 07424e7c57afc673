/* SPDX-License-Identifier: Apache-2.0 */
/* docker hygiene base: what images stand on, and the weekly build of it. */
#include "plugins/hygiene/verbs.h"

static const struct verb *const below[] = {
	&verb_base_build,
	&verb_base_status,
	NULL,
};

const struct verb verb_base = {
	.name = "base",
	.synopsis = "COMMAND",
	.summary = "Tell which images stand on a stale base; build base images weekly",
	.below = below,
};
