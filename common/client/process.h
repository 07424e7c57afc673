/* SPDX-License-Identifier: Apache-2.0 */
/* Child processes: no shell, descriptors closed, output bounded, a deadline. */
#ifndef COMMON_CLIENT_PROCESS_H
#define COMMON_CLIENT_PROCESS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/base/alloc.h"
#include "common/base/buf.h"
#include "common/base/error.h"
#include "common/client/cancel.h"

struct process_result {
	int status; /* exit status; 128 + signal if a signal ended it */
};

/*
 * Runs argv[0] (found by PATH), stdin from input (NULL: /dev/null), stdout and stderr appended to
 * out and errors (NULL: /dev/null; their limits hold: the child is ended when one is exceeded,
 * ERROR_LIMIT). Past the deadline (ns, 0: none) the child is ended, ERROR_TIMEOUT.
 * Errors: ERROR_NOT_FOUND if there is no such program.
 */
int process_run(const char *const argv[], const char *input, struct buf *out, struct buf *errors,
		int64_t deadline, struct cancel *cancel, struct process_result *result,
		struct error *err) must_check;

/* As process_run(), but that argv[0] is an absolute path, the environment is empty, the working
 * directory / and stderr dropped. */
int process_run_alone(const char *const argv[], const char *input, struct buf *out,
		      int64_t deadline, struct process_result *result, struct error *err)
	must_check;

/*
 * As process_run(), for programs that people watch: stdin is /dev/null, and stdout and stderr both
 * are fd as it is (a terminal stays one, with its width and colours). variables: "NAME=value" that
 * it gets beside ours; may be NULL. Told to stop, it has 5 s to clean up.
 */
int process_run_shown(const char *const argv[], const struct strings *variables, int fd,
		      struct cancel *cancel, struct process_result *result, struct error *err)
	must_check;

/* Starts argv, in a session of its own, with socket as its stdin and stdout; stderr goes to
 * errors_fd. Both descriptors stay the caller's. Returns the process to be waited for, or -1. */
pid_t process_on_socket(const char *const argv[], int socket, int errors_fd, struct error *err)
	must_check;

#endif
