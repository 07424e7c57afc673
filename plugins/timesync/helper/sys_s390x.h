/* SPDX-License-Identifier: Apache-2.0 */
/*
 * s390x, big-endian: number in r1, arguments from r2, which gets the result. A function may write
 * to the 160 bytes above its stack pointer.
 */
#ifndef PLUGINS_TIMESYNC_HELPER_SYS_S390X_H
#define PLUGINS_TIMESYNC_HELPER_SYS_S390X_H

#define SYS_READ          3
#define SYS_WRITE         4
#define SYS_CLOSE         6
#define SYS_FSTATFS       100
#define SYS_ADJTIMEX      124
#define SYS_CAPGET        184
#define SYS_EXIT_GROUP    248
#define SYS_CLOCK_GETTIME 260
#define SYS_CLOCK_GETRES  261
#define SYS_OPENAT        288
#define SYS_PPOLL         302

__asm__(".section .text.start,\"ax\",@progbits\n"
	".globl _start\n"
	"_start:\n"
	"	aghi %r15, -160\n"
	"	xc 0(8, %r15), 0(%r15)\n"
	"	brasl %r14, helper_main\n"
	"	j .+2\n"
	".text\n");

static inline long sys_call(long number, long a, long b, long c, long d)
{
	register long r1 __asm__("r1") = number;
	register long r2 __asm__("r2") = a;
	register long r3 __asm__("r3") = b;
	register long r4 __asm__("r4") = c;
	register long r5 __asm__("r5") = d;

	__asm__ volatile("svc 0" : "+d"(r2) : "d"(r1), "d"(r3), "d"(r4), "d"(r5) : "memory");
	return r2;
}

#endif
