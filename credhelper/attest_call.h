/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Asking pushgate-attest: by its compiled-in absolute path, which it and its directories must be
 * root's or ours and writable by nobody else; with an empty environment, / as working directory and
 * no descriptor but 0 to 2; 10 s for all; stderr is dropped.
 */
#ifndef CREDHELPER_ATTEST_CALL_H
#define CREDHELPER_ATTEST_CALL_H

#include "credhelper/gate.h"

#define ATTEST_DEADLINE (10 * INT64_C(1000000000))

/* One after the other, for the names of gate_wants(). The token comes from where the gate's vendor
 * or the policy says. Never fails: what went wrong is in the attestation. */
void attest_call(const struct world *world, const struct policy_file *system,
		 const struct strings *gates, const struct facts *facts, struct attestations *out);
/* Whether the program may be trusted. Errors: ERROR_UNSUPPORTED (not installed), ERROR_DENIED. */
int attest_program_check(const char *path, struct error *err) must_check;
void attestations_release(struct attestations *a);
#define scoped_attestations scoped(attestations_release) struct attestations

#endif
