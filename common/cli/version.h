/* SPDX-License-Identifier: Apache-2.0 */
/* The verb that every plugin has: `version`, as a line or JSON. */
#ifndef COMMON_CLI_VERSION_H
#define COMMON_CLI_VERSION_H

#include "common/cli/verb.h"

extern const struct verb verb_version;

#endif
