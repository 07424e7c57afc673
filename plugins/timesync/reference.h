/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the engine's clock is compared with: this machine's clock, NTP servers, or the Date header
 * of an https server.
 */
#ifndef PLUGINS_TIMESYNC_REFERENCE_H
#define PLUGINS_TIMESYNC_REFERENCE_H

#include "common/base/alloc.h"
#include "common/base/clock.h"
#include "common/client/cancel.h"
#include "plugins/timesync/estimate.h"

enum reference_kind { REFERENCE_HOST, REFERENCE_NTP, REFERENCE_HTTP };

struct reference {
	enum reference_kind kind;
	char *text;           /* as given: "host", "ntp:a,b", "https://s3.amazonaws.com" */
	struct strings hosts; /* NTP: "host" or "host:port", "[v6]:port" */
	char *url;            /* HTTP */
};

/*
 * Pure. "host"; "ntp:HOST[,HOST...]" (1 to 8; port 123 if not given); "https://HOST[:PORT][/PATH]".
 * "http://" is taken only where allow_http says so (--s3 of a registry on one's own network): a
 * clock is not set by what anybody on the way may have written. Errors: ERROR_USAGE.
 */
int reference_parse(struct reference *out, const char *text, bool allow_http, struct error *err)
	must_check;
void reference_release(struct reference *reference);
#define scoped_reference scoped(reference_release) struct reference

/* Whether a server of it is of a public pool ("pool.ntp.org" and below), which nobody may poll. */
bool reference_is_pool(const struct reference *reference);

struct reference_reading {
	struct interval offset; /* host minus reference, at `when` */
	int64_t when;           /* host MONOTONIC */
	int64_t anchor;         /* host REALTIME - MONOTONIC */
	size_t samples;
	/* For the person: servers that were left out and why, one line each. */
	struct strings notes;
};
void reference_reading_release(struct reference_reading *reading);
#define scoped_reference_reading scoped(reference_reading_release) struct reference_reading

struct reference_options {
	const struct clock *clock;
	struct cancel *cancel;
	const char *(*env)(const char *name); /* proxies */
	int64_t deadline;                     /* ns for all of it; 0: 10 s */
	unsigned requests;                    /* HTTP: at most; 0: 9. --s3 asks 3 times */
};

/*
 * Asks the reference. HOST: [0, 0] at once. NTP: a burst of up to 4 to each server, 2 s apart where
 * the first is not enough; intervals of the servers (half the round trip, root distance, precision)
 * are intersected by majority (Marzullo), others reported as false tickers; with two that disagree
 * there is no majority and no answer. HTTP: HEAD requests on one connection, each timed so that it
 * arrives at the predicted edge of a second. Errors: ERROR_UNREACHABLE, ERROR_TIMEOUT, ERROR_REMOTE
 * (kiss of death, with its code), ERROR_PROTOCOL (cached answer, no Date, nonsense),
 * ERROR_CONFLICT (servers disagree; the host's clock stepped meanwhile).
 */
int reference_read(struct reference_reading *out, const struct reference *reference,
		   const struct reference_options *options, struct error *err) must_check;

#endif
