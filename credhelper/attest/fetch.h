/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One https request with all that could lead it astray switched off: no redirects, no proxy but the
 * policy's, no netrc, no environment, no cookies, CA of the policy or the system, an end in time, a
 * limit of bytes. There is no http://: a token or a key set that came over it would be anybody's.
 */
#ifndef CREDHELPER_ATTEST_FETCH_H
#define CREDHELPER_ATTEST_FETCH_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "common/base/error.h"
#include "common/base/secret.h"

/* Within which everything is done: the helper waits 10 s for us. */
#define FETCH_BUDGET (8 * INT64_C(1000000000))

struct fetch {
	const char *url;
	const char *ca_file, *proxy; /* NULL: the system's, none */
	const struct secret *bearer; /* NULL: none; Authorization: Bearer */
	bool post;                   /* an empty body (Azure) */
	int64_t end;                 /* ns of the monotonic clock */
};
/* Appends the body of a 200; the limit is out's. Errors: ERROR_UNREACHABLE, ERROR_TIMEOUT,
 * ERROR_LIMIT, ERROR_REMOTE (another status, a redirect, an encoded body), ERROR_USAGE (the URL).
 * *max_age: of Cache-Control, ns, 0: none. */
int fetch(const struct fetch *f, struct buf *out, int64_t *max_age, struct error *err) must_check;

#endif
