/* SPDX-License-Identifier: Apache-2.0 */
#include "common/base/buf.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/alloc.h"
#include "common/base/secret.h"

/* What an empty buffer points at; never written to, since room is 0. */
static char empty[1];

void buf_init(struct buf *b, size_t limit)
{
	/* So that len + more + 1, and doubling the room, cannot overflow. */
	*b = (struct buf){ .data = empty, .limit = limit < SIZE_MAX / 4 ? limit : SIZE_MAX / 4 };
}

void buf_init_wiped(struct buf *b, size_t limit)
{
	buf_init(b, limit);
	b->wiped = true;
}

static void give_up(const struct buf *b)
{
	if (b->room && b->wiped)
		wipe(b->data, b->room);
	if (b->room)
		free(b->data);
}

void buf_release(struct buf *b)
{
	give_up(b);
	*b = (struct buf){ .data = empty };
}

static bool make_room(struct buf *b, size_t more)
{
	size_t room = b->room ? b->room : 64;

	if (b->failed || more > b->limit - b->len) {
		b->failed = true;
		return false;
	}
	if (b->len + more + 1 <= b->room)
		return true;
	while (room < b->len + more + 1)
		room *= 2;
	if (b->wiped) {
		char *larger = xmalloc(room);

		memcpy(larger, b->data, b->len + 1);
		give_up(b);
		b->data = larger;
	} else {
		b->data = xreallocarray(b->room ? b->data : NULL, room, 1);
	}
	b->room = room;
	return true;
}

void buf_add(struct buf *b, const void *data, size_t len)
{
	if (!make_room(b, len))
		return;
	if (len)
		memcpy(b->data + b->len, data, len);
	b->len += len;
	b->data[b->len] = '\0';
}

void buf_str(struct buf *b, const char *s)
{
	buf_add(b, s, strlen(s));
}

void buf_char(struct buf *b, char c)
{
	buf_add(b, &c, 1);
}

void buf_vfmt(struct buf *b, const char *fmt, va_list args)
{
	va_list copy;
	int len;

	va_copy(copy, args);
	len = vsnprintf(NULL, 0, fmt, copy);
	va_end(copy);
	if (len < 0 || !make_room(b, (size_t)len)) {
		b->failed = true;
		return;
	}
	vsnprintf(b->data + b->len, (size_t)len + 1, fmt, args);
	b->len += (size_t)len;
}

void buf_fmt(struct buf *b, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	buf_vfmt(b, fmt, args);
	va_end(args);
}

void buf_clear(struct buf *b)
{
	if (b->wiped)
		wipe(b->data, b->room);
	b->len = 0;
	b->failed = false;
	if (b->room)
		b->data[0] = '\0';
}

char *buf_take(struct buf *b)
{
	char *data = b->room ? b->data : xstrdup("");
	bool wiped = b->wiped;

	buf_init(b, b->limit);
	b->wiped = wiped;
	return data;
}
