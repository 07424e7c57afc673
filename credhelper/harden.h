/* SPDX-License-Identifier: Apache-2.0 */
/* What is done before anything else, and can only be done once. */
#ifndef CREDHELPER_HARDEN_H
#define CREDHELPER_HARDEN_H

/* No core dump, no ptrace by others of this uid (Linux: not dumpable, which gives /proc/self to
 * root; macOS: PT_DENY_ATTACH), 0 to 2 are open (else it ends with 1), SIGPIPE is ignored. */
void harden_process(void);
/* jansson wipes what it frees. Not for pushgate-attest: libcjose gives to free(3) what it got from
 * jansson. */
void harden_json(void);

#endif
