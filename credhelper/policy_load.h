/* SPDX-License-Identifier: Apache-2.0 */
/* The two policy files, read with care. Shared by the helper and pushgate-attest. */
#ifndef CREDHELPER_POLICY_LOAD_H
#define CREDHELPER_POLICY_LOAD_H

#include "credhelper/policy.h"

/*
 * system_path must belong to root and its directories too, and be writable by nobody else; no file
 * there is no policy. user_path NULL: only the system's. Never fails: what is wrong is
 * policy->broken and why.
 */
void policy_load(struct policy *out, const char *system_path, const char *user_path);

/* ~/.config/docker-hygiene/pushgate.json, by $XDG_CONFIG_HOME and $HOME. Owned; NULL: no home. */
char *policy_user_path(void) must_check;

#endif
