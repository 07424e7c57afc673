/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes that must not outlive their use: passwords, tokens, private keys. They are wiped before
 * their memory is given back, also where they have moved to a larger place. There is no formatter
 * and no way to make one a C string by accident: NULs are bytes like others, and data is not ended
 * by one. What has to travel through a struct buf uses buf_init_wiped().
 */
#ifndef COMMON_BASE_SECRET_H
#define COMMON_BASE_SECRET_H

#include <stdbool.h>
#include <stddef.h>

#include "common/base/buf.h"

/* Zeroed it is empty, and may be released. Owns its bytes. */
struct secret {
	char *data; /* NULL while nothing was added */
	size_t len, room;
};
void secret_release(struct secret *s);
#define scoped_secret scoped(secret_release) struct secret

void secret_add(struct secret *s, const void *data, size_t len);
/* Makes it those bytes and no others. data may not lie within s. */
void secret_set(struct secret *s, const void *data, size_t len);
/* Takes the bytes of b, which is empty then, and has kept none. b is of buf_init_wiped(). */
void secret_take(struct secret *s, struct buf *b);
/* In a time that depends on the lengths only. */
bool secret_equal(const struct secret *a, const struct secret *b);

/* Memory about to go out of use: a store that the compiler keeps. */
void wipe(void *data, size_t len);

/*
 * malloc(3) and free(3) for libraries that copy secrets about (json_set_alloc_funcs()): the memory
 * is wiped when it is given back. One is only to be freed by the other.
 */
void *wiped_malloc(size_t size) must_check;
void wiped_free(void *p);

#endif
