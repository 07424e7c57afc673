/* SPDX-License-Identifier: Apache-2.0 */
/* One policy file. docs/internals/pushgate.md §4 describes what is read here. */
#include "credhelper/policy_parts.h"

#include <string.h>

#include "common/codec/printable.h"

/* More would make a file slow to check, and be nobody's. */
#define RULES_MAX 1000

static int read_match(const struct policy_file *file unused_arg, void *member,
		      const struct json_place *at, struct error *err)
{
	struct rule *rule = member;

	if (policy_set_text(&rule->match, at, policy_any_text, err) < 0)
		return -1;
	if (strcmp(rule->match, "*") == 0)
		return 0;
	registry_key_read(&rule->key, rule->match);
	if (rule->key.opaque || strchr(rule->match, '*'))
		return json_fail(at, err, "expected a registry, a registry with a path, or \"*\"");
	return 0;
}

static int add_gate(const struct policy_file *file, struct way *way, const struct json_place *at,
		    struct error *err)
{
	char shown[PRINTABLE_SHORT];
	const char *name;

	if (json_need_string(at, NULL, &name, err) < 0)
		return -1;
	if (!policy_gate(file, name))
		return json_fail(at, err, "this file has no gate \"%s\"",
				 printable_short(shown, name));
	strings_add(&way->gates, name);
	return 0;
}

static int read_way(const struct policy_file *file, struct way *way, const struct json_place *at,
		    struct error *err)
{
	if (!json_is_array(at->value))
		return add_gate(file, way, at, err);
	if (json_count(at) == 0)
		return json_fail(at, err, "must not be empty");
	for (size_t i = 0; i < json_count(at); i++) {
		struct json_place item = json_element(at, i);

		if (add_gate(file, way, &item, err) < 0)
			return -1;
	}
	return 0;
}

static int read_ci(const struct policy_file *file, void *member, const struct json_place *at,
		   struct error *err)
{
	struct rule *rule = member;

	if (json_expect(at, JSON_ARRAY, err) < 0)
		return -1;
	rule->nobody = json_count(at) == 0;
	for (size_t i = 0; i < json_count(at); i++) {
		struct json_place item = json_element(at, i);

		if (read_way(file, array_add(&rule->ci), &item, err) < 0)
			return -1;
	}
	return 0;
}

static bool is_same_match(const struct rule *a, const struct rule *b)
{
	if (policy_rule_is_any(a) || policy_rule_is_any(b))
		return policy_rule_is_any(a) && policy_rule_is_any(b);
	return strcmp(a->key.name, b->key.name) == 0;
}

static int read_rule(const struct policy_file *file, struct rule *rule, const struct json_place *at,
		     struct error *err)
{
	static const struct key keys[] = {
		{ "match", read_match, 0, false },
		{ "gated", policy_bool, offsetof(struct rule, gated), false },
		{ "ci", read_ci, 0, false },
		{ "pull_users", policy_names, offsetof(struct rule, pull_users), false },
		{ "unproven_pull", policy_unproven, offsetof(struct rule, unproven), false },
		{ "push_lifetime", policy_lifetime, offsetof(struct rule, push_lifetime), false },
		{ "early_stop", policy_bool, offsetof(struct rule, early_stop), false },
	};

	rule->gated = true;
	rule->early_stop = true;
	if (policy_read_keys(file, rule, at, keys, array_len(keys), err) < 0)
		return -1;
	return rule->match ? 0 : json_fail(at, err, "needs match");
}

/* The longest path first, "*" last; else as they came. */
static size_t rule_weight(const struct rule *rule)
{
	return policy_rule_is_any(rule) ? 0 : 1 + strlen(registry_key_path(&rule->key));
}

static void insert_rule(struct policy_file *file)
{
	size_t at = file->rules.count - 1;
	struct rule rule = file->rules.items[at];

	for (; at > 0 && rule_weight(&file->rules.items[at - 1]) < rule_weight(&rule); at--)
		file->rules.items[at] = file->rules.items[at - 1];
	file->rules.items[at] = rule;
}

static int read_registries(const struct policy_file *file, void *member,
			   const struct json_place *at, struct error *err)
{
	struct policy_file *into = member;

	if (json_expect(at, JSON_ARRAY, err) < 0)
		return -1;
	if (json_count(at) > RULES_MAX)
		return json_fail(at, err, "more than %d", RULES_MAX);
	for (size_t i = 0; i < json_count(at); i++) {
		struct json_place item = json_element(at, i);
		struct rule *rule = array_add(&into->rules);

		if (read_rule(file, rule, &item, err) < 0)
			return -1;
		for (size_t j = 0; j < i; j++)
			if (is_same_match(&into->rules.items[j], rule))
				return json_fail(&item, err, "another rule is for the same");
		insert_rule(into);
	}
	return 0;
}

/* --- The rest of the file. */

static int read_version(const struct policy_file *file unused_arg, void *member unused_arg,
			const struct json_place *at, struct error *err)
{
	int64_t version;

	if (json_get_int(at, NULL, &version, 1, 0, INT64_MAX, err) < 0)
		return -1;
	if (version != 1)
		return json_fail(at, err, "version %lld is not known, only 1 is",
				 (long long)version);
	return 0;
}

/* A key that belongs to one kind, and to no other. */
static int check_pair(const struct json_place *at, const char *key, bool has, bool of_kind,
		      const char *kind, struct error *err)
{
	if (has && !of_kind)
		return json_fail(at, err, "%s belongs to \"%s\"", key, kind);
	return 0;
}

static int read_store(const struct policy_file *file, void *member, const struct json_place *at,
		      struct error *err)
{
	static const struct key keys[] = {
		{ "kind", policy_store_kind, offsetof(struct policy_file, store), false },
		{ "helper", policy_helper, offsetof(struct policy_file, store_helper), false },
		{ "key_file", policy_path, offsetof(struct policy_file, store_key_file), false },
		{ "kernel_key", policy_bool, offsetof(struct policy_file, store_kernel_key),
		  false },
	};
	struct policy_file *into = member;

	if (policy_read_keys(file, into, at, keys, array_len(keys), err) < 0 ||
	    check_pair(at, "helper", into->store_helper, into->store == STORE_HELPER,
		       "kind\": \"helper", err) < 0 ||
	    check_pair(at, "key_file", into->store_key_file, into->store == STORE_FILE,
		       "kind\": \"file", err) < 0)
		return -1;
	if (check_pair(at, "kernel_key", into->store_kernel_key, into->store == STORE_FILE,
		       "kind\": \"file", err) < 0)
		return -1;
	if (into->store_key_file && into->store_kernel_key)
		return json_fail(at, err, "has both key_file and kernel_key; one key is enough");
	if (into->store == STORE_HELPER && !into->store_helper)
		return json_fail(at, err, "needs helper, as \"pass\"");
	return 0;
}

static int read_sealed(const struct policy_file *file, void *member, const struct json_place *at,
		       struct error *err)
{
	static const struct key keys[] = {
		{ "directories", policy_paths, offsetof(struct policy_file, sealed_dirs), false },
		{ "key_file", policy_path, offsetof(struct policy_file, sealed_key_file), false },
		{ "trusted_sealers", policy_path, offsetof(struct policy_file, trusted_sealers),
		  false },
	};

	return policy_read_keys(file, member, at, keys, array_len(keys), err);
}

static int read_audit(const struct policy_file *file, void *member, const struct json_place *at,
		      struct error *err)
{
	static const struct key keys[] = {
		{ "to", policy_audit_kind, offsetof(struct policy_file, audit), false },
		{ "file", policy_path, offsetof(struct policy_file, audit_file), false },
		{ "max_size", policy_max_size, offsetof(struct policy_file, audit_max), false },
	};
	struct policy_file *into = member;
	struct json_place size = json_member(at, "max_size");

	if (policy_read_keys(file, into, at, keys, array_len(keys), err) < 0)
		return -1;
	/* With "off" a file may stay where it is, to be switched on again. */
	if (check_pair(at, "file", into->audit_file, into->audit != AUDIT_SYSLOG, "to\": \"file",
		       err) < 0 ||
	    check_pair(at, "max_size", json_present(&size), into->audit != AUDIT_SYSLOG,
		       "to\": \"file", err) < 0)
		return -1;
	if (into->audit == AUDIT_FILE && !into->audit_file)
		return json_fail(at, err, "needs file");
	return 0;
}

/* The gates stand before the rules that name them. */
static const struct key file_keys[] = {
	{ "version", read_version, 0, false },       { "gates", policy_gates, 0, false },
	{ "registries", read_registries, 0, false }, { "store", read_store, 0, false },
	{ "sealed", read_sealed, 0, true },          { "audit", read_audit, 0, false },
};

/* null would be taken for an absent key, and mean something else than it seems to. */
static int refuse_nulls(const struct json_place *at, struct error *err)
{
	const char *name;
	json_t *value;

	for (size_t i = 0; i < json_array_size(at->value); i++) {
		struct json_place item = { json_array_get(at->value, i), at, NULL, i };

		if (refuse_nulls(&item, err) < 0)
			return -1;
	}
	json_object_foreach((json_t *)at->value, name, value) {
		struct json_place item = { value, at, name, 0 };

		if (refuse_nulls(&item, err) < 0)
			return -1;
	}
	return json_is_null(at->value) ? json_fail(at, err, "must not be null") : 0;
}

static int read_file(struct policy_file *file, const json_t *root, struct error *err)
{
	struct json_place top = json_root(root, file->name);
	struct json_place version = json_member(&top, "version");

	if (refuse_nulls(&top, err) < 0 || json_expect(&top, JSON_OBJECT, err) < 0)
		return -1;
	if (!json_present(&version))
		return json_fail(&top, err, "needs \"version\": 1");
	return policy_read_keys(file, file, &top, file_keys, array_len(file_keys), err);
}

int policy_parse(struct policy_file *out, const char *data, size_t len, const char *name,
		 bool system, struct error *err)
{
	scoped_policy_file file = { .name = xstrdup(name), .system = system, .audit_max = 1 << 20 };
	scoped_json *root = NULL;

	if (len > POLICY_MAX)
		return error_set(err, ERROR_USAGE, 0, "%s: larger than %d KiB", name,
				 POLICY_MAX >> 10);
	if (json_parse(&root, data, len, name, true, err) < 0 || read_file(&file, root, err) < 0) {
		err->kind = ERROR_USAGE;
		return -1;
	}
	*out = take_value(file);
	return 0;
}

const struct gate *policy_gate(const struct policy_file *file, const char *name)
{
	for (size_t i = 0; i < file->gates.count; i++)
		if (strcmp(file->gates.items[i].name, name) == 0)
			return &file->gates.items[i];
	return NULL;
}

static void oidc_release(struct gate_oidc *oidc)
{
	char **owned[] = { &oidc->issuer,    &oidc->audience,       &oidc->vendor,
			   &oidc->token_env, &oidc->token_file_env, &oidc->jwks_file,
			   &oidc->jwks_url,  &oidc->ca_file,        &oidc->proxy };

	for (size_t i = 0; i < array_len(owned); i++)
		free_str(owned[i]);
	strings_release(&oidc->request_hosts);
	strings_release(&oidc->algorithms);
	for (size_t i = 0; i < oidc->claims.count; i++) {
		free(oidc->claims.items[i].name);
		strings_release(&oidc->claims.items[i].allowed);
	}
	free(oidc->claims.items);
}

static void gate_release(struct gate *gate)
{
	free(gate->name);
	strings_release(&gate->env.vendors);
	strings_release(&gate->user.users);
	strings_release(&gate->user.groups);
	strings_release(&gate->user.units);
	oidc_release(&gate->oidc);
}

static void rule_release(struct rule *rule)
{
	free(rule->match);
	registry_key_release(&rule->key);
	for (size_t i = 0; i < rule->ci.count; i++)
		strings_release(&rule->ci.items[i].gates);
	free(rule->ci.items);
	strings_release(&rule->pull_users);
}

void policy_file_release(struct policy_file *file)
{
	for (size_t i = 0; i < file->gates.count; i++)
		gate_release(&file->gates.items[i]);
	free(file->gates.items);
	for (size_t i = 0; i < file->rules.count; i++)
		rule_release(&file->rules.items[i]);
	free(file->rules.items);
	free(file->name);
	free(file->store_helper);
	free(file->store_key_file);
	strings_release(&file->sealed_dirs);
	free(file->sealed_key_file);
	free(file->trusted_sealers);
	free(file->audit_file);
	*file = (struct policy_file){ 0 };
}
