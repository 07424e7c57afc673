/* SPDX-License-Identifier: Apache-2.0 */
/* What docker shows under a command of its own that failed for a full disk, or a push that pushgate
 * stopped. */
#ifndef PLUGINS_HYGIENE_HOOK_H
#define PLUGINS_HYGIENE_HOOK_H

#include "common/cli/plugin.h"

/* As struct plugin's hook. Asks no engine: docker waits for it. After a denied push it asks
 * docker-credential-pushgate, 3 s at most. What goes wrong is nothing to say. */
void hygiene_hook(struct cli *cli, const struct plugin_hook *hook, struct buf *out);

#endif
