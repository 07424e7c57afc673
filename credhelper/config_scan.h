/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What docker's configuration does with credentials, and what of that goes around the gate: from
 * config.json, a few facts of the environment and the policy to a table of findings, each with what
 * mends it. Pure. No secret is in a finding.
 */
#ifndef CREDHELPER_CONFIG_SCAN_H
#define CREDHELPER_CONFIG_SCAN_H

#include "credhelper/config_doc.h"
#include "credhelper/policy.h"

/* The suffix by which docker calls us. */
#define CONFIG_OURS "pushgate"

enum finding_level {
	LEVEL_OK,
	LEVEL_NOTE,  /* good to know */
	LEVEL_WRONG, /* something goes around the gate, or does not work */
};
const char *finding_level_name(enum finding_level level);

/* kind, name for machines, level where it is of a gated registry or of none, what it means. Names
 * are stable. */
#define CONFIG_FINDINGS(X)                                                                         \
	X(PUSHGATE, "pushgate", OK, "docker asks pushgate")                                        \
	X(NO_HELPER, "no-helper", WRONG,                                                           \
	  "config.json names no helper: docker login goes past pushgate")                          \
	X(OTHER_STORE, "other-store", WRONG, "docker asks another helper, which knows no gate")    \
	X(OTHER_HELPER, "other-helper", WRONG, "this registry goes to another helper")             \
	X(UNUSED_HELPER, "unused-helper", NOTE,                                                    \
	  "an entry of credHelpers that docker does not use")                                      \
	X(NOT_ON_PATH, "not-on-path", WRONG, "docker's PATH does not find the helper")             \
	X(OTHER_PROGRAM, "other-program", WRONG, "docker's PATH finds another pushgate")           \
	X(PLAIN_AUTH, "plain-auth", WRONG, "a credential lies in config.json as plain text")       \
	X(ODD_AUTH, "odd-auth", WRONG,                                                             \
	  "a credential lies in config.json that no helper could give back")                       \
	X(BROKEN_AUTH, "broken-auth", WRONG,                                                       \
	  "an entry of auths that docker cannot read, and so nothing of the file")                 \
	X(REGISTRY_TOKEN, "registrytoken", WRONG,                                                  \
	  "a bearer token in config.json goes around every helper")                                \
	X(AUTH_CONFIG, "auth-config", WRONG, "DOCKER_AUTH_CONFIG goes around every helper")        \
	X(AUTH_CONFIG_BROKEN, "auth-config-broken", NOTE, "docker cannot read DOCKER_AUTH_CONFIG") \
	X(BUILDX_CONFIG, "buildx-config", WRONG,                                                   \
	  "buildx has credentials of its own for this registry")                                   \
	X(WRONG_TYPE, "wrong-type", WRONG,                                                         \
	  "a value that docker cannot read, and so nothing of the file")                           \
	X(KEY_TWICE, "key-twice", WRONG,                                                           \
	  "a key is there twice: programs differ in what they take")                               \
	X(UNREADABLE, "unreadable", WRONG, "the file cannot be used")                              \
	X(UNPROVEN, "unproven", NOTE,                                                              \
	  "a stored pull credential may be able to push: pushgate alone stops it")                 \
	X(REFUSED, "refused", NOTE,                                                                \
	  "the policy refuses a stored credential: it may be able to push")                        \
	X(POLICY, "policy", WRONG, "the policy cannot be used: no push credential is released")    \
	X(STORE, "store", WRONG, "the store of pull credentials does not answer")                  \
	X(ATTEST, "attest", WRONG, "ID tokens cannot be verified: oidc gates do not hold")         \
	X(AUDIT, "audit", WRONG, "the audit log cannot be written")
enum config_finding_kind {
#define CONFIG_ENUM(kind, name, level, text) CONFIG_##kind,
	CONFIG_FINDINGS(CONFIG_ENUM)
#undef CONFIG_ENUM
};
const char *config_finding_name(enum config_finding_kind kind);
const char *config_finding_text(enum config_finding_kind kind);

struct config_finding {
	enum config_finding_kind kind;
	enum finding_level level;
	char *registry; /* as it is written; NULL: all, or none */
	char *detail;   /* the helper, the file, the account, what is wrong; NULL: none */
	char *mend;     /* a command to type, or what to do; NULL: nothing */
};
struct config_findings {
	struct config_finding *items;
	size_t count, room;
};
void config_findings_release(struct config_findings *findings);
#define scoped_config_findings scoped(config_findings_release) struct config_findings
/* detail and mend are taken over. At the kind's level. */
void config_findings_add(struct config_findings *to, enum config_finding_kind kind,
			 const char *registry, char *detail, char *mend);
enum finding_level config_findings_worst(const struct config_findings *findings);

/* A directory of buildx's, by its name: "registry.example.com/org@push". */
struct config_buildx {
	char *name, *path;
	json_t *root; /* its config.json; NULL: it cannot be read, or there is none: */
	char *why;    /* NULL: there is none */
};
/* A pull credential and what is known of it (pull_state.h). */
struct config_pull {
	char *server, *username;
	const char *state;
};

struct config_facts {
	const struct config_doc *doc; /* NULL: it cannot be read: */
	const char *unreadable;
	const char *path; /* of config.json */
	const struct policy *policy;
	const char *auth_config; /* DOCKER_AUTH_CONFIG; NULL, "": not set */
	struct strings on_path;  /* suffixes of config_helpers() that docker's PATH finds */
	char *other_program;     /* what PATH finds for us, and is not us; NULL: us, or none */
	char *own_dir;           /* where we lie */
	struct {
		struct config_buildx *items;
		size_t count, room;
	} buildx;
	struct {
		struct config_pull *items;
		size_t count, room;
	} pulls;
};
void config_facts_release(struct config_facts *facts);

/* Appends the suffix of each helper that config.json names, once. */
void config_helpers(const json_t *root, struct strings *out);
void config_scan(struct config_findings *out, const struct config_facts *facts);

/* Of a suffix; NULL is not. */
bool config_is_ours(const char *helper);
/* By what docker asks a helper for it, and looks into credHelpers: "https://index.docker.io/v1/" of
 * the Hub, else the host as it is written: with a ":443" or capitals it is another one. Owned. */
char *config_docker_name(const char *registry) must_check;
/* config_auth() of an entry of "auths"; odd, too, where no helper can be asked for that name. */
enum config_auth config_auth_of(const char *registry, const json_t *entry);
/* The suffix of the helper that docker calls for it, NULL: none. Borrowed. */
const char *config_helper(const json_t *root, const char *registry);

#endif
