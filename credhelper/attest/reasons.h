/* SPDX-License-Identifier: Apache-2.0 */
/* Why a token is refused (or could not be judged): words for machines, texts for people. */
#ifndef CREDHELPER_ATTEST_REASONS_H
#define CREDHELPER_ATTEST_REASONS_H

#include "common/codec/attest_message.h"

/* name for machines, verdict of attest_message.h, text */
#define ATTEST_REASONS(X)                                                                     \
	X(OK, "ok", OK, "ok")                                                                 \
	X(QUESTION, "question", ERROR, "the question is none")                                \
	X(POLICY, "policy", ERROR, "the system policy cannot be used")                        \
	X(NO_GATE, "no-gate", ERROR, "the system policy has no such gate")                    \
	X(TOKEN_REQUEST, "token-request", ERROR, "CI gave out no token")                      \
	X(KEYS, "keys", ERROR, "the issuer's keys could not be had")                          \
	X(MALFORMED, "malformed", REFUSED, "it is no token")                                  \
	X(ALGORITHM, "algorithm", REFUSED, "its algorithm is not accepted")                   \
	X(KEY, "key", REFUSED, "no key of the issuer fits it")                                \
	X(SIGNATURE, "signature", REFUSED, "its signature is wrong")                          \
	X(ISSUER, "issuer", REFUSED, "another issuer")                                        \
	X(AUDIENCE, "audience", REFUSED, "for another audience")                              \
	X(EXPIRED, "expired", REFUSED, "it has expired")                                      \
	X(EARLY, "early", REFUSED, "it is not valid yet")                                     \
	X(AGE, "age", REFUSED, "it is older than the policy allows, or says no time")         \
	X(CLAIM, "claim", REFUSED, "a claim is not what the policy pins")                     \
	X(TRAP, "trap", REFUSED, "the CI says that a stranger's code or a person is at work") \
	X(UNPINNED, "unpinned", ERROR,                                                        \
	  "the issuer signs for everybody, and the policy pins no "                           \
	  "owner")

enum attest_reason {
#define ATTEST_ENUM(word, name, verdict, text) ATTEST_REASON_##word,
	ATTEST_REASONS(ATTEST_ENUM)
#undef ATTEST_ENUM
};
const char *attest_reason_name(enum attest_reason reason);
const char *attest_reason_text(enum attest_reason reason);
enum attest_verdict attest_reason_verdict(enum attest_reason reason);

#endif
