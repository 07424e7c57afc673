/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Asks registries about subjects (base_judge.h), all at once: what two of them need is asked once.
 * At most one HEAD for each distinct reference and two manifests for each that does not match.
 */
#ifndef PLUGINS_HYGIENE_BASE_ASK_H
#define PLUGINS_HYGIENE_BASE_ASK_H

#include "common/client/registry/registry.h"
#include "plugins/hygiene/base_judge.h"

/* Fewer pulls left than that (ratelimit-remaining): no more manifests are opened there, since each
 * counts as a pull. */
#define BASE_RESERVE 20

struct base_ask;

struct base_ask_options {
	/* Gets progress: done of total subjects. NULL: quiet. */
	void (*progress)(void *ctx, size_t done, size_t total);
	void *progress_ctx;
};

/*
 * verdicts[i] is of subjects[i]; what they borrow lives until base_ask_release(). Cancelled: -1
 * with ERROR_CANCELLED, and every verdict is there all the same: UNKNOWN where nothing was heard
 * yet.
 */
int base_ask(struct base_ask **out, struct registry *registry, const struct base_subject *subjects,
	     size_t count, struct base_verdict *verdicts, const struct base_ask_options *options,
	     struct error *err) must_check;
void base_ask_release(struct base_ask **ask);
#define scoped_base_ask scoped(base_ask_release) struct base_ask

#endif
