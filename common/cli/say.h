/* SPDX-License-Identifier: Apache-2.0 */
/* Lines for a person on stderr, beside a verb's answer. */
#ifndef COMMON_CLI_SAY_H
#define COMMON_CLI_SAY_H

#include "common/base/alloc.h"
#include "common/cli/verb.h"

/* "docker hygiene base build: note: TEXT", made printable, at once. kind NULL: without. */
void cli_say(const struct cli *cli, const char *verb, const char *kind, const char *text);
/* Each as a note. */
void cli_say_notes(const struct cli *cli, const char *verb, const struct strings *notes);

#endif
