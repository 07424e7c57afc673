/* SPDX-License-Identifier: Apache-2.0 */
/* Parses the words of a verb and runs it. */
#ifndef COMMON_CLI_VERB_RUN_H
#define COMMON_CLI_VERB_RUN_H

#include "common/cli/verb_tree.h"

/*
 * place: one where verb_here() is a verb. words: what follows its name. *status: exit status of a
 * verb that returned 0. --help prints the help page instead. Errors: the verb's own, ERROR_USAGE
 * with the hint to --help.
 */
int verb_run(const struct verb_place *place, struct cli *cli, int count, char **words, int *status,
	     struct error *err) must_check;

#endif
