/* SPDX-License-Identifier: Apache-2.0 */
/* Between timeref.c and the kinds of references; nobody else includes it. */
#ifndef PLUGINS_TIMESYNC_TIMEREF_KINDS_H
#define PLUGINS_TIMESYNC_TIMEREF_KINDS_H

#include "common/client/ntp_client.h"
#include "plugins/timesync/reference.h"

/* Fill offset, when, samples, notes; anchor and resolution are set before. options has a deadline.
 */
int timeref_read_ntp(struct timeref_reading *out, const struct timeref *ref,
		     const struct timeref_options *options, struct error *err) must_check;
int timeref_read_http(struct timeref_reading *out, const struct timeref *ref,
		      const struct timeref_options *options, struct error *err) must_check;

/*
 * Host minus UTC at out->when by the answers of one server. False, with a note in out, if they
 * contradict each other. Pure.
 */
bool timeref_server_offset(struct timeref_reading *out, const struct ntp_server *server,
			   struct interval *offset) must_check;

#endif
