/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one error type: a value on the caller's stack, filled where something failed, carried up
 * with context put in front, printed once by main.
 *
 * A function that can fail takes `struct error *err` last and returns -1 (or NULL); its outputs
 * are untouched then. err is never NULL and never owns memory. Text is one line, lower case, no
 * newline, no secret: "<what was being done>: <cause>; <how to mend it>".
 */
#ifndef COMMON_BASE_ERROR_H
#define COMMON_BASE_ERROR_H

#include <stdbool.h>

#include "common/base/attr.h"

/* kind, exit status of a program that ends with it, name for machines */
#define ERROR_KINDS(X)                                                                           \
	X(NONE, 0, "none")                                                                       \
	X(USAGE, 125, "usage")           /* flags, policy files: the caller's words are wrong */ \
	X(INPUT, 1, "input")             /* a file or value from outside does not parse */       \
	X(NOT_FOUND, 1, "not-found")     /* the thing named does not exist */                    \
	X(CONFLICT, 1, "conflict")       /* the thing is in use, or changed meanwhile */         \
	X(DENIED, 1, "denied")           /* permission */                                        \
	X(UNREACHABLE, 1, "unreachable") /* nobody answers at the address */                     \
	X(TIMEOUT, 1, "timeout")         /* somebody is there, but no answer in time */          \
	X(PROTOCOL, 1, "protocol")       /* an answer that the protocol does not allow */        \
	X(REMOTE, 1, "remote")           /* the other side says that it failed */                \
	X(LIMIT, 1, "limit")             /* larger than what we accept */                        \
	X(UNSUPPORTED, 1, "unsupported") /* version or platform cannot do it */                  \
	X(IO, 1, "io")                   /* the operating system failed us */                    \
	X(BUSY, 1, "busy")               /* another one of us holds the lock */                  \
	X(CANCELLED, 2, "cancelled")     /* signal, or docker went away */

enum error_kind {
#define ERROR_ENUM(kind, status, name) ERROR_##kind,
	ERROR_KINDS(ERROR_ENUM)
#undef ERROR_ENUM
};

struct error {
	enum error_kind kind;
	int code;       /* errno, HTTP status or CURLcode that stands behind it; 0 if none */
	char text[768]; /* longer texts are cut at a character boundary, with "..." */
};

#define ERROR_INIT                \
	{                         \
		ERROR_NONE, 0, "" \
	}

/* Fills err and returns -1. It is a bug (assert) to set an error twice without error_clear(). */
int error_set(struct error *err, enum error_kind kind, int code, const char *fmt, ...)
	printf_like(4, 5);

/* As error_set() for a failed system call: kind from errnum, ": strerror" appended. Returns -1. */
int error_errno(struct error *err, int errnum, const char *fmt, ...) printf_like(3, 4);

/* Puts "context: " in front of the text of a set error. Returns -1. */
int error_wrap(struct error *err, const char *fmt, ...) printf_like(2, 3);

/* Appends "; how to mend it". Returns -1. */
int error_hint(struct error *err, const char *fmt, ...) printf_like(2, 3);

/* The static analyzer looks into one file at a time: tell it that these return -1, always. */
#if defined(__clang_analyzer__) && !defined(ERROR_C)
#define error_set(...)   (error_set(__VA_ARGS__), -1)
#define error_errno(...) (error_errno(__VA_ARGS__), -1)
#define error_wrap(...)  (error_wrap(__VA_ARGS__), -1)
#define error_hint(...)  (error_hint(__VA_ARGS__), -1)
#endif

void error_clear(struct error *err);
static inline bool error_is_set(const struct error *err)
{
	return err->kind != ERROR_NONE;
}

/* Exit status of the kind, and its name ("not-found"). */
int error_status(enum error_kind kind);
const char *error_name(enum error_kind kind);

#endif
