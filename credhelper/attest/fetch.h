/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One https request with all that could lead it astray switched off: no redirects, no proxy but the
 * policy's, no netrc, no environment, no cookies, CA of the policy or the system, 8 s, a limit of
 * bytes. http:// only to loopback, and only where the policy itself writes that URL (tests,
 * sidecars).
 */
#ifndef CREDHELPER_ATTEST_FETCH_H
#define CREDHELPER_ATTEST_FETCH_H

#include <stdint.h>

#include "common/base/buf.h"
#include "common/base/error.h"
#include "common/base/secret.h"

struct fetch {
	const char *url;
	const char *ca_file, *proxy; /* NULL: the system's, none */
	const struct secret *bearer; /* NULL: none; Authorization: Bearer */
	bool post;                   /* an empty body (Azure) */
	size_t limit;
	int64_t deadline; /* ns */
};
/* Appends the body of a 200. Errors: ERROR_UNREACHABLE, ERROR_TIMEOUT, ERROR_LIMIT, ERROR_REMOTE
 * (another status, a redirect), ERROR_USAGE (the URL). *max_age: of Cache-Control, ns, 0: none. */
int fetch(const struct fetch *f, struct buf *out, int64_t *max_age, struct error *err) must_check;

#endif
