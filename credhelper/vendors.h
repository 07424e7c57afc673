/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is known of CI systems, as one const table: by what each is recognised, what says that a
 * person or a stranger's code is at work there, and where its signed token comes from. Pure.
 * Source: ci-info, env-ci, the vendors' own pages (facts/credentials.md §6).
 */
#ifndef CREDHELPER_VENDORS_H
#define CREDHELPER_VENDORS_H

#include <stdbool.h>
#include <stddef.h>

#include "common/base/buf.h"

typedef const char *(*env_get)(const char *name);

/* value NULL: set and not empty. "!": not set. Else exactly this. */
struct vendor_var {
	const char *name, *value;
};

/* A variable (or claim) with this value says no, and why. value NULL: set and not empty. */
struct vendor_trap {
	const char *name, *value;
	const char *why; /* "a pull request may be a stranger's code" */
};

enum vendor_token {
	TOKEN_NONE,    /* env-only */
	TOKEN_ENV,     /* token_name is the variable */
	TOKEN_POLICY,  /* the policy names the variable (Jenkins, GitLab, Buildkite) */
	TOKEN_REQUEST, /* ACTIONS_ID_TOKEN_REQUEST_URL and _TOKEN (GitHub, Forgejo, Gitea) */
	TOKEN_AZURE,   /* SYSTEM_OIDCREQUESTURI and SYSTEM_ACCESSTOKEN */
};

#define VENDOR_VARS  4
#define VENDOR_TRAPS 7
#define VENDOR_PINS  5

struct vendor {
	const char *name, *title;             /* "github", "GitHub Actions" */
	struct vendor_var signs[VENDOR_VARS]; /* all of them */
	struct vendor_trap env_traps[VENDOR_TRAPS];
	struct vendor_trap claim_traps[VENDOR_TRAPS]; /* lifted by pinning that claim */
	bool terminal; /* its jobs have one, or may have, without a person (Buildkite) */
	enum vendor_token token;
	const char *token_name;
	const char *shared_issuer;     /* signs for all its customers; NULL: none is known */
	bool always_shared;            /* so does whatever issuer a policy names */
	const char *pins[VENDOR_PINS]; /* of which a policy must pin one then */
};

extern const struct vendor vendors[];
extern const size_t vendor_count;

const struct vendor *vendor_find(const char *name);
/* The one whose signs are all there; the more special ones come first (Forgejo sets
 * GITHUB_ACTIONS). NULL: none. CI=false is none. */
const struct vendor *vendor_detect(env_get env);
/* Whether its signs are all there. */
bool vendor_present(const struct vendor *vendor, env_get env);
/* The first trap that is sprung, NULL if none is. */
const struct vendor_trap *vendor_trapped(const struct vendor *vendor, env_get env);
/* VENDOR_PINS claims, NULL behind the last: of which a policy must pin one, whatever vendor it
 * names, since this issuer signs for all customers of one. NULL: it is not known to. */
const char *const *vendor_issuer_pins(const char *issuer);

#endif
