/* SPDX-License-Identifier: Apache-2.0 */
/* Both files, for one registry. */
#include "credhelper/policy.h"

#include <string.h>

void policy_release(struct policy *policy)
{
	struct policy_file *files[] = { policy->system, policy->user };

	for (size_t i = 0; i < array_len(files); i++)
		if (files[i]) {
			policy_file_release(files[i]);
			free(files[i]);
		}
	*policy = (struct policy){ 0 };
}

bool policy_rule_is_any(const struct rule *rule)
{
	return strcmp(rule->match, "*") == 0;
}

static bool rule_fits(const struct rule *rule, const struct policy_view *view)
{
	return policy_rule_is_any(rule) ||
	       (registry_key_same_host(&rule->key, view->key) &&
		registry_path_within(registry_key_path(&rule->key), view->scope));
}

/* The rules stand with the longest first. */
static const struct rule *best_rule(const struct policy_file *file, const struct policy_view *view)
{
	for (size_t i = 0; file && i < file->rules.count; i++)
		if (rule_fits(&file->rules.items[i], view))
			return &file->rules.items[i];
	return NULL;
}

bool policy_rule_counts(const struct policy_view *view, const struct rule *rule)
{
	if (rule == view->system_rule || rule == view->user_rule)
		return true;
	return !policy_rule_is_any(rule) && registry_key_same_host(&rule->key, view->key) &&
	       registry_path_within(view->scope, registry_key_path(&rule->key)) &&
	       strcmp(view->scope, registry_key_path(&rule->key)) != 0;
}

/* "https://index.docker.io/v1/access-token" names no repository, "reg/org/app" does. */
static const char *scope_of(const struct registry_key *key, const char *repo)
{
	if (repo)
		return repo;
	return key->opaque || key->has_scheme ? "" : registry_key_path(key);
}

/* What one file's rules that count say; the stricter of each. */
static void join_rules(struct policy_view *view, const struct policy_file *file)
{
	for (size_t i = 0; file && i < file->rules.count; i++) {
		const struct rule *rule = &file->rules.items[i];

		if (!policy_rule_counts(view, rule))
			continue;
		view->named |= !policy_rule_is_any(rule);
		if (!rule->gated)
			continue;
		view->gated = true;
		view->early_stop |= rule->early_stop;
		if (rule->push_lifetime &&
		    (!view->push_lifetime || rule->push_lifetime < view->push_lifetime))
			view->push_lifetime = rule->push_lifetime;
		if (rule->unproven == UNPROVEN_REFUSE)
			view->unproven = UNPROVEN_REFUSE;
	}
}

struct policy_view policy_view(const struct policy *policy, const struct registry_key *key,
			       const char *repo)
{
	struct policy_view view = { .system = policy->system,
				    .user = policy->user,
				    .key = key,
				    .scope = scope_of(key, repo),
				    .broken = policy->broken };
	bool loopback = registry_key_is_loopback(key);
	const struct rule *first;

	view.system_rule = best_rule(view.system, &view);
	view.user_rule = best_rule(view.user, &view);
	/* Where the system has a policy, a rule of the user's opens nothing. */
	first = view.system ? view.system_rule : view.user_rule;
	view.by_default = !loopback && !first;
	if (view.by_default || (view.broken && !loopback)) {
		view.gated = true;
		view.early_stop = !first || !first->gated;
	}
	join_rules(&view, view.system);
	join_rules(&view, view.user);
	if (!view.push_lifetime)
		view.push_lifetime = POLICY_LIFETIME;
	return view;
}

/* Calls visit for each rule that counts and gates. */
static void each_rule(const struct policy_view *view,
		      void (*visit)(const struct rule *rule, void *data), void *data)
{
	const struct policy_file *files[] = { view->system, view->user };

	for (size_t f = 0; f < array_len(files); f++)
		for (size_t i = 0; files[f] && i < files[f]->rules.count; i++) {
			const struct rule *rule = &files[f]->rules.items[i];

			if (rule->gated && policy_rule_counts(view, rule))
				visit(rule, data);
		}
}

struct user_asked {
	const char *username;
	bool listed, refused;
};

static void ask_rule(const struct rule *rule, void *data)
{
	struct user_asked *asked = data;

	if (strings_have(&rule->pull_users, asked->username))
		asked->listed = true;
	else if (rule->unproven == UNPROVEN_REFUSE)
		asked->refused = true;
}

static struct user_asked ask_rules(const struct policy_view *view, const char *username)
{
	struct user_asked asked = { username, false, false };

	each_rule(view, ask_rule, &asked);
	return asked;
}

bool policy_takes_user(const struct policy_view *view, const char *username, bool proven)
{
	return proven || !ask_rules(view, username).refused;
}

bool policy_knows_user(const struct policy_view *view, const char *username, bool proven)
{
	struct user_asked asked = ask_rules(view, username);

	return proven || (asked.listed && !asked.refused);
}

static void add_users(const struct rule *rule, void *data)
{
	struct strings *out = data;

	if (rule->unproven != UNPROVEN_REFUSE)
		return;
	for (size_t i = 0; i < rule->pull_users.count; i++)
		if (!strings_have(out, rule->pull_users.items[i]))
			strings_add(out, rule->pull_users.items[i]);
}

void policy_pull_users(const struct policy_view *view, struct strings *out)
{
	scoped_strings users = { 0 };

	each_rule(view, add_users, &users);
	for (size_t i = 0; i < users.count; i++)
		if (policy_takes_user(view, users.items[i], false))
			strings_add(out, users.items[i]);
}
