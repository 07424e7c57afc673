/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Link (RFC 8288), as registries page with it: <url>; rel="next". Several lines, several links in
 * one, relative addresses, parameters quoted or not, several relations in one rel. Pure.
 */
#ifndef COMMON_CODEC_LINK_HEADER_H
#define COMMON_CODEC_LINK_HEADER_H

#include "common/base/alloc.h"
#include "common/base/error.h"
#include "common/codec/url.h"

#define LINK_BYTES_MAX (64 << 10) /* of all lines together */

/*
 * lines: the values of the reply's Link lines. base: the address that was asked. Returns 1 with
 * *out, the first link whose rel (the first of that link, as the RFC has it) has the word "next";
 * 0: there is none; -1: ERROR_INPUT (a line that cannot be read up to there, an address that
 * url_resolve() refuses), ERROR_LIMIT.
 */
int link_next(struct url *out, const struct strings *lines, const struct url *base,
	      struct error *err) must_check;

/* Whether a page may lie there: credentials go with the request, so only within the origin of the
 * page before it. */
bool link_is_followed(const struct url *base, const struct url *next);

#endif
