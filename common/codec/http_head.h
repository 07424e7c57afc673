/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The head of an HTTP/1 answer, read by ourselves where a connection stops to be HTTP after it
 * (attach). Only what tells how to go on: everything else in it is skipped.
 */
#ifndef COMMON_CODEC_HTTP_HEAD_H
#define COMMON_CODEC_HTTP_HEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/error.h"

struct http_head {
	int status;     /* 100 to 599 */
	int64_t length; /* Content-Length; -1: not told */
	bool encoded;   /* there is a Transfer-Encoding */
	size_t size;    /* bytes of the head, the blank line included: what follows is not its */
};

/*
 * data may hold more than the head. Returns 1 with *out, 0 if it is not whole yet (what came so
 * far could still become one), -1: ERROR_PROTOCOL (not HTTP/1, no status, a length that is none).
 */
int http_head_parse(const char *data, size_t len, struct http_head *out, struct error *err)
	must_check;

#endif
