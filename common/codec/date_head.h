/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the head of an HTTP answer says about the time: its Date, and whether it is of now or of
 * the moment at which some cache took it.
 */
#ifndef COMMON_CODEC_DATE_HEAD_H
#define COMMON_CODEC_DATE_HEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DATE_HEAD_SHOWN 64

struct date_head {
	bool ended;    /* the empty line has come: what follows (trailers) does not count */
	bool has_date; /* exactly one Date, and it parses */
	bool bad_date; /* there is one that does not, or there are several */
	int64_t date;  /* ns since 1970 */
	/* The header by which it is of a cache ("Age: 12"), printable; "" if it is of none. */
	char cached[DATE_HEAD_SHOWN];
};

/*
 * One line, with or without its line end, in the order in which they come. A status line ("HTTP/")
 * begins anew: before it came an interim answer. about: for years of two digits (httpdate.h).
 *
 * Of a cache are: Age that is not 0; hits, also stale or revalidated ones, in Cache-Status (RFC
 * 9211) and in the headers that caches and networks of them write: X-Cache and its kin (Squid,
 * Varnish, CloudFront, Fastly, nginx, Akamai), and those named in date_head.c. Two numbers in
 * X-Varnish are a hit.
 */
void date_head_line(struct date_head *head, const char *line, size_t len, int64_t about);

#endif
