/* SPDX-License-Identifier: Apache-2.0 */
/* amd64: number in rax, arguments in rdi, rsi, rdx, r10; rcx and r11 are lost. */
#ifndef PLUGINS_TIMESYNC_HELPER_SYS_AMD64_H
#define PLUGINS_TIMESYNC_HELPER_SYS_AMD64_H

#define SYS_READ          0
#define SYS_WRITE         1
#define SYS_CLOSE         3
#define SYS_CAPGET        125
#define SYS_FSTATFS       138
#define SYS_ADJTIMEX      159
#define SYS_CLOCK_GETTIME 228
#define SYS_CLOCK_GETRES  229
#define SYS_EXIT_GROUP    231
#define SYS_OPENAT        257
#define SYS_PPOLL         271

__asm__(".section .text.start,\"ax\",@progbits\n"
	".globl _start\n"
	"_start:\n"
	"	xorl %ebp, %ebp\n"
	"	andq $-16, %rsp\n"
	"	call helper_main\n"
	"	hlt\n"
	".text\n");

static inline long sys_call(long number, long a, long b, long c, long d)
{
	register long r10 __asm__("r10") = d;
	long result;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10)
			 : "rcx", "r11", "memory");
	return result;
}

#endif
