/* SPDX-License-Identifier: Apache-2.0 */
/* One question of the helper, from its bytes to the answer's: parse, policy, token, keys, verify,
 * claims. */
#ifndef CREDHELPER_ATTEST_JUDGE_H
#define CREDHELPER_ATTEST_JUDGE_H

#include "common/codec/attest_message.h"
#include "credhelper/policy.h"

/* now: ns. Never fails: what went wrong is in the answer. */
void judge(const struct attest_question *q, const struct policy *policy, int64_t now,
	   struct attest_answer *out);

/* The token that a question names but does not hold, asked for at CI: the URL's host is the
 * issuer's, one of request_hosts, or (github) below actions.githubusercontent.com. Errors: those of
 * fetch.h, ERROR_DENIED. */
int token_request(const struct attest_question *q, const struct gate_oidc *gate,
		  struct secret *token, struct error *err) must_check;

#endif
