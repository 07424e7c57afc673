/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The policy: which registries are gated, what counts as CI for each, where credentials may lie.
 * Pure: one file's bytes to a struct, and the system's and the user's file joined for one registry.
 * The grammar with an example: docs/internals/pushgate.md §4. Unknown keys are errors.
 */
#ifndef CREDHELPER_POLICY_H
#define CREDHELPER_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/alloc.h"
#include "common/base/error.h"
#include "common/codec/registry_key.h"

#define POLICY_MAX      (256 << 10) /* bytes of a file */
#define POLICY_LIFETIME (12 * INT64_C(3600000000000))

enum gate_kind { GATE_ENV, GATE_USER, GATE_OIDC };

/* "env": the variables of a vendor. */
struct gate_env {
	struct strings vendors; /* names of vendors.h; empty: any of the table */
	bool allow_terminal;    /* a person in the shell of a job is taken for CI too */
};

/* "user": every member that is given must hold. */
struct gate_user {
	struct strings users;  /* names or numbers; one of them is our uid, real and effective */
	struct strings groups; /* one of them is among our groups */
	struct strings units;  /* systemd system units, "jenkins.service": one of them is ours */
};

/* "oidc": in the system policy only. */
struct gate_claim {
	char *name;             /* "sub", "oidc.circleci.com/project-id": one key, dots included */
	struct strings allowed; /* patterns (codec/pattern.h); true and numbers by their text */
};
struct gate_oidc {
	char *issuer;         /* iss, byte for byte */
	char *audience;       /* one of aud */
	char *vendor;         /* whose token it is (vendors.h): where it comes from, its traps */
	char *token_env;      /* or a variable that holds it, */
	char *token_file_env; /* or a variable that names its file */
	char *jwks_file;      /* pinned key set; NULL: */
	char *jwks_url;       /* https; NULL: what discovery at the issuer says */
	char *ca_file;        /* NULL: the system's */
	char *proxy;          /* NULL: none; never from the environment */
	struct strings request_hosts; /* who may be asked for a token, beside the issuer's host */
	struct strings algorithms;    /* default: RS256, ES256 */
	int64_t max_age, leeway;      /* ns: since iat, default 1 h; of clocks, default 60 s */
	struct {
		struct gate_claim *items;
		size_t count, room;
	} claims;
};

struct gate {
	char *name;
	enum gate_kind kind;
	struct gate_env env;
	struct gate_user user;
	struct gate_oidc oidc;
};

/* One way to be CI: all of its gates hold. */
struct way {
	struct strings gates;
};

enum unproven { UNPROVEN_WARN, UNPROVEN_REFUSE };

/* A row of "registries". The members that are not given are the file's defaults. */
struct rule {
	char *match;             /* as written; "*" comes last, whatever the order */
	struct registry_key key; /* of match; unused for "*" */
	bool gated;
	struct {
		struct way *items;
		size_t count, room;
	} ci;        /* one of them is enough; none: any env gate that the vendors' table has */
	bool nobody; /* "ci": []: nobody is CI */
	struct strings pull_users;
	enum unproven unproven;
	int64_t push_lifetime; /* ns; 0: not given */
	bool early_stop;
};

enum store_kind { STORE_AUTO, STORE_SECRETSERVICE, STORE_HELPER, STORE_FILE };
enum audit_kind { AUDIT_OFF, AUDIT_FILE, AUDIT_SYSLOG };

struct policy_file {
	char *name; /* for errors and `why` */
	bool system;
	struct {
		struct gate *items;
		size_t count, room;
	} gates;
	struct {
		struct rule *items; /* sorted: longest path first, "*" last */
		size_t count, room;
	} rules;
	enum store_kind store;
	char *store_helper;         /* STORE_HELPER: "pass" */
	char *store_key_file;       /* STORE_FILE; NULL: the default one */
	bool store_kernel_key;      /* STORE_FILE: the key is in the kernel's keyring */
	struct strings sealed_dirs; /* absolute */
	char *sealed_key_file;      /* NULL: PUSHGATE_KEY_FILE, PUSHGATE_KEY_FD */
	char *trusted_sealers;      /* PEM file of certificates; NULL: unsigned is accepted */
	enum audit_kind audit;
	char *audit_file;
	int64_t audit_max; /* bytes; default 1 MiB */
};

/* name: what errors call it. system: oidc gates, trusted_sealers and push_lifetime above 12 h are
 * allowed. Errors: ERROR_USAGE, with the path of the key. */
int policy_parse(struct policy_file *out, const char *data, size_t len, const char *name,
		 bool system, struct error *err) must_check;
void policy_file_release(struct policy_file *file);
#define scoped_policy_file scoped(policy_file_release) struct policy_file

/* Both files. NULL: there is none. broken: one is there and cannot be used; why says so. */
struct policy {
	struct policy_file *system, *user; /* owned */
	bool broken;
	struct error why;
};
void policy_release(struct policy *policy);
#define scoped_policy scoped(policy_release) struct policy

/* What holds for one registry: of each file the rule that fits best (NULL: no file, or no rule that
 * fits), and what follows from all that count. Borrows from the policy, the key and repo. */
struct policy_view {
	const struct policy_file *system, *user;
	const struct rule *system_rule, *user_rule;
	const struct registry_key *key;
	const char *scope; /* the repository, "" if only the registry is known */
	bool broken;       /* the policy: nothing of class push is released */
	bool by_default;   /* gated because the strongest file has no rule for it: any env gate */
	bool named;        /* a rule other than "*" is for it */
	bool gated; /* base verdict of the strongest file that is there, or the user's rule */
	bool early_stop;
	int64_t push_lifetime; /* the shortest that is given */
	enum unproven unproven;
};
/*
 * repo: the path asked for within the registry, NULL if only the registry is known: then every rule
 * for a path of it counts, and one that gates is enough. Without any file: gated unless loopback.
 * Opaque keys are gated. A broken policy: gated unless loopback, and pushes are stopped unless
 * the readable rule that gates it says otherwise.
 */
struct policy_view policy_view(const struct policy *policy, const struct registry_key *key,
			       const char *repo);
bool policy_rule_is_any(const struct rule *rule); /* "*" */
/* Whether a rule of one of its files is for what the view is of: it fits best, or is for a path
 * below. Rules that count and gate must all hold. */
bool policy_rule_counts(const struct policy_view *view, const struct rule *rule);
/* NULL: the file has none of that name. */
const struct gate *policy_gate(const struct policy_file *file, const char *name);

/* Whether a pull credential of that name may be given out (and stored). proven: proven.h says so.
 */
bool policy_takes_user(const struct policy_view *view, const char *username, bool proven);
/* Whether it is known not to push, too: proven, or a rule lists it. */
bool policy_knows_user(const struct policy_view *view, const char *username, bool proven);
/* Appends the names that the rules which refuse others list. */
void policy_pull_users(const struct policy_view *view, struct strings *out);

#endif
