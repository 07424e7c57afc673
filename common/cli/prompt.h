/* SPDX-License-Identifier: Apache-2.0 */
/* Asking a person on the controlling terminal, never on stdin or stdout. */
#ifndef COMMON_CLI_PROMPT_H
#define COMMON_CLI_PROMPT_H

#include "common/base/error.h"
#include "common/base/secret.h"

#define PROMPT_MAX 65536

/*
 * "question: " on /dev/tty, and a line from there without its newline. hidden: without echo; the
 * terminal is as before in every case, signals that end us included. Errors: ERROR_UNSUPPORTED (no
 * terminal; says how to give it on stdin), ERROR_CANCELLED (Ctrl-C, Ctrl-D), ERROR_LIMIT.
 */
int prompt_line(const char *question, bool hidden, struct secret *out, struct error *err)
	must_check;

#endif
