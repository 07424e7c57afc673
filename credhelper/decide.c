/* SPDX-License-Identifier: Apache-2.0 */
#include "credhelper/decide.h"

const char *decide_reason_name(enum decide_reason reason)
{
	static const char *const names[] = {
#define DECIDE_NAME(reason, name) [DECIDE_##reason] = (name),
		DECIDE_REASONS(DECIDE_NAME)
#undef DECIDE_NAME
	};

	return names[reason];
}

/* The one place that says when push credentials may be looked at. */
static bool is_ci(const struct situation *s)
{
	return s->attested && !s->broken;
}

struct get_plan decide_get(const struct situation *s)
{
	static const struct get_plan ungated = { { SOURCE_PULL }, 1, DECIDE_UNGATED };
	static const struct get_plan ci = { { SOURCE_SEALED, SOURCE_PUSH_FILE, SOURCE_PULL },
					    3,
					    DECIDE_ATTESTED };
	static const struct get_plan broken = { { SOURCE_PULL }, 1, DECIDE_BROKEN };
	static const struct get_plan stopped = { .reason = DECIDE_STOPPED };
	static const struct get_plan pull = { { SOURCE_PULL }, 1, DECIDE_PULL_ONLY };

	if (!s->gated)
		return ungated;
	if (is_ci(s))
		return ci;
	if (s->pushing && s->early_stop)
		return stopped;
	return s->broken ? broken : pull;
}

static bool plan_has(const struct get_plan *plan, enum source source)
{
	for (size_t i = 0; i < plan->count; i++)
		if (plan->sources[i] == source)
			return true;
	return false;
}

/* Whoever pushes hears what it got, since the registry's "denied" names no reason. */
static bool hears(const struct situation *s)
{
	return s->pushing || s->may_push;
}

static struct get_answer found_in_ci(const struct situation *s, enum source found)
{
	if (found == SOURCE_SEALED || found == SOURCE_PUSH_FILE)
		return (struct get_answer){ ANSWER_CREDENTIAL, DECIDE_ATTESTED, false };
	if (found == SOURCE_PULL)
		return (struct get_answer){ ANSWER_CREDENTIAL, DECIDE_NO_PUSH, hears(s) };
	return (struct get_answer){ ANSWER_NOT_FOUND, DECIDE_NO_PUSH, hears(s) || s->named };
}

static struct get_answer found_outside(const struct situation *s, const struct get_plan *plan,
				       bool found, bool takes_user)
{
	if (found && !takes_user)
		return (struct get_answer){ ANSWER_NOT_FOUND, DECIDE_UNPROVEN, true };
	bool tell = s->broken || hears(s);

	if (found)
		return (struct get_answer){ ANSWER_CREDENTIAL, plan->reason, tell };
	return (struct get_answer){ ANSWER_NOT_FOUND, s->broken ? DECIDE_BROKEN : DECIDE_MISSING,
				    tell || s->named };
}

struct get_answer decide_found(const struct situation *s, enum source found, bool takes_user)
{
	struct get_plan plan = decide_get(s);

	if (plan.count == 0)
		return (struct get_answer){ ANSWER_STOP, DECIDE_STOPPED, true };
	/* What the plan does not name cannot have been found. */
	if (!plan_has(&plan, found))
		found = SOURCE_COUNT;
	if (!s->gated && found == SOURCE_COUNT)
		return (struct get_answer){ ANSWER_NOT_FOUND, DECIDE_MISSING, false };
	if (!s->gated)
		return (struct get_answer){ ANSWER_CREDENTIAL, DECIDE_UNGATED, false };
	if (is_ci(s))
		return found_in_ci(s, found);
	return found_outside(s, &plan, found == SOURCE_PULL, takes_user);
}

enum deposit decide_store(const struct situation *s, bool known, enum unproven unproven)
{
	if (!s->gated)
		return DEPOSIT_PULL;
	if (is_ci(s))
		return DEPOSIT_PUSH_FILE;
	if (known)
		return DEPOSIT_PULL;
	/* A job's login would become a pull credential, and be given to everybody. */
	if (s->broken)
		return DEPOSIT_NO_POLICY;
	return unproven == UNPROVEN_REFUSE ? DEPOSIT_REFUSE : DEPOSIT_PULL_UNPROVEN;
}
