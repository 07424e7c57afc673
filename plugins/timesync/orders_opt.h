/* SPDX-License-Identifier: Apache-2.0 */
/* What sync and watch take alike: how the clock may be corrected. */
#ifndef PLUGINS_TIMESYNC_ORDERS_OPT_H
#define PLUGINS_TIMESYNC_ORDERS_OPT_H

#include "common/cli/opt.h"

/* Into a struct orders (decide.h). */
#define ORDERS_ROWS 5
extern const struct opt orders_rows[ORDERS_ROWS];

#endif
