/* SPDX-License-Identifier: Apache-2.0 */
/* A plugin of made-up verbs, and a command line that runs it with its streams in memory. */
#ifndef TESTS_UNIT_CLI_FAKE_PLUGIN_H
#define TESTS_UNIT_CLI_FAKE_PLUGIN_H

#include <stddef.h>
#include <stdio.h>

#include "common/cli/plugin.h"

/*
 * "fake" with the verbs
 *   work [options] [NAME...]  prints its options and operands; --fail KIND ends with that error
 *   group one, group two      two verbs below a third
 *   secret                    hidden
 */
extern const struct plugin fake_plugin;

struct fake_run {
	struct cli cli;
	char *out, *err; /* owned */
	size_t out_size, err_size;
	int status;
};

/* words: ended by NULL, without the program's name. */
void fake_run(struct fake_run *run, const struct plugin *plugin, const char *const *words);
void fake_run_release(struct fake_run *run);

#endif
