/* SPDX-License-Identifier: Apache-2.0 */
/*
 * 32-bit ARM, EABI: number in r7, arguments from r0, which gets the result. Compiled as ARM code:
 * in Thumb code r7 would be the frame pointer.
 */
#ifndef PLUGINS_TIMESYNC_HELPER_SYS_ARM_H
#define PLUGINS_TIMESYNC_HELPER_SYS_ARM_H

#define SYS_READ            3
#define SYS_WRITE           4
#define SYS_CLOSE           6
#define SYS_FSTATFS         100
#define SYS_ADJTIMEX        124
#define SYS_CAPGET          184
#define SYS_EXIT_GROUP      248
#define SYS_CLOCK_GETTIME   263 /* until 2038 */
#define SYS_CLOCK_GETRES    264
#define SYS_OPENAT          322
#define SYS_PPOLL           336
#define SYS_CLOCK_GETTIME64 403 /* since Linux 5.1 */

__asm__(".section .text.start,\"ax\",%progbits\n"
	".globl _start\n"
	"_start:\n"
	"	mov r11, #0\n"
	"	mov lr, #0\n"
	"	bic sp, sp, #15\n"
	"	bl helper_main\n"
	"	udf #0\n"
	".text\n");

static inline long sys_call(long number, long a, long b, long c, long d)
{
	register long r7 __asm__("r7") = number;
	register long r0 __asm__("r0") = a;
	register long r1 __asm__("r1") = b;
	register long r2 __asm__("r2") = c;
	register long r3 __asm__("r3") = d;

	__asm__ volatile("svc #0" : "+r"(r0) : "r"(r7), "r"(r1), "r"(r2), "r"(r3) : "memory");
	return r0;
}

#endif
