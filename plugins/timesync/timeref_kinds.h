/* SPDX-License-Identifier: Apache-2.0 */
/* Between timeref.c and the kinds of references; nobody else includes it. */
#ifndef PLUGINS_TIMESYNC_TIMEREF_KINDS_H
#define PLUGINS_TIMESYNC_TIMEREF_KINDS_H

#include "plugins/timesync/reference.h"

/* Fill offset, when, samples, notes; anchor is set before. options has a deadline. */
int timeref_read_ntp(struct timeref_reading *out, const struct timeref *ref,
		     const struct timeref_options *options, struct error *err) must_check;
int timeref_read_http(struct timeref_reading *out, const struct timeref *ref,
		      const struct timeref_options *options, struct error *err) must_check;

#endif
