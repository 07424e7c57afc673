/* SPDX-License-Identifier: Apache-2.0 */
/* Why a token is refused (or could not be judged): words for machines, texts for people. */
#ifndef CREDHELPER_ATTEST_REASONS_H
#define CREDHELPER_ATTEST_REASONS_H

/* word, verdict of attest_message.h, text */
#define ATTEST_REASONS(X)                                                             \
	X(OK, OK, "ok")                                                               \
	X(NO_GATE, ERROR, "the system policy has no such gate")                       \
	X(TOKEN_REQUEST, ERROR, "CI gave out no token")                               \
	X(KEYS, ERROR, "the issuer's keys could not be had")                          \
	X(MALFORMED, REFUSED, "it is no token")                                       \
	X(ALGORITHM, REFUSED, "its algorithm is not accepted")                        \
	X(KEY, REFUSED, "no key of the issuer fits it")                               \
	X(SIGNATURE, REFUSED, "its signature is wrong")                               \
	X(ISSUER, REFUSED, "another issuer")                                          \
	X(AUDIENCE, REFUSED, "for another audience")                                  \
	X(EXPIRED, REFUSED, "it has expired")                                         \
	X(EARLY, REFUSED, "it is not valid yet")                                      \
	X(AGE, REFUSED, "it is older than the policy allows, or says no time")        \
	X(CLAIM, REFUSED, "a claim is not what the policy pins")                      \
	X(TRAP, REFUSED, "the CI says that a stranger's code or a person is at work") \
	X(UNPINNED, ERROR, "the issuer signs for everybody, and the policy pins no owner")

enum attest_reason {
#define ATTEST_ENUM(word, verdict, text) ATTEST_REASON_##word,
	ATTEST_REASONS(ATTEST_ENUM)
#undef ATTEST_ENUM
};
const char *attest_reason_name(enum attest_reason reason); /* "expired", "no-gate" */
const char *attest_reason_text(enum attest_reason reason);

#endif
