/* SPDX-License-Identifier: Apache-2.0 */
/* Between the protocol's requests and answer_move.c; only credhelper/answer*.c sees it. */
#ifndef CREDHELPER_ANSWER_INTERNAL_H
#define CREDHELPER_ANSWER_INTERNAL_H

#include "credhelper/answer.h"
#include "credhelper/tell.h"

/* The words of a line of the audit log. */
struct verdict {
	const char *action, *class, *verdict, *reason;
};
/* sealed: id of the file that answered; NULL. */
void answer_audit(const struct inquiry *q, const struct verdict *v, const char *sealed);

struct telling answer_telling(const struct inquiry *q);
enum deposit answer_deposit(const struct inquiry *q, const struct helper_credential *c);
const struct verdict *answer_store_verdict(const struct inquiry *q, enum deposit deposit);

#endif
