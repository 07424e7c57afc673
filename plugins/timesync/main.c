/* SPDX-License-Identifier: Apache-2.0 */
/* docker timesync: a docker CLI plugin that measures and corrects the clock of an engine. */
#include "common/cli/plugin.h"
#include "common/cli/version.h"
#include "plugins/timesync/verbs.h"

#ifndef VERSION
#error "VERSION is given by the Makefile"
#endif

static const struct verb *const verbs[] = {
	&verb_sync, &verb_check, &verb_watch, &verb_version, NULL,
};

static const struct plugin timesync = {
	.name = "timesync",
	.vendor = "docker-hygiene",
	.version = VERSION,
	.summary = "Measure the engine's clock, correct it, watch for wake-ups",
	.help = "Tells how far the clock of a Docker engine is from this machine's, with a proven\n"
		"bound on the error, and corrects it where it is a virtual machine's to correct.",
	.verbs = verbs,
	.fallback = &verb_sync,
};

int main(int argc, char **argv)
{
	return plugin_main(&timesync, argc, argv);
}
