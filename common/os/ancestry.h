/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who called us: the parent, its parent and so on, as far as the system lets us see. Linux reads
 * /proc, macOS sysctl (KERN_PROC_PID, KERN_PROCARGS2) and proc_pidpath. What is found is what those
 * processes say of themselves: argv can be written over by its process, so that it explains and
 * warns, and never opens anything (docs/internals/pushgate-threats.md).
 */
#ifndef COMMON_OS_ANCESTRY_H
#define COMMON_OS_ANCESTRY_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/base/alloc.h"
#include "common/base/error.h"

#define ANCESTRY_MAX      16          /* generations */
#define ANCESTRY_ARGV_MAX (256 << 10) /* bytes of one argv; a longer one is cut */

struct ancestor {
	pid_t pid;
	uint64_t started;    /* with pid it names a process: ticks after boot; macOS: us */
	uid_t uid;           /* its real one; (uid_t)-1: not known */
	char *exe;           /* absolute path, links resolved; NULL: not known */
	bool deleted;        /* the file is no longer there (Linux: " (deleted)", taken off exe) */
	struct strings argv; /* empty: not known, or a zombie */
	bool argv_cut;
};

struct ancestry {
	struct ancestor *items; /* [0] is the parent */
	size_t count, room;
	bool whole; /* it ends at pid 1 or at the top of this pid namespace */
};

/*
 * proc: where procfs is mounted ("/proc"; tests give a folder of files; macOS ignores it). pid:
 * whose ancestors, the caller's own. A parent that started after its child is another process with
 * that number: it ends there, not whole. What cannot be read ends it likewise, and is no error.
 * Errors: ERROR_IO if even the parent cannot be seen. Takes no more than one read per file.
 */
int ancestry_read(struct ancestry *out, const char *proc, pid_t pid, struct error *err) must_check;
void ancestry_release(struct ancestry *a);
#define scoped_ancestry scoped(ancestry_release) struct ancestry

#endif
