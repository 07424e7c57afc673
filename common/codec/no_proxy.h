/* SPDX-License-Identifier: Apache-2.0 */
/*
 * NO_PROXY as docker and its engine read it (golang.org/x/net's httpproxy): libcurl knows neither
 * "*.example.com" nor ports. Pure, and total: an entry that is none of these names nobody.
 *
 *  - "*": everybody
 *  - "example.com": it and what is below it; ".example.com", "*.example.com": what is below it
 *  - "192.0.2.1", "2001:db8::1": the address; "192.0.2.0/24", "2001:db8::/32": a network's
 *  - all but networks with ":port" behind (v6 in brackets): at that port only
 *
 * Entries are parted by commas, blanks or both. localhost and loopback addresses need no entry.
 */
#ifndef COMMON_CODEC_NO_PROXY_H
#define COMMON_CODEC_NO_PROXY_H

#include <stdbool.h>

/* host as in struct url: lower case, v6 without brackets. list may be NULL. */
bool no_proxy_has(const char *list, const char *host, int port);

#endif
