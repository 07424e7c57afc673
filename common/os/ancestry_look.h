/* SPDX-License-Identifier: Apache-2.0 */
/* One process, as this system shows it: ancestry.c walks, ancestry_linux.c and ancestry_macos.c
 * look. */
#ifndef COMMON_OS_ANCESTRY_LOOK_H
#define COMMON_OS_ANCESTRY_LOOK_H

#include <string.h>

#include "common/os/ancestry.h"

struct ancestry_link {
	pid_t parent; /* 0: none that is visible */
	uint64_t started;
};

/* out NULL: only the link. -1: there is no such process, or it cannot be seen; out may be filled in
 * part, and is the caller's to release. */
int ancestry_look(const char *proc, pid_t pid, struct ancestor *out, struct ancestry_link *link)
	must_check;

/* Words that each end in a NUL (the last one may not), at most count of them. */
void ancestry_argv(struct ancestor *a, const char *bytes, size_t len, size_t count);

#endif
