/* SPDX-License-Identifier: Apache-2.0 */
#include "plugins/timesync/orders_opt.h"

#include "plugins/timesync/decide.h"

const struct opt orders_rows[ORDERS_ROWS] = {
	{ .name = "tolerance",
	  .parse = opt_duration,
	  .offset = offsetof(struct orders, tolerance),
	  .metavar = "DURATION",
	  .fallback = "10ms",
	  .help = "Leave offsets up to this alone" },
	{ .name = "max-step",
	  .parse = opt_duration,
	  .offset = offsetof(struct orders, max_step),
	  .metavar = "DURATION",
	  .help = "Refuse larger corrections; 0: none is too large" },
	{ .name = "no-backward",
	  .parse = opt_flag,
	  .offset = offsetof(struct orders, no_backward),
	  .help = "Never step the clock back: databases and make mind" },
	{ .name = "slew",
	  .parse = opt_flag,
	  .offset = offsetof(struct orders, slew),
	  .help = "Let the kernel take offsets up to 500 ms away bit by bit, 0.5 ms a second, "
		  "instead of stepping" },
	{ .name = "override",
	  .parse = opt_flag,
	  .offset = offsetof(struct orders, override),
	  .help = "Set the clock of a remote server, and one that its machine keeps by itself, "
		  "too; never one that is this machine's own" },
};
