/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The system calls of the helper, without a libc: one row of numbers and one piece of assembly per
 * architecture. Each sys_<arch>.h has sys_call() and the entry point, which aligns the stack and
 * calls helper_main(); nothing of argv or the environment is used.
 *
 * Numbers: arch/x86/entry/syscalls/syscall_64.tbl, include/uapi/asm-generic/unistd.h (arm64,
 * riscv64), arch/arm/tools/syscall.tbl, arch/powerpc and arch/s390 kernel/syscalls/syscall.tbl of
 * Linux; the tests see each by its name in a trace.
 */
#ifndef PLUGINS_TIMESYNC_HELPER_SYS_H
#define PLUGINS_TIMESYNC_HELPER_SYS_H

#include <stddef.h>
#include <stdint.h>

#if defined(__x86_64__)
#include "plugins/timesync/helper/sys_amd64.h"
#elif defined(__aarch64__)
#include "plugins/timesync/helper/sys_arm64.h"
#elif defined(__arm__)
#include "plugins/timesync/helper/sys_arm.h"
#elif defined(__riscv) && __riscv_xlen == 64
#include "plugins/timesync/helper/sys_riscv64.h"
#elif defined(__powerpc64__) && defined(__LITTLE_ENDIAN__)
#include "plugins/timesync/helper/sys_ppc64le.h"
#elif defined(__s390x__)
#include "plugins/timesync/helper/sys_s390x.h"
#else
#error "no system calls for this architecture"
#endif

/* Numbers of errors, the same on these architectures (asm-generic/errno.h). */
#define SYS_ENOENT    2
#define SYS_EINTR     4
#define SYS_EAGAIN    11
#define SYS_EINVAL    22
#define SYS_EOVERFLOW 75

#define SYS_CLOCK_REALTIME  0
#define SYS_CLOCK_MONOTONIC 1

#define SYS_AT_FDCWD   (-100)
#define SYS_O_CLOEXEC  02000000
#define SYS_PROC_MAGIC 0x9fa0 /* f_type of procfs (linux/magic.h) */

#define SYS_POLLIN  1
#define SYS_POLLOUT 4

struct sys_pollfd {
	int fd;
	short events, revents;
};

/* The kernel's struct timespec of the calls without "64" in their names. */
struct sys_timespec {
	long sec, nsec;
};

#define SYS_ADJ_SETOFFSET         0x0100
#define SYS_ADJ_OFFSET_SINGLESHOT 0x8001
#define SYS_ADJ_OFFSET_SS_READ    0xa001

/* The kernel's struct timex (linux/timex.h), of 32 bits where long has them. */
struct sys_timex {
	unsigned int modes;
	long offset, freq, maxerror, esterror;
	int status;
	long constant, precision, tolerance;
	long sec, usec;
	long tick, ppsfreq, jitter;
	int shift;
	long stabil, jitcnt, calcnt, errcnt, stbcnt;
	int tai;
	int reserved[11];
};

/* Where the kernel has them: the members that set something are never called here in a test. */
_Static_assert(offsetof(struct sys_timex, offset) == sizeof(long) &&
		       offsetof(struct sys_timex, sec) == 9 * sizeof(long) &&
		       offsetof(struct sys_timex, usec) == 10 * sizeof(long) &&
		       sizeof(struct sys_timex) == (sizeof(long) == 8 ? 208 : 128),
	       "struct timex");

#define SYS_CAP_VERSION  0x20080522
#define SYS_CAP_SYS_TIME 25

struct sys_cap_header {
	uint32_t version;
	int pid;
};

struct sys_cap_data {
	uint32_t effective, permitted, inheritable;
};

static inline long sys_pointer(const void *p)
{
	return (long)(uintptr_t)p;
}

#endif
