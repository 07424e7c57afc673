/* SPDX-License-Identifier: Apache-2.0 */
/* Asking what access.h judges: the registries, the gate, and telling pushgate what came of it. */
#ifndef PLUGINS_HYGIENE_ACCESS_RUN_H
#define PLUGINS_HYGIENE_ACCESS_RUN_H

#include "common/cli/progress.h"
#include "plugins/hygiene/access.h"
#include "plugins/hygiene/connection.h"

#define ACCESS_LOG "access.jsonl" /* every upload that was opened: linelog.h */

/* One target on its way, and what became of it. */
struct access_row {
	const struct access_target *target;
	struct access_facts facts;
	char *pull_text, *push_text, *probe_text, *doubt;
	char *user, *source; /* as in registry_reply; NULL: anonymous */
	struct access_verdict verdict;
	struct gate_view gate;
};
struct access_run {
	struct connection *to;
	struct access_targets targets;
	struct access_row *rows; /* as targets */
	struct progress progress;
	const char *login, *host;                  /* of this user and machine */
	void (*tell)(void *ctx, const char *line); /* what is done, before it is done */
	void *tell_ctx;
};
void access_run_release(struct access_run *run);

/* Makes the rows, of which nothing is known. */
void access_begin(struct access_run *run);
/* What pushgate says of each; what cannot be asked is told, and unknown. Errors: ERROR_CANCELLED.
 */
int access_gates(struct access_run *run, struct error *err) must_check;
/*
 * Asks whether each may be pulled from; then, probes times at the most, opens an upload and cancels
 * it, each told and logged: named ones first, then those that are gated. Of the others it is asked
 * whether a token for pushing is refused. Without probes nothing is written anywhere. Errors:
 * ERROR_CANCELLED; what was opened is cancelled all the same, and what is known is in the rows.
 */
int access_ask(struct access_run *run, size_t probes, bool probing, struct error *err) must_check;
/* Fills the verdicts. */
void access_judge_all(struct access_run *run);
/* Tells pushgate which of its pull credentials were seen not to push, or to push. */
void access_tell_pushgate(struct access_run *run);

#endif
