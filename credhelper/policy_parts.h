/* SPDX-License-Identifier: Apache-2.0 */
/* How the keys of a policy file are read; only credhelper/policy*.c sees it. */
#ifndef CREDHELPER_POLICY_PARTS_H
#define CREDHELPER_POLICY_PARTS_H

#include "common/codec/json.h"
#include "credhelper/policy.h"

/* A key of an object: what reads it, and the member that it fills. */
typedef int key_read(const struct policy_file *file, void *member, const struct json_place *at,
		     struct error *err);
struct key {
	const char *name;
	key_read *read;
	size_t offset;
	bool system_only;
};
#define KEYS_MAX 20

/* Fills `into` from the object; keys that are not of the table are errors. */
int policy_read_keys(const struct policy_file *file, void *into, const struct json_place *at,
		     const struct key *keys, size_t count, struct error *err) must_check;

/* What a text must look like; says what is wrong. */
typedef int text_check(const struct json_place *at, const char *text, struct error *err);
text_check policy_any_text, policy_word, policy_https_url, policy_claim_pattern;

/* Not empty, no control characters. Borrowed. */
int policy_need_text(const struct json_place *at, const char **text, text_check *check,
		     struct error *err) must_check;
/* The member is char *. */
int policy_set_text(char **out, const struct json_place *at, text_check *check, struct error *err)
	must_check;
/* At least one: an empty list is a mistake where it is not said what it means. */
int policy_set_texts(struct strings *out, const struct json_place *at, text_check *check,
		     struct error *err) must_check;

/* The member is char *, struct strings, bool, int64_t or the enum. */
key_read policy_text, policy_path, policy_https, policy_proxy, policy_variable, policy_vendor,
	policy_helper;
/* Of these, names and hosts may be empty. */
key_read policy_texts, policy_paths, policy_names, policy_hosts, policy_vendors, policy_algorithms;
key_read policy_bool, policy_lifetime, policy_max_age, policy_leeway, policy_max_size;
key_read policy_unproven, policy_store_kind, policy_audit_kind;

/* The member is the whole file. */
key_read policy_gates;

#endif
