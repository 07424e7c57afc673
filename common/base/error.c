/* SPDX-License-Identifier: Apache-2.0 */
#define ERROR_C
#include "common/base/error.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/base/attr.h"

static const struct {
	int status;
	const char *name;
} kinds[] = {
#define ERROR_ROW(kind, status, name) [ERROR_##kind] = { status, name },
	ERROR_KINDS(ERROR_ROW)
#undef ERROR_ROW
};

/* Marks a cut, leaves no half of a UTF-8 character before the mark, and no second mark. */
static void mark_cut(char *text, size_t size)
{
	size_t end = size - sizeof("...");

	while (end > 0 && ((unsigned char)text[end] & 0xc0) == 0x80)
		end--;
	while (end > 0 && text[end - 1] == '.')
		end--;
	memcpy(text + end, "...", sizeof("..."));
}

static void printf_like(3, 0) format(char *text, size_t size, const char *fmt, va_list args)
{
	int len = vsnprintf(text, size, fmt, args);

	if (len < 0)
		text[0] = '\0';
	else if ((size_t)len >= size)
		mark_cut(text, size);
}

/* Joins head and tail in err->text; either may be long. */
static void join(struct error *err, const char *head, const char *between, const char *tail)
{
	char text[sizeof(err->text)];
	size_t at = 0;
	const char *parts[] = { head, between, tail };

	for (size_t i = 0; i < array_len(parts); i++) {
		size_t len = strlen(parts[i]);
		size_t room = sizeof(text) - 1 - at;

		memcpy(text + at, parts[i], len < room ? len : room);
		at += len < room ? len : room;
		if (len > room) {
			text[at] = '\0';
			mark_cut(text, sizeof(text));
			memcpy(err->text, text, sizeof(text));
			return;
		}
	}
	text[at] = '\0';
	memcpy(err->text, text, at + 1);
}

int error_set(struct error *err, enum error_kind kind, int code, const char *fmt, ...)
{
	va_list args;

	assert(!error_is_set(err));
	assert(kind != ERROR_NONE);
	err->kind = kind;
	err->code = code;
	va_start(args, fmt);
	format(err->text, sizeof(err->text), fmt, args);
	va_end(args);
	return -1;
}

static enum error_kind kind_of_errno(int errnum)
{
	switch (errnum) {
	case ENOENT:
	case ENOTDIR:
		return ERROR_NOT_FOUND;
	case EACCES:
	case EPERM:
	case EROFS:
		return ERROR_DENIED;
	case ECONNREFUSED:
	case EHOSTUNREACH:
	case ENETUNREACH:
		return ERROR_UNREACHABLE;
	case ETIMEDOUT:
		return ERROR_TIMEOUT;
	case EFBIG:
		return ERROR_LIMIT;
	default:
		return ERROR_IO;
	}
}

int error_errno(struct error *err, int errnum, const char *fmt, ...)
{
	char head[sizeof(err->text)];
	va_list args;

	assert(!error_is_set(err));
	va_start(args, fmt);
	format(head, sizeof(head), fmt, args);
	va_end(args);
	err->kind = kind_of_errno(errnum);
	err->code = errnum;
	join(err, head, ": ", strerror(errnum));
	return -1;
}

int error_wrap(struct error *err, const char *fmt, ...)
{
	char head[sizeof(err->text)];
	char tail[sizeof(err->text)];
	va_list args;

	assert(error_is_set(err));
	va_start(args, fmt);
	format(head, sizeof(head), fmt, args);
	va_end(args);
	memcpy(tail, err->text, sizeof(tail));
	join(err, head, ": ", tail);
	return -1;
}

int error_hint(struct error *err, const char *fmt, ...)
{
	char head[sizeof(err->text)];
	char tail[sizeof(err->text)];
	va_list args;

	assert(error_is_set(err));
	va_start(args, fmt);
	format(tail, sizeof(tail), fmt, args);
	va_end(args);
	memcpy(head, err->text, sizeof(head));
	join(err, head, "; ", tail);
	return -1;
}

void error_clear(struct error *err)
{
	err->kind = ERROR_NONE;
	err->code = 0;
	err->text[0] = '\0';
}

int error_status(enum error_kind kind)
{
	return kinds[kind].status;
}

const char *error_name(enum error_kind kind)
{
	return kinds[kind].name;
}
