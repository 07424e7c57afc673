/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the engine's clock is compared with: this machine's clock, NTP servers, or the Date header
 * of an https server. (A "timeref": a struct reference is an image's, common/codec/reference.h.)
 */
#ifndef PLUGINS_TIMESYNC_REFERENCE_H
#define PLUGINS_TIMESYNC_REFERENCE_H

#include <stdbool.h>

#include "common/base/alloc.h"
#include "common/base/clock.h"
#include "common/client/cancel.h"
#include "plugins/timesync/estimate.h"

enum timeref_kind { TIMEREF_HOST, TIMEREF_NTP, TIMEREF_HTTP };

struct timeref {
	enum timeref_kind kind;
	char *text;           /* as given: "host", "ntp:a,b", "https://s3.amazonaws.com" */
	struct strings hosts; /* NTP: "host" or "host:port", "[v6]:port" */
	char *url;            /* HTTP */
};

/*
 * Pure. "host"; "ntp:HOST[,HOST...]" (1 to 8; port 123 if not given); "https://HOST[:PORT][/PATH]".
 * "http://" is taken only where allow_http says so (--s3 of a registry on one's own network): a
 * clock is not set by what anybody on the way may have written. Errors: ERROR_USAGE.
 */
int timeref_parse(struct timeref *out, const char *text, bool allow_http, struct error *err)
	must_check;
void timeref_release(struct timeref *ref);
#define scoped_timeref scoped(timeref_release) struct timeref

/* Whether a server of it is of a public pool ("pool.ntp.org" and below), which nobody may poll. */
bool timeref_is_pool(const struct timeref *ref);

struct timeref_reading {
	struct interval offset; /* host minus reference, at `when` */
	int64_t when;           /* host MONOTONIC */
	int64_t anchor;         /* host REALTIME - MONOTONIC, at most, as it was before */
	int64_t resolution;     /* what a reading + anchor may be short of REALTIME, ns */
	size_t samples;
	/* For the person: servers that were left out and why, one line each. */
	struct strings notes;
};
void timeref_reading_release(struct timeref_reading *reading);
#define scoped_timeref_reading scoped(timeref_reading_release) struct timeref_reading

struct timeref_options {
	const struct clock *clock;
	struct cancel *cancel;
	const char *(*env)(const char *name); /* proxies */
	int64_t deadline;                     /* ns for all of it; 0: 10 s */
	/* HTTP: most requests to find the edge of the second; 0: 9 (--s3: 3). 4 more check it. */
	unsigned requests;
};

/*
 * Asks the reference. HOST: [0, 0] at once. NTP: a burst of up to 4 to each server, 2 s apart where
 * the first is not enough; intervals of the servers (half the round trip, root distance, precision)
 * are intersected by majority (Marzullo), others reported as false tickers; with two that disagree
 * there is no majority and no answer. HTTP: HEAD requests on one connection, each timed so that it
 * arrives at the predicted edge of a second, then some beside it: several machines whose clocks
 * differ are told. What cannot be told from outside is a server that rounds its Date to the nearest
 * second (RFC 9110 §6.6.1 has the time at which the message was made: cut). Errors:
 * ERROR_UNREACHABLE, ERROR_TIMEOUT, ERROR_REMOTE (kiss of death, with its code), ERROR_PROTOCOL
 * (cached answer, no Date, nonsense), ERROR_CONFLICT (servers disagree; the host's clock stepped
 * meanwhile).
 */
int timeref_read(struct timeref_reading *out, const struct timeref *ref,
		 const struct timeref_options *options, struct error *err) must_check;

#endif
