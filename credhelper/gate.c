/* SPDX-License-Identifier: Apache-2.0 */
#include "credhelper/gate.h"

#include <string.h>

const char *gate_reason_name(enum gate_reason reason)
{
	static const char *const names[] = {
#define GATE_NAME(reason, name, text) [GATE_REASON_##reason] = (name),
		GATE_REASONS(GATE_NAME)
#undef GATE_NAME
	};

	return names[reason];
}

const char *gate_reason_text(enum gate_reason reason)
{
	static const char *const texts[] = {
#define GATE_TEXT(reason, name, text) [GATE_REASON_##reason] = (text),
		GATE_REASONS(GATE_TEXT)
#undef GATE_TEXT
	};

	return texts[reason];
}

const char *gate_strength_text(enum gate_strength strength)
{
	static const char *const texts[] = {
		[STRENGTH_NO_SYSTEM_POLICY] =
			"advisory: there is no system policy, so that whoever runs the helper "
			"writes the rules",
		[STRENGTH_SAME_USER] =
			"advisory: the caller has the helper's user, and may read what it may",
		[STRENGTH_SEALED] = "sealed: what is released was opened with a key that only CI "
				    "has",
	};

	return texts[strength];
}

/* What a gate has to say: how it is judged, and why. detail is owned. */
struct verdict {
	enum gate_reason reason;
	char *detail;
};

static struct verdict say(enum gate_reason reason, char *detail)
{
	return (struct verdict){ reason, detail };
}

/* --- env. */

/* "JENKINS_URL is not set". NULL: its signs are there. Owned. */
static char *missing_sign(const struct vendor *vendor, env_get env)
{
	for (size_t i = 0; i < VENDOR_VARS && vendor->signs[i].name; i++) {
		const struct vendor_var *sign = &vendor->signs[i];
		const char *value = env(sign->name);
		bool set = value && *value;

		if (sign->value && strcmp(sign->value, "!") == 0)
			continue;
		if (!set)
			return xasprintf("%s is not set", sign->name);
		if (sign->value && strcmp(sign->value, value) != 0)
			return xasprintf("%s is not \"%s\"", sign->name, sign->value);
	}
	return NULL;
}

static struct verdict no_vendor(const struct gate_env *gate, const struct facts *facts)
{
	const char *ci = facts->env("CI");

	if (ci && strcmp(ci, "false") == 0)
		return say(GATE_REASON_NO_VENDOR, xstrdup("CI is \"false\""));
	if (facts->vendor)
		return say(GATE_REASON_OTHER_VENDOR, xstrdup(facts->vendor->title));
	if (gate->vendors.count != 1)
		return say(GATE_REASON_NO_VENDOR, NULL);
	const struct vendor *wanted = vendor_find(gate->vendors.items[0]);

	return say(GATE_REASON_NO_VENDOR, wanted ? missing_sign(wanted, facts->env) : NULL);
}

/* The vendor that the gate takes and that is there. */
static const struct vendor *present_vendor(const struct gate_env *gate, const struct facts *facts)
{
	if (!facts->vendor || gate->vendors.count == 0)
		return facts->vendor;
	for (size_t i = 0; i < gate->vendors.count; i++) {
		const struct vendor *vendor = vendor_find(gate->vendors.items[i]);

		if (vendor && vendor_present(vendor, facts->env))
			return vendor;
	}
	return NULL;
}

static struct verdict judge_env(const struct gate_env *gate, const struct facts *facts)
{
	const struct vendor *vendor = present_vendor(gate, facts);

	if (!vendor)
		return no_vendor(gate, facts);
	const struct vendor_trap *trap = vendor_trapped(vendor, facts->env);

	/* One CI within another: the inner one's traps count as well. */
	if (!trap)
		trap = facts->trap;
	if (trap)
		return say(GATE_REASON_TRAP, xasprintf("%s: %s", trap->name, trap->why));
	if (gate->allow_terminal)
		return say(GATE_REASON_HOLDS, NULL);
	if (facts->ssh_terminal)
		return say(GATE_REASON_TERMINAL, xstrdup("SSH_TTY is set"));
	if (facts->terminal && !vendor->terminal)
		return say(GATE_REASON_TERMINAL, xstrdup("there is a controlling terminal"));
	return say(GATE_REASON_HOLDS, NULL);
}

/* --- user. */

static bool any_of(const struct strings *wanted, const struct strings *has)
{
	for (size_t i = 0; i < has->count; i++)
		if (strings_have(wanted, has->items[i]))
			return true;
	return false;
}

static struct verdict judge_user(const struct gate_user *gate, const struct facts *facts)
{
	if (facts->uid != facts->euid)
		return say(GATE_REASON_USER, xstrdup("the real user is not the effective one"));
	if (gate->users.count && !any_of(&gate->users, &facts->users))
		return say(GATE_REASON_USER, xasprintf("uid %lu", (unsigned long)facts->uid));
	if (gate->groups.count && !any_of(&gate->groups, &facts->groups))
		return say(GATE_REASON_GROUP, NULL);
	if (gate->units.count && !(facts->unit && strings_have(&gate->units, facts->unit)))
		return say(GATE_REASON_UNIT, xstrdup(facts->unit ? facts->unit : "in none"));
	return say(gate->users.count || gate->groups.count || gate->units.count ? GATE_REASON_HOLDS
										: GATE_REASON_USER,
		   NULL);
}

/* --- oidc. */

static const struct attestation *find_attestation(const struct attestations *attestations,
						  const char *gate)
{
	for (size_t i = 0; attestations && i < attestations->count; i++)
		if (strcmp(attestations->items[i].gate, gate) == 0)
			return &attestations->items[i];
	return NULL;
}

static struct verdict judge_oidc(const struct attestation *a)
{
	if (!a)
		return say(GATE_REASON_TOKEN_UNKNOWN, xstrdup("it was not asked for"));
	if (!a->asked)
		return say(a->failure.kind == ERROR_NOT_FOUND ? GATE_REASON_NO_TOKEN
							      : GATE_REASON_NO_ATTEST,
			   a->failure.text[0] ? xstrdup(a->failure.text) : NULL);
	if (a->answer.verdict == ATTEST_OK)
		return say(GATE_REASON_HOLDS, NULL);
	return say(a->answer.verdict == ATTEST_REFUSED ? GATE_REASON_TOKEN_REFUSED
						       : GATE_REASON_TOKEN_UNKNOWN,
		   xstrdup_null(a->answer.text));
}

/* --- Ways, rules, both files. */

struct judging {
	struct gate_result *out;
	const struct facts *facts;
	const struct attestations *attestations;
};

static void add_finding(struct gate_result *out, const struct policy_file *file, const char *gate,
			enum gate_kind kind, struct verdict verdict)
{
	struct finding *finding = array_add(&out->findings);

	*finding = (struct finding){ file, gate, kind, verdict.reason, verdict.detail };
}

static struct verdict judge_gate(const struct judging *j, const struct gate *gate)
{
	switch (gate->kind) {
	case GATE_ENV:
		return judge_env(&gate->env, j->facts);
	case GATE_USER:
		return judge_user(&gate->user, j->facts);
	case GATE_OIDC:
		break;
	}
	return judge_oidc(find_attestation(j->attestations, gate->name));
}

/* Whether the gates of the way that need no token all hold. */
static bool way_may_hold(const struct policy_file *file, const struct way *way,
			 const struct facts *facts)
{
	const struct judging j = { NULL, facts, NULL };
	bool may = true;

	for (size_t i = 0; i < way->gates.count; i++) {
		const struct gate *gate = policy_gate(file, way->gates.items[i]);

		if (gate && gate->kind == GATE_OIDC)
			continue;
		struct verdict verdict = gate ? judge_gate(&j, gate)
					      : say(GATE_REASON_NOBODY, NULL);

		may &= verdict.reason == GATE_REASON_HOLDS;
		free(verdict.detail);
	}
	return may;
}

static bool judge_way(const struct judging *j, const struct policy_file *file,
		      const struct way *way)
{
	bool holds = way->gates.count > 0, may = way_may_hold(file, way, j->facts);

	for (size_t i = 0; i < way->gates.count; i++) {
		const struct gate *gate = policy_gate(file, way->gates.items[i]);

		/* A token was not asked for where another gate had decided: nothing to say. */
		if (!gate || (gate->kind == GATE_OIDC && !may &&
			      !find_attestation(j->attestations, gate->name))) {
			holds = false;
			continue;
		}
		struct verdict verdict = judge_gate(j, gate);

		holds &= verdict.reason == GATE_REASON_HOLDS;
		add_finding(j->out, file, gate->name, gate->kind, verdict);
	}
	return holds;
}

static bool judge_default(const struct judging *j, const struct policy_file *file)
{
	static const struct gate_env any = { .allow_terminal = false };
	struct verdict verdict = judge_env(&any, j->facts);

	add_finding(j->out, file, "env", GATE_ENV, verdict);
	return verdict.reason == GATE_REASON_HOLDS;
}

static bool judge_rule(const struct judging *j, const struct policy_file *file,
		       const struct rule *rule)
{
	bool holds = false;

	if (rule->nobody) {
		add_finding(j->out, file, NULL, GATE_ENV, say(GATE_REASON_NOBODY, NULL));
		return false;
	}
	if (rule->ci.count == 0)
		return judge_default(j, file);
	for (size_t i = 0; i < rule->ci.count && !holds; i++)
		holds = judge_way(j, file, &rule->ci.items[i]);
	return holds;
}

static bool is_asked(const struct policy_view *view, const struct rule *rule)
{
	return rule->gated && policy_rule_counts(view, rule);
}

static bool judge_file(const struct judging *j, const struct policy_view *view,
		       const struct policy_file *file)
{
	bool holds = true;

	for (size_t i = 0; file && i < file->rules.count; i++)
		if (is_asked(view, &file->rules.items[i]))
			holds &= judge_rule(j, file, &file->rules.items[i]);
	return holds;
}

void gate_judge(struct gate_result *out, const struct policy_view *view, const struct facts *facts,
		const struct attestations *attestations)
{
	struct gate_result result = { 0 };
	const struct judging j = { &result, facts, attestations };

	if (view->broken) {
		add_finding(&result, NULL, NULL, GATE_ENV, say(GATE_REASON_POLICY_BROKEN, NULL));
	} else if (view->gated) {
		result.attested = !view->by_default || judge_default(&j, NULL);
		result.attested &= judge_file(&j, view, view->system);
		result.attested &= judge_file(&j, view, view->user);
	}
	*out = result;
}

void gate_result_release(struct gate_result *result)
{
	for (size_t i = 0; i < result->findings.count; i++)
		free(result->findings.items[i].detail);
	free(result->findings.items);
	*result = (struct gate_result){ 0 };
}

const struct finding *gate_first_bad(const struct gate_result *result)
{
	for (size_t i = 0; i < result->findings.count; i++)
		if (result->findings.items[i].reason != GATE_REASON_HOLDS)
			return &result->findings.items[i];
	return NULL;
}

/* --- Which tokens matter. */

static bool way_has_oidc(const struct policy_file *file, const struct way *way)
{
	for (size_t i = 0; i < way->gates.count; i++) {
		const struct gate *gate = policy_gate(file, way->gates.items[i]);

		if (gate && gate->kind == GATE_OIDC)
			return true;
	}
	return false;
}

static void want_way(const struct policy_file *file, const struct way *way, struct strings *gates)
{
	for (size_t i = 0; i < way->gates.count; i++) {
		const struct gate *gate = policy_gate(file, way->gates.items[i]);

		if (gate && gate->kind == GATE_OIDC && !strings_have(gates, gate->name))
			strings_add(gates, gate->name);
	}
}

/* Adds what can make the rule hold. False: nothing can. */
static bool want_rule(const struct policy_file *file, const struct rule *rule,
		      const struct facts *facts, struct strings *gates)
{
	bool may = false;

	if (rule->nobody || rule->ci.count == 0) {
		struct gate_result scratch = { 0 };
		const struct judging j = { &scratch, facts, NULL };
		bool holds = judge_rule(&j, file, rule);

		gate_result_release(&scratch);
		return holds;
	}
	for (size_t i = 0; i < rule->ci.count; i++)
		if (!way_has_oidc(file, &rule->ci.items[i]) &&
		    way_may_hold(file, &rule->ci.items[i], facts))
			return true;
	for (size_t i = 0; i < rule->ci.count; i++)
		if (way_has_oidc(file, &rule->ci.items[i]) &&
		    way_may_hold(file, &rule->ci.items[i], facts)) {
			want_way(file, &rule->ci.items[i], gates);
			may = true;
		}
	return may;
}

static bool want_file(const struct policy_view *view, const struct policy_file *file,
		      const struct facts *facts, struct strings *gates)
{
	bool may = true;

	for (size_t i = 0; file && i < file->rules.count && may; i++)
		if (is_asked(view, &file->rules.items[i]))
			may = want_rule(file, &file->rules.items[i], facts, gates);
	return may;
}

static bool default_holds(const struct facts *facts)
{
	struct gate_result scratch = { 0 };
	const struct judging j = { &scratch, facts, NULL };
	bool holds = judge_default(&j, NULL);

	gate_result_release(&scratch);
	return holds;
}

void gate_wants(const struct policy_view *view, const struct facts *facts, struct strings *gates)
{
	scoped_strings wanted = { 0 };

	if (view->broken || !view->gated)
		return;
	if (view->by_default && !default_holds(facts))
		return;
	if (!want_file(view, view->system, facts, &wanted) ||
	    !want_file(view, view->user, facts, &wanted))
		return;
	for (size_t i = 0; i < wanted.count; i++)
		strings_add(gates, wanted.items[i]);
}
