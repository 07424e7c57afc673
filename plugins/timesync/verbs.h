/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUGINS_TIMESYNC_VERBS_H
#define PLUGINS_TIMESYNC_VERBS_H

#include "common/cli/verb.h"

extern const struct verb verb_check, verb_sync, verb_watch;

#endif
