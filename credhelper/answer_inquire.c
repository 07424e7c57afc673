/* SPDX-License-Identifier: Apache-2.0 */
/* What led to an answer. */
#include <string.h>

#include "credhelper/answer.h"
#include "credhelper/audit.h"
#include "credhelper/policy_load.h"

void inquiry_release(struct inquiry *q)
{
	registry_key_release(&q->key);
	free(q->repo);
	policy_release(&q->policy);
	facts_release(&q->facts);
	attestations_release(&q->attestations);
	gate_result_release(&q->gates);
}

/* --- Facts. */

static bool has_names(const struct strings *list)
{
	for (size_t i = 0; i < list->count; i++)
		if (list->items[i][strspn(list->items[i], "0123456789")])
			return true;
	return false;
}

static bool needs_names(const struct policy_file *file)
{
	for (size_t i = 0; file && i < file->gates.count; i++) {
		const struct gate_user *gate = &file->gates.items[i].user;

		if (has_names(&gate->users) || has_names(&gate->groups))
			return true;
	}
	return false;
}

static void collect(struct inquiry *q, const struct registry_key *asked)
{
	facts_collect(&q->facts, q->world, asked,
		      needs_names(q->policy.system) || needs_names(q->policy.user));
}

/* --- Gates. */

/* What pushgate-attest has to be asked for that view, once for each gate. */
static void want(const struct inquiry *q, const struct policy_view *view, struct strings *wanted)
{
	scoped_strings more = { 0 };

	if (!view->gated)
		return;
	gate_wants(view, &q->facts, &more);
	for (size_t i = 0; i < more.count; i++)
		if (!strings_have(wanted, more.items[i]))
			strings_add(wanted, more.items[i]);
}

static void want_all_of(const struct inquiry *q, const struct registry_key *key,
			struct strings *wanted)
{
	const struct policy_view view = policy_view(&q->policy, key, "");

	want(q, &view, wanted);
}

static void attest(struct inquiry *q, const struct strings *wanted)
{
	if (wanted->count)
		attest_call(q->world, q->policy.system, wanted, &q->facts, &q->attestations);
}

static struct gate_result judge(const struct inquiry *q, const struct policy_view *view)
{
	struct gate_result result;

	gate_judge(&result, view, &q->facts, &q->attestations);
	return result;
}

bool inquiry_opens(const struct inquiry *q, const struct registry_key *key, const char *path)
{
	struct policy_view view = policy_view(&q->policy, key, path);
	struct gate_result result = judge(q, &view);
	bool attested = view.gated && result.attested;

	gate_result_release(&result);
	return attested;
}

/* A rule below a registry counts for all of it. */
static bool opens_rule(const struct inquiry *q, const struct rule *rule)
{
	return rule->gated && !policy_rule_is_any(rule) && inquiry_opens(q, &rule->key, "");
}

bool inquiry_opens_any(const struct inquiry *q)
{
	const struct policy_file *const files[] = { q->policy.system, q->policy.user };
	scoped_registry_key other = { 0 };

	for (size_t f = 0; f < array_len(files); f++)
		for (size_t i = 0; files[f] && i < files[f]->rules.count; i++)
			if (opens_rule(q, &files[f]->rules.items[i]))
				return true;
	/* No rule but "*" is for an opaque key. */
	registry_key_read(&other, "?");
	return inquiry_opens(q, &other, "");
}

/* --- All of it. */

static void load_policy(struct inquiry *q)
{
	scoped_str user = policy_user_path();

	policy_load(&q->policy, q->world->paths->system_policy, user);
}

void inquire_all(struct inquiry *out, const struct world *world)
{
	const struct policy_file *system;
	scoped_strings wanted = { 0 };

	*out = (struct inquiry){ .world = world };
	load_policy(out);
	collect(out, NULL);
	system = out->policy.system;
	for (size_t i = 0; system && i < system->rules.count; i++)
		want_all_of(out, &system->rules.items[i].key, &wanted);
	attest(out, &wanted);
}

/* "https://index.docker.io/v1/access-token" names no repository, "reg/org/app" does. */
static void find_repo(struct inquiry *q)
{
	const char *path = registry_key_path(&q->key);

	if (!q->key.opaque && !q->key.has_scheme && *path)
		q->repo = xstrdup(path);
	else
		q->repo = xstrdup_null(q->facts.pusher.push.repository);
}

static void drop_push_file(struct get_plan *plan)
{
	size_t kept = 0;

	for (size_t i = 0; i < plan->count; i++)
		if (plan->sources[i] != SOURCE_PUSH_FILE)
			plan->sources[kept++] = plan->sources[i];
	plan->count = kept;
}

static void decide(struct inquiry *q)
{
	q->situation = (struct situation){ .broken = q->view.broken,
					   .gated = q->view.gated,
					   .named = q->view.named,
					   .attested = q->gates.attested,
					   .pushing = q->facts.pusher.who != NULL,
					   .may_push = q->facts.pusher.push.what != NULL,
					   .early_stop = q->view.early_stop };
	q->plan = decide_get(&q->situation);
	if (q->gates.attested && !inquiry_opens(q, &q->key, ""))
		drop_push_file(&q->plan);
}

void inquire(struct inquiry *out, const struct world *world, const char *server, bool asks)
{
	*out = (struct inquiry){ .world = world };
	registry_key_read(&out->key, server);
	load_policy(out);
	out->view = policy_view(&out->policy, &out->key, NULL);
	if (out->view.gated || audit_is_on(&out->policy))
		collect(out, asks ? &out->key : NULL);
	find_repo(out);
	out->view = policy_view(&out->policy, &out->key, out->repo);
	if (out->view.gated) {
		scoped_strings wanted = { 0 };

		want(out, &out->view, &wanted);
		want_all_of(out, &out->key, &wanted);
		attest(out, &wanted);
		out->gates = judge(out, &out->view);
	}
	decide(out);
}
