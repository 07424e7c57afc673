/* SPDX-License-Identifier: Apache-2.0 */
/* docker hygiene: a docker CLI plugin that keeps an engine's disk clean. */
#include "common/cli/plugin.h"
#include "common/cli/version.h"
#include "plugins/hygiene/hook.h"
#include "plugins/hygiene/verbs.h"

#ifndef VERSION
#error "VERSION is given by the Makefile"
#endif

static const struct verb *const verbs[] = {
	&verb_prune, &verb_access, &verb_base, &verb_schedule, &verb_usage, &verb_version, NULL,
};

static const struct plugin hygiene = {
	.name = "hygiene",
	.vendor = "docker-hygiene",
	.version = VERSION,
	.summary = "Clean up: show exactly what goes, remove exactly that",
	.help = "Removes what nobody uses any more from a Docker engine, by rules that are\n"
		"evaluated here and shown beforehand, and tells what holds the disk.",
	.verbs = verbs,
	.hook = hygiene_hook,
};

int main(int argc, char **argv)
{
	return plugin_main(&hygiene, argc, argv);
}
