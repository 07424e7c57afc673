/* SPDX-License-Identifier: Apache-2.0 */
/* riscv64: number in a7, arguments from a0, which gets the result. */
#ifndef PLUGINS_TIMESYNC_HELPER_SYS_RISCV64_H
#define PLUGINS_TIMESYNC_HELPER_SYS_RISCV64_H

#include "plugins/timesync/helper/sys_generic.h"

__asm__(".section .text.start,\"ax\",@progbits\n"
	".globl _start\n"
	"_start:\n"
	"	li fp, 0\n"
	"	andi sp, sp, -16\n"
	"	call helper_main\n"
	"	unimp\n"
	".text\n");

static inline long sys_call(long number, long a, long b, long c, long d)
{
	register long a7 __asm__("a7") = number;
	register long a0 __asm__("a0") = a;
	register long a1 __asm__("a1") = b;
	register long a2 __asm__("a2") = c;
	register long a3 __asm__("a3") = d;

	__asm__ volatile("ecall" : "+r"(a0) : "r"(a7), "r"(a1), "r"(a2), "r"(a3) : "memory");
	return a0;
}

#endif
