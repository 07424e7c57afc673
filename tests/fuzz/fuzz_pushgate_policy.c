/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A policy of pushgate as both files: what parses keeps its promises, and what the user's file says
 * opens nothing that the system's alone would keep shut.
 */
#include "tests/fuzz/fuzz.h"

#include <string.h>

#include "credhelper/policy.h"
#include "tests/fuzz/text.h"

static void check_gates(const struct policy_file *file)
{
	for (size_t i = 0; i < file->rules.count; i++) {
		const struct rule *rule = &file->rules.items[i];

		fuzz_assert(rule->match && (policy_rule_is_any(rule) || !rule->key.opaque));
		fuzz_assert(!rule->nobody || rule->ci.count == 0);
		fuzz_assert(!policy_rule_is_any(rule) || i + 1 == file->rules.count);
		for (size_t w = 0; w < rule->ci.count; w++)
			for (size_t g = 0; g < rule->ci.items[w].gates.count; g++)
				fuzz_assert(policy_gate(file, rule->ci.items[w].gates.items[g]));
	}
	for (size_t i = 0; i < file->gates.count; i++)
		fuzz_assert(file->system || file->gates.items[i].kind != GATE_OIDC);
	fuzz_assert(file->system || (file->sealed_dirs.count == 0 && !file->sealed_key_file));
}

static void check_views(struct policy_file *system, struct policy_file *user)
{
	static const char *const asked[] = { "registry.example.com", "localhost:5000", "docker.io",
					     "registry.example.com/prod/app", "ftp://x" };

	for (size_t i = 0; i < array_len(asked); i++) {
		const struct policy alone = { .system = system },
				    both = { system, user, false, { 0 } };
		scoped_registry_key key = { 0 };

		registry_key_read(&key, asked[i]);
		struct policy_view one = policy_view(&alone, &key, NULL);
		struct policy_view two = policy_view(&both, &key, NULL);
		struct policy_view known = policy_view(&both, &key, "prod/app");

		fuzz_assert(!one.gated || two.gated);
		fuzz_assert(!known.gated || two.gated || registry_key_path(&key)[0]);
		fuzz_assert(two.push_lifetime > 0);
		fuzz_assert(policy_takes_user(&one, "u", false) ||
			    !policy_takes_user(&two, "u", false));
		fuzz_assert(!policy_knows_user(&two, "u", false) ||
			    policy_takes_user(&two, "u", false));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct error err = ERROR_INIT, why = ERROR_INIT;
	scoped_policy_file system = { 0 };
	scoped_policy_file user = { 0 };

	if (policy_parse(&system, (const char *)data, size, "fuzz", true, &err) < 0) {
		fuzz_assert(err.kind == ERROR_USAGE && err.text[0] && !system.name);
		/* The user's file may do less. */
		fuzz_assert(policy_parse(&user, (const char *)data, size, "fuzz", false, &why) < 0);
		return 0;
	}
	check_gates(&system);
	if (policy_parse(&user, (const char *)data, size, "fuzz", false, &why) == 0)
		check_gates(&user);
	check_views(&system, user.name ? &user : NULL);
	return 0;
}
