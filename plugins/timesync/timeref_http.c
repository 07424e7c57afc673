/* SPDX-License-Identifier: Apache-2.0 */
#include "plugins/timesync/timeref_kinds.h"

int timeref_read_http(struct timeref_reading *out, const struct timeref *ref,
		      const struct timeref_options *options, struct error *err)
{
	(void)out;
	(void)options;
	return error_set(err, ERROR_UNSUPPORTED, 0, "%s cannot be asked yet", ref->text);
}
