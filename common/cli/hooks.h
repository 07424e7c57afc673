/* SPDX-License-Identifier: Apache-2.0 */
/* The two JSON documents of a hook: docker's question and the plugin's answer. */
#ifndef COMMON_CLI_HOOKS_H
#define COMMON_CLI_HOOKS_H

#include "common/base/buf.h"
#include "common/cli/plugin.h"

/* docker drops an answer of more lines (docker/cli cli-plugins/hooks/template.go). */
#define HOOK_LINES_MAX 10

struct hook_request {
	char *command, *error;
};

/* Errors: ERROR_INPUT. */
int hook_request_parse(struct hook_request *out, const char *json, struct error *err) must_check;
void hook_request_release(struct hook_request *request);
#define scoped_hook_request scoped(hook_request_release) struct hook_request

/*
 * Appends the answer that makes docker show text literally: it goes through a Go template there, so
 * "{{" is written as an action that prints it; control characters become "?", lines past the tenth
 * are left out. Empty text: appends nothing, which docker takes as no message (old CLIs would print
 * a heading above an empty one).
 */
void hook_answer(const char *text, struct buf *out);

#endif
