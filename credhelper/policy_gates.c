/* SPDX-License-Identifier: Apache-2.0 */
/* "gates" of a policy file. */
#include "credhelper/policy_parts.h"

#include "common/base/clock.h"
#include "credhelper/vendors.h"

/* More would make a file slow to check, and be nobody's. */
#define GATES_MAX 200

static int read_env_gate(const struct policy_file *file, void *member, const struct json_place *at,
			 struct error *err)
{
	static const struct key keys[] = {
		{ "vendors", policy_vendors, offsetof(struct gate_env, vendors), false },
		{ "allow_terminal", policy_bool, offsetof(struct gate_env, allow_terminal), false },
	};
	struct gate *gate = member;

	gate->kind = GATE_ENV;
	return policy_read_keys(file, &gate->env, at, keys, array_len(keys), err);
}

static int read_user_gate(const struct policy_file *file, void *member, const struct json_place *at,
			  struct error *err)
{
	static const struct key keys[] = {
		{ "users", policy_texts, offsetof(struct gate_user, users), false },
		{ "groups", policy_texts, offsetof(struct gate_user, groups), false },
		{ "units", policy_texts, offsetof(struct gate_user, units), false },
	};
	struct gate *gate = member;

	gate->kind = GATE_USER;
	if (policy_read_keys(file, &gate->user, at, keys, array_len(keys), err) < 0)
		return -1;
	if (json_object_size(at->value) == 0)
		return json_fail(at, err, "needs users, groups or units");
	return 0;
}

/* An object of which exactly one key is to be there. */
static int read_one_of(const struct policy_file *file, void *into, const struct json_place *at,
		       const struct key keys[2], struct error *err)
{
	if (policy_read_keys(file, into, at, keys, 2, err) < 0)
		return -1;
	if (json_object_size(at->value) != 1)
		return json_fail(at, err, "expected one of %s and %s", keys[0].name, keys[1].name);
	return 0;
}

static int read_token(const struct policy_file *file, void *member, const struct json_place *at,
		      struct error *err)
{
	static const struct key keys[] = {
		{ "env", policy_variable, offsetof(struct gate_oidc, token_env), false },
		{ "file_env", policy_variable, offsetof(struct gate_oidc, token_file_env), false },
	};

	return read_one_of(file, member, at, keys, err);
}

static int read_key_set(const struct policy_file *file, void *member, const struct json_place *at,
			struct error *err)
{
	static const struct key keys[] = {
		{ "file", policy_path, offsetof(struct gate_oidc, jwks_file), false },
		{ "url", policy_https, offsetof(struct gate_oidc, jwks_url), false },
	};

	return read_one_of(file, member, at, keys, err);
}

static int read_claim(struct gate_claim *claim, const struct json_place *at, struct error *err)
{
	const char *text;

	if (!json_is_string(at->value))
		return policy_set_texts(&claim->allowed, at, policy_claim_pattern, err);
	if (policy_need_text(at, &text, policy_claim_pattern, err) < 0)
		return -1;
	strings_add(&claim->allowed, text);
	return 0;
}

static int read_claims(const struct policy_file *file unused_arg, void *member,
		       const struct json_place *at, struct error *err)
{
	struct gate_oidc *oidc = member;
	const char *name;
	json_t *value;

	if (json_expect(at, JSON_OBJECT, err) < 0)
		return -1;
	if (json_object_size(at->value) == 0)
		return json_fail(at, err, "must not be empty");
	json_object_foreach((json_t *)at->value, name, value) {
		struct json_place item = json_member(at, name);
		struct gate_claim *claim = array_add(&oidc->claims);

		claim->name = xstrdup(name);
		if (read_claim(claim, &item, err) < 0)
			return -1;
	}
	return 0;
}

static int check_oidc(const struct gate_oidc *oidc, const struct json_place *at, struct error *err)
{
	const struct {
		const char *name, *value;
	} needed[] = { { "issuer", oidc->issuer },
		       { "audience", oidc->audience },
		       { "vendor", oidc->vendor } };

	for (size_t i = 0; i < array_len(needed); i++)
		if (!needed[i].value)
			return json_fail(at, err, "needs %s", needed[i].name);
	const struct vendor *vendor = vendor_find(oidc->vendor);

	if (!oidc->token_env && !oidc->token_file_env &&
	    (vendor->token == TOKEN_NONE || vendor->token == TOKEN_POLICY))
		return json_fail(at, err, "needs token: where %s's jobs have it is theirs to say",
				 vendor->title);
	struct json_place issuer = json_member(at, "issuer");

	/* The keys are asked for at the issuer. */
	if (!oidc->jwks_file && !oidc->jwks_url)
		return policy_https_url(&issuer, oidc->issuer, err);
	return 0;
}

static int read_oidc_gate(const struct policy_file *file, void *member, const struct json_place *at,
			  struct error *err)
{
	static const struct key keys[] = {
		{ "vendor", policy_vendor, offsetof(struct gate_oidc, vendor), false },
		{ "issuer", policy_text, offsetof(struct gate_oidc, issuer), false },
		{ "audience", policy_text, offsetof(struct gate_oidc, audience), false },
		{ "token", read_token, 0, false },
		{ "claims", read_claims, 0, false },
		{ "keys", read_key_set, 0, false },
		{ "ca_file", policy_path, offsetof(struct gate_oidc, ca_file), false },
		{ "proxy", policy_proxy, offsetof(struct gate_oidc, proxy), false },
		{ "request_hosts", policy_hosts, offsetof(struct gate_oidc, request_hosts), false },
		{ "algorithms", policy_algorithms, offsetof(struct gate_oidc, algorithms), false },
		{ "max_age", policy_max_age, offsetof(struct gate_oidc, max_age), false },
		{ "leeway", policy_leeway, offsetof(struct gate_oidc, leeway), false },
	};
	struct gate *gate = member;

	gate->kind = GATE_OIDC;
	gate->oidc.max_age = NSEC_PER_HOUR;
	gate->oidc.leeway = NSEC_PER_MIN;
	if (policy_read_keys(file, &gate->oidc, at, keys, array_len(keys), err) < 0 ||
	    check_oidc(&gate->oidc, at, err) < 0)
		return -1;
	if (gate->oidc.algorithms.count == 0) {
		strings_add(&gate->oidc.algorithms, "RS256");
		strings_add(&gate->oidc.algorithms, "ES256");
	}
	return 0;
}

int policy_gates(const struct policy_file *file unused_arg, void *member,
		 const struct json_place *at, struct error *err)
{
	static const struct key kinds[] = {
		{ "env", read_env_gate, 0, false },
		{ "user", read_user_gate, 0, false },
		{ "oidc", read_oidc_gate, 0, true },
	};
	struct policy_file *into = member;
	const char *name;
	json_t *value;

	if (json_expect(at, JSON_OBJECT, err) < 0)
		return -1;
	if (json_object_size(at->value) > GATES_MAX)
		return json_fail(at, err, "more than %d", GATES_MAX);
	json_object_foreach((json_t *)at->value, name, value) {
		struct json_place item = json_member(at, name);
		struct gate *gate = array_add(&into->gates);

		gate->name = xstrdup(name);
		if (!*name)
			return json_fail(&item, err, "a gate needs a name");
		if (policy_word(&item, name, err) < 0 ||
		    policy_read_keys(into, gate, &item, kinds, array_len(kinds), err) < 0)
			return -1;
		if (json_object_size(item.value) != 1)
			return json_fail(&item, err, "expected one of env, user and oidc");
	}
	return 0;
}
