/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Is this CI? From the policy, the facts and what pushgate-attest said. Pure. Every gate that was
 * looked at leaves a finding, which `why` prints and the denial quotes the first bad one of.
 */
#ifndef CREDHELPER_GATE_H
#define CREDHELPER_GATE_H

#include "common/codec/attest_message.h"
#include "credhelper/facts.h"
#include "credhelper/policy.h"

/* Name for machines, text for people. */
#define GATE_REASONS(X)                                                                    \
	X(HOLDS, "holds", "holds")                                                         \
	X(NOBODY, "nobody", "the policy takes nobody for CI")                              \
	X(NO_VENDOR, "no-ci", "no CI's variables are set")                                 \
	X(OTHER_VENDOR, "other-ci", "the variables are another CI's")                      \
	X(TRAP, "trap", "the CI's variables say that it is not to be trusted")             \
	X(TERMINAL, "terminal", "a person is at a terminal")                               \
	X(USER, "user", "another user's process")                                          \
	X(GROUP, "group", "not in the group")                                              \
	X(UNIT, "unit", "not in the agent's systemd unit")                                 \
	X(NO_TOKEN, "no-token", "the job has no ID token")                                 \
	X(TOKEN_REFUSED, "token-refused", "the ID token is refused")                       \
	X(TOKEN_UNKNOWN, "token-unknown", "the ID token could not be verified")            \
	X(NO_ATTEST, "no-attest", "pushgate-attest is not installed or not to be trusted") \
	X(POLICY_BROKEN, "policy-broken", "the policy cannot be used")
enum gate_reason {
#define GATE_ENUM(reason, name, text) GATE_REASON_##reason,
	GATE_REASONS(GATE_ENUM)
#undef GATE_ENUM
};
const char *gate_reason_name(enum gate_reason reason);
const char *gate_reason_text(enum gate_reason reason);

struct finding {
	const struct policy_file *file; /* NULL: the default, without a file */
	const char *gate; /* its name, "env" for the default, NULL: none is named; borrowed */
	enum gate_kind kind;
	enum gate_reason reason;
	char *detail; /* "JENKINS_URL is not set", "sub is \"x\"" ; NULL: none. Owned */
};

/* What pushgate-attest said about a gate. */
struct attestation {
	const char *gate; /* borrowed from the policy */
	bool asked;       /* false: there was no token, or it could not be run: then failure says */
	struct attest_answer answer;
	struct error failure;
};
struct attestations {
	struct attestation *items;
	size_t count, room;
};

struct gate_result {
	bool attested;
	struct {
		struct finding *items;
		size_t count, room;
	} findings;
};
void gate_result_release(struct gate_result *result);
/* The first that does not hold; NULL: all do. */
const struct finding *gate_first_bad(const struct gate_result *result);
#define scoped_gate_result scoped(gate_result_release) struct gate_result

/*
 * The oidc gates whose answer can still change the result, given the other facts: appended to
 * gates (borrowed names). None where the env and user gates have decided, so that no process is
 * started for nothing.
 */
void gate_wants(const struct policy_view *view, const struct facts *facts, struct strings *gates);

/* For each rule that counts and gates: one of its ways holds. Both files' word is needed (AND). */
void gate_judge(struct gate_result *out, const struct policy_view *view, const struct facts *facts,
		const struct attestations *attestations);

/* How much it is worth, for `why` and doctor: the first that holds. */
enum gate_strength {
	STRENGTH_NO_SYSTEM_POLICY, /* advisory: who runs the helper writes the policy */
	STRENGTH_SAME_USER,        /* advisory: the caller may read what we may */
	STRENGTH_SEALED,           /* what is released was opened with a key that only CI has */
};
const char *gate_strength_text(enum gate_strength strength);

#endif
