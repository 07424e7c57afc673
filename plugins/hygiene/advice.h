/* SPDX-License-Identifier: Apache-2.0 */
/* Did a docker command fail for a full disk? Pure: the words of docker in, yes or no out. */
#ifndef PLUGINS_HYGIENE_ADVICE_H
#define PLUGINS_HYGIENE_ADVICE_H

#include <stdbool.h>

#include "common/cli/plugin.h"

/* What is known of the file system that holds the engine's data. */
enum advice_disk { ADVICE_DISK_UNKNOWN, ADVICE_DISK_ROOM, ADVICE_DISK_FULL };

/*
 * Docker tells nothing but an exit status where the failing program wrote to the terminal itself
 * (buildx, compose, a RUN step); then, and after commands that write to the disk, the disk decides.
 */
bool advice_needs_disk(const struct plugin_hook *hook);
bool advice_full_disk(const struct plugin_hook *hook, enum advice_disk disk);

/* The text of the hint. */
extern const char advice_text[];

#endif
