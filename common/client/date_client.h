/* SPDX-License-Identifier: Apache-2.0 */
/* The Date header of an http(s) server, asked again and again on one kept-alive connection. */
#ifndef COMMON_CLIENT_DATE_CLIENT_H
#define COMMON_CLIENT_DATE_CLIENT_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/clock.h"
#include "common/client/cancel.h"

struct date_client;

struct date_options {
	const struct clock *clock;
	struct cancel *cancel;
	const char *(*env)(const char *name); /* HTTPS_PROXY, HTTP_PROXY, NO_PROXY */
	int64_t deadline;                     /* ns, each request */
	int64_t end;                          /* MONOTONIC, for all of them; 0: none */
};

struct date_sample {
	int64_t sent, answered; /* host MONOTONIC: before the request, after its header came */
	int64_t date;           /* as the server says, whole seconds, ns since 1970 */
	int status;             /* HTTP status: any will do */
	bool reused;            /* on the connection of the one before */
};

/* url: http or https. Errors: ERROR_USAGE, ERROR_UNSUPPORTED (no libcurl). */
int date_open(struct date_client **out, const char *url, const struct date_options *options,
	      struct error *err) must_check;
/*
 * One HEAD request (GET of nothing where HEAD is refused with 405 or 501), no redirect followed.
 * Errors: ERROR_UNREACHABLE, ERROR_TIMEOUT, ERROR_DENIED (TLS: with a hint about clocks where the
 * certificate is not yet or no longer valid), ERROR_PROTOCOL (no Date; Age > 0 or a cache that says
 * HIT: it tells the time of another moment).
 */
int date_ask(struct date_client *client, struct date_sample *out, struct error *err) must_check;
void date_close(struct date_client **client);
#define scoped_date_client scoped(date_close) struct date_client

#endif
