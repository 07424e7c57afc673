/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Was a push stopped because push credentials are for CI only, and what is to be done about it?
 * Pure: docker's words, its argv and its configuration in, two lines out. What these hold is the
 * user's, the engine's and the registry's word: it names something to ask
 * docker-credential-pushgate about, whose answer alone is quoted.
 */
#ifndef PLUGINS_HYGIENE_HOOK_PUSH_H
#define PLUGINS_HYGIENE_HOOK_PUSH_H

#include <jansson.h>
#include <stdbool.h>

#include "common/base/alloc.h"
#include "common/cli/plugin.h"
#include "plugins/hygiene/gate_view.h"

/*
 * Docker since 28.4 quotes pushgate; before, it went on without credentials, and knows only that
 * the registry denied it: then the reference stands in docker's argv alone. Buildx and compose show
 * pushgate's words themselves, and docker tells a hook no more than their exit status.
 */
bool hook_push_needs_argv(const struct plugin_hook *hook);
/* "registry.example.com/prod/app". argv: docker's, looked at if needed. Owned; NULL: no push, or
 * none that was stopped by rights. */
char *hook_push_target(const struct plugin_hook *hook, const struct strings *argv) must_check;

/* Does docker with this config.json ask pushgate for the credentials of that target? */
bool hook_push_is_ours(const json_t *config, const char *target);

/* Appends two lines if a push to the target is denied by a gate, else nothing. */
void hook_push_explain(const char *target, const struct gate_view *view, struct buf *out);

#endif
