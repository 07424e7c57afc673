/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The conventions of docker CLI plugins: metadata, docker's global flags before the plugin's name,
 * help in all its forms, completion, hooks, exit status 125 for bad usage.
 */
#ifndef COMMON_CLI_PLUGIN_H
#define COMMON_CLI_PLUGIN_H

#include "common/base/buf.h"
#include "common/cli/verb.h"

/* What docker tells a hook (JSON in the last argument). Strings may be NULL. */
struct plugin_hook {
	const char *command; /* "build", "image prune" */
	const char *error;   /* text of the failed command; "" or NULL if it did not fail */
};

struct plugin {
	const char *name; /* "hygiene": the command after docker */
	/* A program of its own: name is the whole command, docker's global flags, metadata and
	 * hooks are none of its words. */
	bool standalone;
	const char *vendor, *version, *url;
	const char *summary; /* short description of the metadata and the top of help */
	const char *help;
	const struct verb *const *verbs; /* NULL-terminated */
	/* Runs where no word names a verb: alone, or with options first ("docker timesync
	 * --dry-run"). It is in verbs too. NULL: help is printed, options are an error. */
	const struct verb *fallback;
	/* Appends the text to show below docker's message, or leaves out empty. NULL: no hooks. */
	void (*hook)(struct cli *cli, const struct plugin_hook *hook, struct buf *out);
};

/*
 * The whole of a plugin's main: reads argv, answers metadata, hooks, completion and help by
 * itself, else parses and runs the verb, prints the error ("docker hygiene prune: ...") and gives
 * the exit status. Started by hand without docker (`docker-hygiene prune`, `docker-hygiene
 * hygiene prune`) it works the same.
 */
int plugin_main(const struct plugin *plugin, int argc, char **argv) must_check;

#endif
