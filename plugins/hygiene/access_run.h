/* SPDX-License-Identifier: Apache-2.0 */
/* Asking what access.h judges: the registries, the gate, and telling pushgate what came of it. */
#ifndef PLUGINS_HYGIENE_ACCESS_RUN_H
#define PLUGINS_HYGIENE_ACCESS_RUN_H

#include "plugins/hygiene/access.h"
#include "plugins/hygiene/connection.h"

#define ACCESS_LOG "access.jsonl" /* every upload that was opened: linelog.h */

/* One target on its way, and what became of it. */
struct access_row {
	const struct access_target *target;
	struct access_facts facts;
	char *pull_text, *push_text, *probe_text, *user; /* user NULL: anonymous */
	bool withheld;
	struct access_verdict verdict;
	struct gate_view gate;
};
struct access_run {
	struct connection *to;
	struct access_targets targets;
	struct access_row *rows;                   /* as targets */
	const char *login, *host;                  /* of this user and machine */
	void (*tell)(void *ctx, const char *line); /* what is done, before it is done */
	void *tell_ctx;
};
void access_run_release(struct access_run *run);

/* Whether each may be pulled from, and whether a token for pushing is refused. Nothing is written
 * anywhere. Errors: ERROR_CANCELLED. */
int access_ask(struct access_run *run, struct error *err) must_check;
/* Opens an upload and cancels it, where a pull is let in, most at the most; each told and logged.
 */
int access_probe(struct access_run *run, size_t most, struct error *err) must_check;
/* What pushgate says of each registry; what cannot be asked is told, and taken for not gated. */
void access_gates(struct access_run *run);
/* Fills the verdicts. */
void access_judge_all(struct access_run *run);
/* Tells pushgate which stored pull credentials were seen not to push, or to push. */
void access_tell_pushgate(struct access_run *run);

#endif
