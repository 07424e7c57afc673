/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a request is answered with. Pure: everything that counts is in the structs, so that `why`
 * and `get` cannot differ.
 *
 * A get goes: decide_get() gives the sources that may be looked into, in order; the caller stops at
 * the first that has something; decide_found() judges what it was. The invariant, tested over all
 * inputs: without `attested`, no plan for a gated registry holds SOURCE_SEALED or SOURCE_PUSH_FILE.
 */
#ifndef CREDHELPER_DECIDE_H
#define CREDHELPER_DECIDE_H

#include <stdbool.h>
#include <stddef.h>

#include "credhelper/policy.h"

struct situation {
	bool broken; /* the policy */
	bool gated;
	bool named;    /* the policy has a rule for this registry */
	bool attested; /* gate.h */
	bool pushing;  /* the caller, unmistakably, to this registry */
	bool may_push; /* it pushes, and not certainly to another registry */
	bool early_stop;
};

enum source { SOURCE_SEALED, SOURCE_PUSH_FILE, SOURCE_PULL };
#define SOURCE_COUNT 3

/* In the order in which they are looked at. Name for machines and the audit log. */
#define DECIDE_REASONS(X)                                                                \
	X(UNGATED, "ungated")      /* one class: everything stored is served */          \
	X(ATTESTED, "attested")    /* CI: push first */                                  \
	X(STOPPED, "stopped")      /* a push from outside CI: the text, and exit 1 */    \
	X(PULL_ONLY, "pull-only")  /* outside CI */                                      \
	X(UNPROVEN, "unproven")    /* a pull credential that the policy does not take */ \
	X(NO_PUSH, "no-push")      /* CI, and nothing stored for pushing */              \
	X(MISSING, "missing")      /* nothing stored */                                  \
	X(BROKEN, "policy-broken") /* push class never; pulls go on */
enum decide_reason {
#define DECIDE_ENUM(reason, name) DECIDE_##reason,
	DECIDE_REASONS(DECIDE_ENUM)
#undef DECIDE_ENUM
};
const char *decide_reason_name(enum decide_reason reason);

struct get_plan {
	enum source sources[SOURCE_COUNT];
	size_t count; /* 0: it is STOPPED */
	enum decide_reason reason;
};
struct get_plan decide_get(const struct situation *s);

enum answer { ANSWER_CREDENTIAL, ANSWER_NOT_FOUND, ANSWER_STOP };
struct get_answer {
	enum answer answer;
	enum decide_reason reason;
	bool tell; /* the one line on stderr: something was withheld or stopped, the caller pushes,
		      the policy names the registry, or the policy is broken */
};
/* found: the first source that had something; SOURCE_COUNT: none had. takes_user: of a SOURCE_PULL
 * one, policy_takes_user(); always true for an ungated registry. */
struct get_answer decide_found(const struct situation *s, enum source found, bool takes_user);

/* Where docker login's credential goes. */
enum deposit {
	DEPOSIT_PULL,
	DEPOSIT_PULL_UNPROVEN, /* the same, and one line says that it may be able to push */
	DEPOSIT_PUSH_FILE,
	DEPOSIT_REFUSE,    /* an error on stdout */
	DEPOSIT_NO_POLICY, /* the same: what CI is, and who may only pull, cannot be told */
};
/* known: policy_knows_user(). unproven: the view's. Refused are the last two. */
enum deposit decide_store(const struct situation *s, bool known, enum unproven unproven);

#endif
