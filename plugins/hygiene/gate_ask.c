/* SPDX-License-Identifier: Apache-2.0 */
#include "plugins/hygiene/gate_ask.h"

#include "common/base/alloc.h"
#include "common/base/buf.h"
#include "common/base/clock.h"
#include "common/client/process.h"
#include "common/os/which.h"

#define ANSWER_MAX ((size_t)1 << 20)

int gate_ask(struct gate_view *out, const char *registry, const char *repository, int64_t deadline,
	     struct cancel *cancel, struct error *err)
{
	scoped_str key = repository ? xasprintf("%s/%s", registry, repository) : xstrdup(registry);
	scoped_str program = which(GATE_PROGRAM);
	/* No name of a registry begins with a dash. */
	const char *const argv[] = { program, "why", key, "--format", "json", NULL };
	struct process_result result;
	scoped_buf answer = { 0 };
	scoped_buf said = { 0 };

	if (!program) {
		*out = (struct gate_view){ 0 };
		return 0;
	}
	buf_init(&answer, ANSWER_MAX);
	buf_init(&said, ANSWER_MAX);
	if (process_run(argv, NULL, &answer, &said, deadline, cancel, &result, err) < 0)
		return -1;
	if (result.status != 0)
		return error_set(err, ERROR_REMOTE, result.status, GATE_PROGRAM " why %s: %s", key,
				 said.len ? said.data : "failed and did not say why");
	return gate_view_parse(out, answer.data, answer.len, err);
}
