/* SPDX-License-Identifier: Apache-2.0 */
/* Compiler attributes and small macros that every file may use. */
#ifndef COMMON_BASE_ATTR_H
#define COMMON_BASE_ATTR_H

#include <stddef.h>

#define must_check             __attribute__((__warn_unused_result__))
#define printf_like(fmt, args) __attribute__((__format__(__printf__, fmt, args)))
#define unused_arg             __attribute__((__unused__))
#define no_return              __attribute__((__noreturn__))
#define fall_through           __attribute__((__fallthrough__))

/*
 * Runs fn(&variable) when the variable goes out of scope. Spelled with underscores: jansson.h and
 * glib use the bare word of the attribute, so a macro of that name breaks them.
 */
#define scoped(fn) __attribute__((__cleanup__(fn)))

#define array_len(a) (sizeof(a) / sizeof((a)[0]))

/* Gives up ownership: returns the pointer and leaves NULL (for fds: -1) behind. */
#define take_ptr(p)                                 \
	__extension__({                             \
		__typeof__(p) take_ptr_value = (p); \
		(p) = NULL;                         \
		take_ptr_value;                     \
	})
/* The same for a struct by value: leaves zeroes behind. */
#define take_value(v)                                 \
	__extension__({                               \
		__typeof__(v) take_value_value = (v); \
		(v) = (__typeof__(v)){ 0 };           \
		take_value_value;                     \
	})
#define take_fd(fd)                       \
	__extension__({                   \
		int take_fd_value = (fd); \
		(fd) = -1;                \
		take_fd_value;            \
	})

#endif
