/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How much a registry still allows, from the headers of its replies: Docker Hub's
 * "ratelimit-limit: 100;w=21600" and "ratelimit-remaining: 76;w=21600", the x-ratelimit-* that
 * others send, and both forms of the IETF's drafts ("RateLimit: limit=100, remaining=50, reset=30"
 * and "RateLimit: \"default\";r=50;t=30" with RateLimit-Policy). Pure, and total: what cannot be
 * read says nothing.
 */
#ifndef COMMON_CODEC_RATELIMIT_H
#define COMMON_CODEC_RATELIMIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/clock.h"

struct ratelimit {
	int64_t limit;     /* requests in a window; -1: not told. Of several the first */
	int64_t remaining; /* the least that any header of the reply told; -1: not told */
	int64_t window;    /* ns; 0: not told. Of several the first */
	int64_t reset; /* ns from now until there are more, at most a year; -1: not told. Of several
			* the last */
};

/* Nothing is told. */
#define RATELIMIT_INIT                                                 \
	{                                                              \
		.limit = -1, .remaining = -1, .window = 0, .reset = -1 \
	}

/*
 * One header of a reply, whichever: true if it is one of these and was read. name: as it came, in
 * any case. now (ns since 1970) is for those who send the time of the reset (from 1e9 on) instead
 * of the seconds until it.
 */
bool ratelimit_add(struct ratelimit *limit, const char *name, const char *value, size_t len,
		   int64_t now);

#endif
