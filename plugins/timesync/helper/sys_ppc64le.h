/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ppc64le, ELFv2: number in r0, arguments from r3, which gets the result; an error is positive and
 * has the summary overflow bit of cr0 set. The kernel enters with the entry's address in r12, from
 * which the table of contents (r2) is found; a frame has 32 bytes that the callee may write to.
 */
#ifndef PLUGINS_TIMESYNC_HELPER_SYS_PPC64LE_H
#define PLUGINS_TIMESYNC_HELPER_SYS_PPC64LE_H

#define SYS_READ          3
#define SYS_WRITE         4
#define SYS_CLOSE         6
#define SYS_FSTATFS       100
#define SYS_ADJTIMEX      124
#define SYS_CAPGET        183
#define SYS_EXIT_GROUP    234
#define SYS_CLOCK_GETTIME 246
#define SYS_CLOCK_GETRES  247
#define SYS_PPOLL         281
#define SYS_OPENAT        286

__asm__(".section .text.start,\"ax\",@progbits\n"
	".globl _start\n"
	"_start:\n"
	"	addis 2, 12, .TOC.-_start@ha\n"
	"	addi 2, 2, .TOC.-_start@l\n"
	"	clrrdi 1, 1, 4\n"
	"	li 0, 0\n"
	"	stdu 0, -32(1)\n"
	"	bl helper_main\n"
	"	nop\n"
	"	trap\n"
	".text\n");

static inline long sys_call(long number, long a, long b, long c, long d)
{
	register long r0 __asm__("r0") = number;
	register long r3 __asm__("r3") = a;
	register long r4 __asm__("r4") = b;
	register long r5 __asm__("r5") = c;
	register long r6 __asm__("r6") = d;

	__asm__ volatile("sc\n"
			 "	bns+ 1f\n"
			 "	neg 3, 3\n"
			 "1:"
			 : "+r"(r0), "+r"(r3), "+r"(r4), "+r"(r5), "+r"(r6)
			 :
			 : "memory", "cr0", "ctr", "xer", "r7", "r8", "r9", "r10", "r11", "r12");
	return r3;
}

#endif
