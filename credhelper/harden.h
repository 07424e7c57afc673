/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is done before anything else, and can only be done once: no core dump, no ptrace by others
 * of this uid (Linux: not dumpable, which gives /proc/self to root; macOS: PT_DENY_ATTACH), 0 to 2
 * are open, SIGPIPE is ignored, jansson wipes what it frees.
 */
#ifndef CREDHELPER_HARDEN_H
#define CREDHELPER_HARDEN_H

void harden_process(void);

#endif
