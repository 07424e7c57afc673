/* SPDX-License-Identifier: Apache-2.0 */
/* What several verbs have in common. */
#ifndef CREDHELPER_VERB_PARTS_H
#define CREDHELPER_VERB_PARTS_H

#include <stdio.h>

#include "common/cli/verb.h"
#include "credhelper/world.h"

/* The program's own streams and paths, and the verb's environment and clock. */
struct world verb_world(const struct cli *cli);

/* A line of a label and a text, which is made printable and then emptied. */
void verb_row(FILE *out, const char *label, struct buf *text);

#endif
