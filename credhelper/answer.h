/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The four requests from beginning to end: policy, facts, gates, decision, stores, audit. Joins the
 * parts and holds no rule. get and `why` are the same code: why leaves out the last step.
 */
#ifndef CREDHELPER_ANSWER_H
#define CREDHELPER_ANSWER_H

#include "common/codec/helper_message.h"
#include "credhelper/attest_call.h"
#include "credhelper/decide.h"

/* All that led to an answer. Zeroed it may be released. */
struct inquiry {
	struct registry_key key;
	char *repo; /* what is known of the repository: from the key, else the pusher's argv */
	struct policy policy;
	struct policy_view view;
	struct facts facts;
	struct attestations attestations;
	struct gate_result gates;
	struct situation situation;
	struct get_plan plan;
};
void inquiry_release(struct inquiry *q);
#define scoped_inquiry scoped(inquiry_release) struct inquiry

/* Never fails. server NULL: for list. The cheap parts only are done where the registry is ungated.
 */
void inquire(struct inquiry *out, const struct world *world, const char *server);

/* What the client is to get; the one line for stderr in tell ("" if none). Return: exit status. */
int answer_get(const struct world *world, const char *server, struct buf *out, struct buf *tell);
int answer_store(const struct world *world, const struct helper_credential *c, struct buf *out,
		 struct buf *tell);
int answer_erase(const struct world *world, const char *server, struct buf *out, struct buf *tell);
int answer_list(const struct world *world, struct buf *out, struct buf *tell);

#endif
