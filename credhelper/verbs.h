/* SPDX-License-Identifier: Apache-2.0 */
/* What people call. Each verb is a file verb_<name>.c. */
#ifndef CREDHELPER_VERBS_H
#define CREDHELPER_VERBS_H

#include "common/cli/verb.h"

extern const struct verb verb_why;        /* REGISTRY[/REPO] [--format json] */
extern const struct verb verb_list;       /* [--class pull|push|all] [--format json] */
extern const struct verb verb_doctor;     /* [--format json] */
extern const struct verb verb_install;    /* [--registry REGISTRY ...] [--dry-run] */
extern const struct verb verb_uninstall;  /* [--yes] [--erase] */
extern const struct verb verb_seal;       /* REGISTRY[/PREFIX] --recipient FILE ... */
extern const struct verb verb_rotate;     /* FILE...: a new secret for the same recipients */
extern const struct verb verb_prove;      /* --cannot-push|--can-push --by NAME REGISTRY */
extern const struct verb verb_recipients; /* FILE...: who can open it */

#endif
