/* SPDX-License-Identifier: Apache-2.0 */
/* What is known of a stored pull credential, for list and doctor. */
#ifndef CREDHELPER_PULL_STATE_H
#define CREDHELPER_PULL_STATE_H

#include "credhelper/answer.h"
#include "credhelper/proven.h"

/* "not gated", "pull-only" (a policy lists the account), "proven" (proven.h), "unproven", "refused"
 * (unproven, and the policy takes no such). Static. The secret is looked at only where the policy
 * does not say it. mark: filled for "proven"; NULL: not wanted. */
const char *pull_state(const struct inquiry *q, const struct helper_name *name,
		       struct proven_mark *mark);

#endif
