/* SPDX-License-Identifier: Apache-2.0 */
/*
 * /proc/PID/stat of Linux (proc_pid_stat(5)). The name of the program stands in brackets and may
 * hold blanks, brackets and newlines: what counts follows the last ")". Pure.
 */
#ifndef COMMON_CODEC_PROC_STAT_H
#define COMMON_CODEC_PROC_STAT_H

#include <stddef.h>
#include <stdint.h>

#include "common/base/error.h"

#define PROC_STAT_MAX 4096

struct proc_stat {
	int64_t pid, ppid;
	int64_t terminal; /* tty_nr; 0: none */
	uint64_t started; /* clock ticks after boot: with pid it names a process */
	char state;       /* "Z": its argv and exe are gone */
	char name[64];    /* comm, at most 63 bytes of it; as it is, to be made printable */
};

/* Errors: ERROR_INPUT (cut, not numbers, a pid that is not positive, a ppid that is negative). */
int proc_stat_parse(struct proc_stat *out, const char *data, size_t len, struct error *err)
	must_check;

#endif
