/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a plugin's command line asks for. docker hands its own words over as they were typed, with
 * its global flags in front of the plugin's name, and adds a few forms of its own; by hand the name
 * may be left out:
 *     [globals] hygiene WORDS...        [globals] help hygiene WORDS...
 *     [globals] __complete hygiene WORDS... LAST        hygiene docker-cli-plugin-hooks JSON
 */
#ifndef COMMON_CLI_PLUGIN_ARGV_H
#define COMMON_CLI_PLUGIN_ARGV_H

#include <stdbool.h>

#include "common/base/error.h"
#include "common/cli/verb.h"

enum plugin_request { PLUGIN_RUN, PLUGIN_HELP, PLUGIN_COMPLETE, PLUGIN_HOOK };

struct plugin_argv {
	enum plugin_request request;
	struct cli_globals globals;
	bool descriptions; /* PLUGIN_COMPLETE: wanted behind the candidates */
	char **words;      /* what follows; borrowed from argv */
	int count;
};

/* The same for a program of its own, which knows help and __complete in front of its words. */
void plugin_argv_words(struct plugin_argv *out, int argc, char **argv);
/* argv without the program's name. Errors: ERROR_USAGE (unknown global flag, -H twice). */
int plugin_argv_parse(struct plugin_argv *out, const char *name, int argc, char **argv,
		      struct error *err) must_check;

#endif
