/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What docker's configuration does with credentials, for doctor, install and uninstall. Pure: from
 * config.json and a few variables to findings. No secret is in a finding.
 */
#ifndef CREDHELPER_CONFIG_SCAN_H
#define CREDHELPER_CONFIG_SCAN_H

#include <jansson.h>

#include "common/base/alloc.h"
#include "common/base/error.h"
#include "credhelper/vendors.h"

#define CONFIG_FINDINGS(X)                                                                \
	X(PUSHGATE, "ok", "pushgate is in force")                                         \
	X(NO_HELPER, "no-helper", "no credsStore: credentials lie in config.json")        \
	X(OTHER_STORE, "other-store", "another credsStore is in force")                   \
	X(OTHER_HELPER, "other-helper", "credHelpers sends a registry to another helper") \
	X(PLAIN_AUTH, "plain-auth", "a credential lies in config.json")                   \
	X(REGISTRY_TOKEN, "registrytoken", "a bearer token goes around every helper")     \
	X(AUTH_CONFIG, "auth-config", "DOCKER_AUTH_CONFIG goes around every helper")      \
	X(BUILDX_PUSH, "buildx-push", "buildx has a configuration of its own for pushes") \
	X(NOT_ON_PATH, "not-on-path", "docker's PATH does not find the helper")
enum config_finding_kind {
#define CONFIG_ENUM(kind, name, text) CONFIG_##kind,
	CONFIG_FINDINGS(CONFIG_ENUM)
#undef CONFIG_ENUM
};

struct config_finding {
	enum config_finding_kind kind;
	char *where; /* the registry or file; NULL */
	char *mend;  /* the command or edit that helps; NULL: nothing to mend */
};
struct config_findings {
	struct config_finding *items;
	size_t count, room;
};
void config_findings_release(struct config_findings *findings);
#define scoped_config_findings scoped(config_findings_release) struct config_findings

/* root: config.json. buildx_dirs: names below buildx/config ("reg@push"). helper_path: where PATH
 * finds us, NULL: nowhere. */
void config_scan(struct config_findings *out, const json_t *root, env_get env,
		 const struct strings *buildx_dirs, const char *helper_path);

/* A credential of auths: user and secret of "auth" (base64) or "identitytoken". Errors: ERROR_INPUT
 * without a part of it. ERROR_NOT_FOUND: the entry holds none. */
struct helper_credential;
int config_auth(const json_t *root, const char *server, struct helper_credential *out,
		struct error *err) must_check;

#endif
