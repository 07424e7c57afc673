/* SPDX-License-Identifier: Apache-2.0 */
/* A plugin's main with the outside world given, so that tests can be it. */
#ifndef COMMON_CLI_PLUGIN_RUN_H
#define COMMON_CLI_PLUGIN_RUN_H

#include "common/cli/plugin.h"

/* The answer to docker-cli-plugin-metadata. */
void plugin_metadata(const struct plugin *plugin, struct buf *out);
/* cli->argv without the program's name is what is asked for. Returns the exit status. */
int plugin_run(struct cli *cli) must_check;

#endif
