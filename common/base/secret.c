/* SPDX-License-Identifier: Apache-2.0 */
#include "common/base/secret.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/alloc.h"

void wipe(void *data, size_t len)
{
	if (!len)
		return;
	memset(data, 0, len);
	/* The bytes are "used" here, so that clearing them is no dead store; the call of glibc
	 * for that is not everywhere. */
	__asm__ volatile("" : : "r"(data) : "memory");
}

void secret_release(struct secret *s)
{
	if (s->data)
		wipe(s->data, s->room);
	free(s->data);
	*s = (struct secret){ 0 };
}

/* Never realloc(3): it may leave a copy where the bytes were. */
static void make_room(struct secret *s, size_t more)
{
	size_t room = s->room ? s->room : 64;

	if (s->data && more <= s->room - s->len)
		return;
	while (room - s->len < more)
		room *= 2;
	struct secret larger = { .data = xmalloc(room), .len = s->len, .room = room };

	if (s->len)
		memcpy(larger.data, s->data, s->len);
	secret_release(s);
	*s = larger;
}

void secret_add(struct secret *s, const void *data, size_t len)
{
	if (!len)
		return;
	make_room(s, len);
	memcpy(s->data + s->len, data, len);
	s->len += len;
}

void secret_set(struct secret *s, const void *data, size_t len)
{
	if (s->data)
		wipe(s->data, s->room);
	s->len = 0;
	secret_add(s, data, len);
}

void secret_take(struct secret *s, struct buf *b)
{
	secret_release(s);
	if (b->room)
		*s = (struct secret){ .data = b->data, .len = b->len, .room = b->room };
	buf_init_wiped(b, b->limit);
}

bool secret_equal(const struct secret *a, const struct secret *b)
{
	unsigned char differ = a->len != b->len;

	for (size_t i = 0; i < a->len && i < b->len; i++)
		differ |= (unsigned char)(a->data[i] ^ b->data[i]);
	return !differ;
}

/* In front of each piece stands how long it is; what follows stays aligned for everything. */
union head {
	size_t size;
	max_align_t align;
};

void *wiped_malloc(size_t size)
{
	union head *head = size < SIZE_MAX - sizeof(*head) ? malloc(sizeof(*head) + size) : NULL;

	if (!head)
		return NULL;
	head->size = size;
	return head + 1;
}

void wiped_free(void *p)
{
	union head *head = p;

	if (!head)
		return;
	head--;
	wipe(head, sizeof(*head) + head->size);
	free(head);
}
