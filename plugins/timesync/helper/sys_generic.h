/* SPDX-License-Identifier: Apache-2.0 */
/* The numbers that the younger architectures share (include/uapi/asm-generic/unistd.h). */
#ifndef PLUGINS_TIMESYNC_HELPER_SYS_GENERIC_H
#define PLUGINS_TIMESYNC_HELPER_SYS_GENERIC_H

#define SYS_FSTATFS       44
#define SYS_OPENAT        56
#define SYS_CLOSE         57
#define SYS_READ          63
#define SYS_WRITE         64
#define SYS_PPOLL         73
#define SYS_CAPGET        90
#define SYS_EXIT_GROUP    94
#define SYS_CLOCK_GETTIME 113
#define SYS_CLOCK_GETRES  114
#define SYS_ADJTIMEX      171

#endif
