/* SPDX-License-Identifier: Apache-2.0 */
/* arm64: number in x8, arguments from x0, which gets the result. */
#ifndef PLUGINS_TIMESYNC_HELPER_SYS_ARM64_H
#define PLUGINS_TIMESYNC_HELPER_SYS_ARM64_H

#include "plugins/timesync/helper/sys_generic.h"

__asm__(".section .text.start,\"ax\",@progbits\n"
	".globl _start\n"
	"_start:\n"
	"	mov x29, #0\n"
	"	mov x30, #0\n"
	"	mov x0, sp\n"
	"	and sp, x0, #-16\n"
	"	bl helper_main\n"
	"	brk #1\n"
	".text\n");

static inline long sys_call(long number, long a, long b, long c, long d)
{
	register long x8 __asm__("x8") = number;
	register long x0 __asm__("x0") = a;
	register long x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;
	register long x3 __asm__("x3") = d;

	__asm__ volatile("svc #0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3) : "memory");
	return x0;
}

#endif
