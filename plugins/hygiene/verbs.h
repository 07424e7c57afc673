/* SPDX-License-Identifier: Apache-2.0 */
/* The verbs of docker hygiene, one file each. */
#ifndef PLUGINS_HYGIENE_VERBS_H
#define PLUGINS_HYGIENE_VERBS_H

#include "common/cli/verb.h"

extern const struct verb verb_access;
extern const struct verb verb_prune;
extern const struct verb verb_usage;
extern const struct verb verb_schedule;
extern const struct verb verb_base;

/* Below verb_base. */
extern const struct verb verb_base_status;
extern const struct verb verb_base_build;

#endif
