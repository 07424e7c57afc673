/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A growing byte buffer with a ceiling. data is never NULL after init and always NUL-terminated
 * (the NUL is not counted in len; data may hold NULs of its own). Exceeding the limit is sticky:
 * later appends do nothing, so that a chain is checked once at its end with buf_failed().
 */
#ifndef COMMON_BASE_BUF_H
#define COMMON_BASE_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include "common/base/attr.h"

struct buf {
	char *data;
	size_t len, room, limit;
	bool failed;
	bool wiped;
};

/* limit: the most bytes that len may ever be. */
void buf_init(struct buf *b, size_t limit);
/* The same for secrets: bytes are wiped where they are given up (growing, clearing, release). What
 * buf_take() hands over is the taker's to wipe (secret_take() does). */
void buf_init_wiped(struct buf *b, size_t limit);
void buf_release(struct buf *b);
/* Where a return stands before buf_init(): scoped_buf b = { 0 }. */
#define scoped_buf scoped(buf_release) struct buf

void buf_add(struct buf *b, const void *data, size_t len);
void buf_str(struct buf *b, const char *s);
void buf_char(struct buf *b, char c);
void buf_fmt(struct buf *b, const char *fmt, ...) printf_like(2, 3);
void buf_vfmt(struct buf *b, const char *fmt, va_list args) printf_like(2, 0);
/* Makes it empty again; keeps memory and limit, forgets the failure. */
void buf_clear(struct buf *b);
/* Hands the bytes over (free() them) and leaves an empty buffer of the same limit. */
char *buf_take(struct buf *b) must_check;
static inline bool buf_failed(const struct buf *b)
{
	return b->failed;
}

#endif
