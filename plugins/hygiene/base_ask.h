/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Asks registries about subjects (base_judge.h), all at once: what two of them need is asked once.
 * One HEAD for each distinct reference; manifests, as base_judge() wants them, for those that
 * differ.
 */
#ifndef PLUGINS_HYGIENE_BASE_ASK_H
#define PLUGINS_HYGIENE_BASE_ASK_H

#include "common/client/registry/ops.h"
#include "plugins/hygiene/base_judge.h"

/* Fewer pulls left than that (ratelimit-remaining): no more manifests are opened there, since each
 * counts as a pull. */
#define BASE_RESERVE 20

/* Where requests go: a registry client, or a test's. */
struct base_wire {
	void (*head)(void *self, const struct reference *ref, ops_manifest_done *done, void *ctx);
	void (*get)(void *self, const struct reference *ref, ops_manifest_done *done, void *ctx);
	int (*run)(void *self, struct error *err);
	int64_t (*pulls_left)(void *self, const char *registry); /* -1: not told */
	void *self;
};
struct base_wire base_wire_of(struct registry *registry);

struct base_ask_options {
	struct base_wire wire;
	/* Gets progress: done of total subjects. NULL: quiet. */
	void (*progress)(void *ctx, size_t done, size_t total);
	void *progress_ctx;
};

struct base_ask;

/*
 * verdicts[i] is of subjects[i]; what they borrow lives until base_ask_release(). Cancelled: -1
 * with ERROR_CANCELLED, and *out and every verdict are there all the same: UNKNOWN where nothing
 * was heard.
 */
int base_ask(struct base_ask **out, const struct base_subject *subjects, size_t count,
	     struct base_verdict *verdicts, const struct base_ask_options *options,
	     struct error *err) must_check;
void base_ask_release(struct base_ask **ask);
#define scoped_base_ask scoped(base_ask_release) struct base_ask

#endif
