/* SPDX-License-Identifier: Apache-2.0 */
/*
 * https:// addresses, read so strictly that no other reader can take them for another host's: no
 * user, no fragment, no blanks, backslashes or bytes that are not ASCII. Pure.
 */
#ifndef CREDHELPER_ATTEST_URL_H
#define CREDHELPER_ATTEST_URL_H

#include <stdbool.h>

#include "common/base/buf.h"
#include "common/base/error.h"
#include "common/codec/hostport.h"

struct url {
	struct host_port at;
};
/* Errors: ERROR_USAGE. */
int url_read(struct url *out, const char *text, struct error *err) must_check;
/* The same host (in any case) and port. */
bool url_same_host(const struct url *a, const struct url *b);
/* The host lies below the domain ("a.example.com", "example.com"), at the port of https. */
bool url_is_below(const struct url *url, const char *domain);
/* Appends name=value to the query of the address in out. */
void url_add_query(struct buf *out, const char *name, const char *value);

#endif
