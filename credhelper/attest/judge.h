/* SPDX-License-Identifier: Apache-2.0 */
/* One question of the helper, from its bytes to the answer's: policy, token, keys, verify, claims.
 */
#ifndef CREDHELPER_ATTEST_JUDGE_H
#define CREDHELPER_ATTEST_JUDGE_H

#include "common/codec/attest_message.h"
#include "credhelper/attest/keys.h"
#include "credhelper/attest/reasons.h"
#include "credhelper/policy.h"

/* Never fails: what went wrong is in the answer. */
void judge(const struct attest_question *q, const struct policy *policy,
	   const struct keys_time *when, struct attest_answer *out);
/* An answer of a reason; detail, "" or what to put in brackets behind its text. */
void judge_tell(const char *gate, enum attest_reason reason, const char *detail,
		struct attest_answer *out);

/* The token that a question names but does not hold, asked for at CI: the URL's host is the
 * issuer's, one of request_hosts, or (github) below actions.githubusercontent.com. end: of fetch.h.
 * Errors: those of fetch.h, ERROR_DENIED, ERROR_INPUT. */
int token_request(const struct attest_question *q, const struct gate_oidc *gate, int64_t end,
		  struct secret *token, struct error *err) must_check;

#endif
