/* SPDX-License-Identifier: Apache-2.0 */
/* Shell completion as docker's own (cobra): candidates, one a line, then ":" and a directive. */
#ifndef COMMON_CLI_COMPLETE_H
#define COMMON_CLI_COMPLETE_H

#include <stdbool.h>

#include "common/base/buf.h"
#include "common/cli/plugin.h"

/* spf13/cobra completions.go ShellCompDirective. */
enum complete_directive {
	COMPLETE_DEFAULT = 0, /* the shell completes file names */
	COMPLETE_NO_FILES = 4,
};

/*
 * Appends the whole answer for words[0..count): the words behind the plugin's name, the last of
 * which is being typed. Whatever is odd about the others gives fewer candidates, never an error.
 */
void complete(const struct plugin *plugin, struct cli *cli, int count, char **words,
	      bool descriptions, struct buf *out);

#endif
